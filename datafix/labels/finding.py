"""From out-of-fold probabilities to suspicious labels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from datafix.columns import factorize, is_missing
from datafix.errors import ParameterError, TableError
from datafix.labels.checking import refuse_other_order
from datafix.labels.confident import confident_flags
from datafix.labels.pool import pool
from datafix.labels.suspicion import label_quality, suspicious
from datafix.task import as_target

ROUNDING = 0.01
"""How far the sum of a row's probabilities may be from 1: some are written with two decimals."""


def find_label_issues(y: Any, pred_proba: Any, *, threshold: float | str = "auto", classes: Any = None) -> pd.DataFrame:
    """Tell which labels are likely to be wrong.

    Parameters
    ----------
    y : series or array of shape (rows,)
        Labels of any type.
    pred_proba : array-like of shape (rows, classes)
        Out-of-fold probabilities, the classes in sorted order. Probabilities of rows that a model
        was fitted on say nothing about their labels. A frame whose columns bear the names of the classes may have
        them in any order; one with the index of y in another order is refused.
    threshold : {"auto", "confident_learning"} or float in [0, 1], default="auto"
        "auto": the labels of lowest quality, as many as the larger of two estimates of noise says (see
        :class:`datafix.MislabelDetector`). "confident_learning": those that cleanlab prunes both by class and by noise
        rate (Northcutt, Jiang and Chuang, "Confident Learning: Estimating Uncertainty in Dataset Labels", JAIR 2021).
        A number: all of a lower quality; below 0.5 another class is likelier.
    classes : array-like of shape (classes,), optional
        What the columns of pred_proba stand for, where some have no row in y, or are in another order.

    Returns
    -------
    issues : DataFrame with one row a sample, in order and with the index of y
        ``is_issue`` bool, ``label_quality`` in [0, 1] (the probability of the given label, divided by its sum with
        that of the likeliest other), ``given_label``, ``suggested_label`` (the likeliest).

    Raises
    ------
    TableError
        If labels are missing, or shapes do not fit.

    Examples
    --------
    >>> y = ["cat"] * 4 + ["dog"] * 4
    >>> proba = [[0.9, 0.1]] * 3 + [[0.05, 0.95]] + [[0.1, 0.9]] * 4
    >>> find_label_issues(y, proba).query("is_issue")
       is_issue  label_quality given_label suggested_label
    3      True           0.05         cat             dog
    """
    codes, classes, proba = _matched(y, pred_proba, classes)
    quality = label_quality(codes, proba)
    if threshold == "auto":
        flags = suspicious(codes, pool([proba], codes, random_state=0))
    elif threshold == "confident_learning":
        flags = confident_flags(codes, proba)
    else:
        flags = quality < _number(threshold)
    frame = pd.DataFrame(
        {
            "is_issue": flags,
            "label_quality": quality,
            "given_label": classes[codes],
            "suggested_label": classes[proba.argmax(axis=1)],
        }
    )
    return frame.set_axis(y.index) if isinstance(y, pd.Series) else frame


def _matched(y: Any, pred_proba: Any, classes: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return codes of the labels, the classes, and probabilities with a column for each of these, in their order."""
    codes, known = class_codes(y)
    if isinstance(pred_proba, pd.DataFrame):
        refuse_other_order("find_label_issues", pred_proba, y)
        if classes is None and set(known.tolist()) <= set(pred_proba.columns):
            classes = np.asarray(pred_proba.columns.to_list(), dtype=known.dtype)
    if classes is None:
        return codes, known, checked_proba(pred_proba, (len(codes), len(known)))
    classes = np.asarray(classes)
    place = {name: at for at, name in enumerate(classes.tolist())}
    if len(place) < len(classes) or not set(known.tolist()) <= set(place):
        lost = sorted(map(str, set(known.tolist()) - set(place)))
        raise TableError(f"find_label_issues needs each label among classes, once; got none for {lost[:5]}.")
    proba = checked_proba(pred_proba, (len(codes), len(classes)))
    return np.array([place[name] for name in known.tolist()], dtype=np.int64)[codes], classes, proba


def class_codes(y: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return labels as codes 0..K-1 of the sorted classes, and the classes.

    Raises
    ------
    TableError
        If a label is missing.
    """
    series = as_target(y)
    missing = np.flatnonzero(is_missing(series))
    if len(missing):
        raise TableError(f"{len(missing)} label(s) are missing, the first at position {missing[0]}. Drop these rows.")
    codes, uniques = factorize(series)
    values = np.asarray(series.to_list(), dtype=object)
    first = np.unique(codes, return_index=True)[1]
    classes = np.asarray(pd.Series(values[first]).infer_objects())
    try:
        order = np.argsort(classes, kind="stable")
    except TypeError:  # labels of several types
        order = np.argsort([str(value) for value in classes], kind="stable")
    place = np.empty(len(uniques), dtype=np.int64)
    place[order] = np.arange(len(uniques))
    return place[codes], classes[order]


def checked_proba(pred_proba: Any, shape: tuple[int, int]) -> np.ndarray:
    """Return probabilities as float64 that add up to 1 in every row.

    Raises
    ------
    TableError
        If they are not of that shape, or no probabilities.
    """
    proba = np.asarray(pred_proba, dtype=np.float64)
    if proba.shape != shape:
        raise TableError(
            f"find_label_issues needs pred_proba of shape {shape}, one column a class in sorted order; "
            f"got {proba.shape}."
        )
    if len(proba) and not (proba.min() >= 0 and np.isfinite(proba.max())):
        raise TableError("find_label_issues needs probabilities, got values that are negative, missing or infinite.")
    if len(proba) and proba.max() > 1 + 1e-6:
        raise TableError(f"find_label_issues needs probabilities, got {proba.max():g}. Give predict_proba's output.")
    total = proba.sum(axis=1, keepdims=True)
    if len(proba) and np.abs(total - 1).max() > ROUNDING:
        at = int(np.abs(total - 1).argmax())
        raise TableError(
            f"find_label_issues needs probabilities that add up to 1, got {total[at, 0]:g} at position {at}. "
            "Of labels that do not exclude each other: datafix.find_multilabel_issues."
        )
    return proba if np.allclose(total, 1, rtol=0, atol=1e-6) else proba / total


def _number(threshold: Any) -> float:
    if not isinstance(threshold, int | float | np.number) or isinstance(threshold, bool) or not 0 <= threshold <= 1:
        raise ParameterError(
            f"threshold must be 'auto', 'confident_learning' or a number in [0, 1], got {threshold!r}."
        )
    return float(threshold)

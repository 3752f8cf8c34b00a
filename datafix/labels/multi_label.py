"""Wrong labels where a row can have several."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import issparse
from sklearn.utils import check_random_state

from datafix.columns import as_frame
from datafix.errors import TableError
from datafix.labels.checking import refuse_other_order
from datafix.labels.committee import Committee
from datafix.labels.finding import find_label_issues
from datafix.labels.out_of_fold import out_of_fold_proba
from datafix.labels.pool import pool


def find_multilabel_issues(y: Any, pred_proba: Any, *, threshold: float | str = "auto") -> pd.DataFrame:
    """Tell which rows have a label too many or too few, and which.

    Each class is judged for itself, has it or has it not, as in :func:`find_label_issues`. A row's quality is
    cleanlab's (Thyagarajan et al., "Identifying incorrect annotations in multi-label classification data", 2022): the
    moving average of its classes' qualities, worst first.

    Parameters
    ----------
    y : dataframe or array of shape (rows, classes)
        1 or True where a row has the class, 0 or False where not. A frame's columns name the classes.
    pred_proba : array-like of shape (rows, classes)
        Out-of-fold probability of each class, of a frame by the names of its columns; see
        :func:`out_of_fold_multilabel_proba`.
    threshold : {"auto", "confident_learning"} or float in [0, 1], default="auto"
        Class by class, as in :func:`find_label_issues`.

    Returns
    -------
    issues : DataFrame with one row a sample, in order and with the index of y
        ``is_issue`` bool, ``label_quality`` in [0, 1], ``superfluous`` and ``missing``: lists of classes in doubt.

    Raises
    ------
    TableError
        If y is no table of zeros and ones, or shapes do not fit.

    Examples
    --------
    >>> y = pd.DataFrame({"sea": [1, 1, 1, 0, 0, 0], "sky": [1, 0, 1, 0, 1, 0]})
    >>> sure = y.to_numpy() * 0.9 + 0.05
    >>> sure[5, 0] = 0.97
    >>> find_multilabel_issues(y, sure).query("is_issue")[["superfluous", "missing"]]
      superfluous missing
    5          []   [sea]
    """
    from cleanlab.multilabel_classification import get_label_quality_scores

    frame = _indicators(y)
    given, proba = frame.to_numpy().astype(bool), _probabilities(pred_proba, frame)
    doubtful = np.zeros(given.shape, dtype=bool)
    for k in range(given.shape[1]):
        # Of a class that all rows have, or none, or one alone, nothing can be told.
        if min(given[:, k].sum(), (~given[:, k]).sum()) > 1:
            both = np.column_stack([1 - proba[:, k], proba[:, k]])
            doubtful[:, k] = find_label_issues(given[:, k], both, threshold=threshold)["is_issue"]
    names = np.asarray(frame.columns, dtype=object)
    if given.shape[1] == 1:  # cleanlab needs two
        quality = np.where(given[:, 0], proba[:, 0], 1 - proba[:, 0])
    else:
        quality = get_label_quality_scores([np.flatnonzero(row).tolist() for row in given], proba)
    return pd.DataFrame(
        {
            "is_issue": doubtful.any(axis=1),
            "label_quality": np.asarray(quality, dtype=np.float64),
            "superfluous": [names[row].tolist() for row in doubtful & given],
            "missing": [names[row].tolist() for row in doubtful & ~given],
        },
        index=frame.index,
    )


def out_of_fold_multilabel_proba(estimator: Any, X: Any, y: Any, **options: Any) -> np.ndarray:
    """Predict each class of each row by a clone of the estimator that was fitted on other folds.

    Parameters
    ----------
    estimator : classifier with ``predict_proba``, or None
        Fitted for each class by itself. None: the built-in models of :class:`datafix.MislabelDetector`.
    X : dataframe, array or images
    y : dataframe or array of shape (rows, classes)
    **options
        ``cv``, ``groups``, ``sample_weight``, ``n_jobs``, ``random_state``, ``memory`` and ``progress`` of
        :func:`out_of_fold_proba`.

    Returns
    -------
    proba : float64 ndarray of shape (rows, classes)

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> X = np.linspace(-1, 1, 40)[:, None]
    >>> y = np.hstack([X > 0, X > 0.5])
    >>> out_of_fold_multilabel_proba(LogisticRegression(), X, y, random_state=0).shape
    (40, 2)
    """
    given = _indicators(y).to_numpy().astype(np.int64)
    proba = np.empty(given.shape)
    for k in range(given.shape[1]):
        only = given[:, k].min()
        if given[:, k].max() == only:
            proba[:, k] = only
        elif estimator is None:
            seed = int(check_random_state(options.get("random_state")).randint(2**31 - 1))
            opinions = out_of_fold_proba(Committee(random_state=seed), X, given[:, k], **options)
            proba[:, k] = pool(list(opinions), given[:, k], seed).proba[:, 1]
        else:
            proba[:, k] = out_of_fold_proba(estimator, X, given[:, k], **options)[:, 1]
    return proba


def _probabilities(pred_proba: Any, given: pd.DataFrame) -> np.ndarray:
    if isinstance(pred_proba, pd.DataFrame):
        refuse_other_order("find_multilabel_issues", pred_proba, given)
        if set(pred_proba.columns) == set(given.columns):
            pred_proba = pred_proba[given.columns]
    proba = np.asarray(pred_proba, dtype=np.float64)
    if proba.shape != given.shape:
        raise TableError(f"find_multilabel_issues needs pred_proba of shape {given.shape}, got {proba.shape}.")
    if not ((proba >= 0) & (proba <= 1)).all():
        raise TableError("find_multilabel_issues needs probabilities, got values outside of [0, 1], or missing ones.")
    return proba


def _indicators(y: Any) -> pd.DataFrame:
    if issparse(y):
        y = y.toarray()
    if not isinstance(y, pd.DataFrame):
        y = as_frame(np.asarray(y) if isinstance(y, list) else y, who="A multi-label target").to_pandas()
    if y.shape[0] == 0 or y.shape[1] == 0 or not y.isin([0, 1]).all(axis=None):
        raise TableError(
            "A multi-label target is a table of 0 and 1, one column a class. "
            f"Got other values in a table of shape {y.shape}; use sklearn.preprocessing.MultiLabelBinarizer for lists."
        )
    return y

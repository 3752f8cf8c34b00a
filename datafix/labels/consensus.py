"""One label from several annotators."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import narwhals as nw
import numpy as np
import pandas as pd

from datafix.columns import as_frame, is_missing
from datafix.errors import TableError
from datafix.labels.checking import refuse_other_order


class Consensus(NamedTuple):
    """What several annotators agree on.

    Attributes
    ----------
    labels : DataFrame with one row a sample
        ``consensus_label``; ``consensus_quality`` in [0, 1]; ``annotator_agreement``, the share of the sample's
        annotators who gave that label; ``n_annotations``.
    annotators : DataFrame with one row an annotator
        ``agreement`` with the consensus, ``n_labels`` and, where probabilities were given, ``quality`` in [0, 1].
    """

    labels: pd.DataFrame
    annotators: pd.DataFrame


def consensus(annotations: Any, pred_proba: Any = None) -> Consensus:
    """Find the label that annotators agree on, and how far to trust it and them.

    By cleanlab: with out-of-fold probabilities CROWDLAB (Goh, Tkachenko and Mueller, "CROWDLAB: Supervised learning to
    infer consensus labels and quality scores for data with multiple annotators", 2022), which weighs annotators and the
    model by how often they are right; without, the majority, of equal ones the label that is given less often in all;
    its quality is then the annotators' agreement. What is equal still is chosen by a generator of fixed seed.

    Parameters
    ----------
    annotations : dataframe or array of shape (rows, annotators)
        Labels of any one type, missing where an annotator did not label a row.
    pred_proba : array-like of shape (rows, classes), optional
        Out-of-fold probabilities from a model fitted on, say, the majority's labels; classes in sorted order.

    Returns
    -------
    consensus : Consensus

    Raises
    ------
    TableError
        If a row or an annotator has no label, or shapes do not fit.

    Examples
    --------
    >>> import numpy as np
    >>> given = pd.DataFrame({"ann": ["cat", "cat", "dog"], "bob": ["cat", "dog", "dog"], "cy": [None, "cat", "dog"]})
    >>> labels, annotators = consensus(given)
    >>> labels[["consensus_label", "annotator_agreement"]].round(2).values.tolist()
    [['cat', 1.0], ['cat', 0.67], ['dog', 1.0]]
    >>> annotators["agreement"].round(2).to_dict()
    {'ann': 1.0, 'bob': 0.67, 'cy': 1.0}
    """
    frame = _frame(annotations)
    missing = np.column_stack([is_missing(nw.from_native(frame[name], series_only=True)) for name in frame])
    _refuse_empty(frame, missing)
    values = frame.to_numpy(dtype=object)
    classes = np.unique(values[~missing].astype(str) if _mixed(values[~missing]) else _plain(values[~missing]))
    codes = np.full(values.shape, np.nan)
    codes[~missing] = np.searchsorted(classes, _plain(values[~missing]))
    n_given = (~missing).sum(axis=1)
    if pred_proba is None:
        chosen, quality, annotator_quality = _majority(codes), None, None
    else:
        chosen, quality, annotator_quality = _crowdlab(codes, _fitting(pred_proba, frame, classes))
    agrees = codes == chosen[:, None]
    agreement = agrees.sum(axis=1) / n_given
    labels = pd.DataFrame(
        {
            "consensus_label": classes[chosen],
            "consensus_quality": agreement if quality is None else quality,
            "annotator_agreement": agreement,
            "n_annotations": n_given,
        },
        index=frame.index,
    )
    n_labels = (~missing).sum(axis=0)
    annotators = pd.DataFrame({"agreement": agrees.sum(axis=0) / n_labels, "n_labels": n_labels}, index=frame.columns)
    if annotator_quality is not None:
        annotators["quality"] = annotator_quality
    return Consensus(labels, annotators)


def _frame(annotations: Any) -> pd.DataFrame:
    if isinstance(annotations, list | tuple | np.ndarray):
        values = np.asarray(annotations, dtype=object)
        if values.ndim != 2:
            raise TableError(f"consensus needs one column an annotator, got an array of shape {values.shape}.")
        return pd.DataFrame(values)
    frame = as_frame(annotations, who="consensus").to_pandas()
    return frame.set_axis(annotations.columns, axis=1) if isinstance(annotations, pd.DataFrame) else frame


def _refuse_empty(frame: pd.DataFrame, missing: np.ndarray) -> None:
    if not missing.size:
        raise TableError(f"consensus needs annotations, got a table of shape {frame.shape}.")
    if missing.all(axis=1).any():
        row = int(np.flatnonzero(missing.all(axis=1))[0])
        raise TableError(
            f"{int(missing.all(axis=1).sum())} row(s) have no label, the first at position {row}. Drop them."
        )
    if missing.all(axis=0).any():
        names = frame.columns[missing.all(axis=0)].tolist()
        raise TableError(f"Annotator(s) {names} gave no label. Drop these columns.")


def _mixed(values: np.ndarray) -> bool:
    return len({isinstance(value, str) for value in values}) > 1


def _plain(values: np.ndarray) -> np.ndarray:
    return values.astype(str) if _mixed(values) else np.asarray(values.tolist())


def _fitting(pred_proba: Any, frame: pd.DataFrame, classes: np.ndarray) -> np.ndarray:
    shape = len(frame), len(classes)
    if isinstance(pred_proba, pd.DataFrame):
        refuse_other_order("consensus", pred_proba, frame)
        if set(pred_proba.columns) == set(classes.tolist()):
            pred_proba = pred_proba[classes.tolist()]
    proba = np.asarray(pred_proba, dtype=np.float64)
    if proba.shape != shape or not np.isfinite(proba).all() or not (np.abs(proba.sum(axis=1) - 1) < 0.01).all():
        raise TableError(
            f"consensus needs pred_proba of shape {shape}, one column a class in sorted order, whose rows add up to 1; "
            f"got shape {proba.shape}."
        )
    return proba


def _majority(codes: np.ndarray) -> np.ndarray:
    from cleanlab.multiannotator import get_majority_vote_label

    with _fixed_seed():
        return np.asarray(get_majority_vote_label(pd.DataFrame(codes), verbose=False)).astype(np.int64)


@contextmanager
def _fixed_seed() -> Iterator[None]:
    """Let cleanlab break ties the same way each time, and leave NumPy's global generator as it was."""
    state = np.random.get_state()  # noqa: NPY002  (cleanlab draws from it)
    np.random.seed(0)  # noqa: NPY002
    try:
        yield
    finally:
        np.random.set_state(state)  # noqa: NPY002


def _crowdlab(codes: np.ndarray, proba: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    from cleanlab.multiannotator import get_label_quality_multiannotator
    from cleanlab.rank import get_label_quality_scores

    given = ~np.isnan(codes)
    if (given.sum(axis=1) == 1).all():  # nobody to agree with: the model judges alone
        chosen = codes[given].astype(np.int64)
        quality = get_label_quality_scores(chosen, proba)
        return chosen, quality, (given * quality[:, None]).sum(axis=0) / given.sum(axis=0)
    with _fixed_seed(), warnings.catch_warnings():
        # It says which classes no consensus has, which is no fault of the data.
        warnings.filterwarnings("ignore", category=UserWarning, module="cleanlab")
        found = get_label_quality_multiannotator(pd.DataFrame(codes), proba, verbose=False)
    labels, stats = found["label_quality"], found["annotator_stats"].sort_index()
    chosen = labels["consensus_label"].to_numpy().astype(np.int64)
    return chosen, labels["consensus_quality_score"].to_numpy(), stats["annotator_quality"].to_numpy()

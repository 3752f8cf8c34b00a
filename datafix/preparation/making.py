"""prepare(): fit on the training rows, transform the others, nothing else."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import clone

from datafix.changes import ChangeLog
from datafix.columns import Kind, as_frame, kinds, take
from datafix.errors import DatafixWarning, ParameterError, TableError
from datafix.preparation.fit_record import FitRecord
from datafix.preparation.given import is_frame, length, plain, refuse_other_rows, weights_of
from datafix.preparation.lazy_prepared import LazyPrepared
from datafix.preparation.making_lazily import prepare_lazily
from datafix.preparation.prepared import Part, Prepared
from datafix.preparation.repairs import pipeline_changes
from datafix.preparation.targets import Target
from datafix.rows import RowNames, Selection, named_steps, select_rows
from datafix.rows.recording import has_columns
from datafix.splitting import LazySplit, Split
from datafix.task import as_target


def prepare(
    pipeline: Any,
    X: Any = None,
    y: Any = None,
    *,
    split: Split | LazySplit,
    row_steps: Any = (),
    target_transformer: Any = "auto",
    sample_weight: Any = None,
    groups: Any = None,
    min_kept: float = 0.5,
    record: bool = False,
) -> Prepared | LazyPrepared:
    """Prepare every part of a table by what its training rows teach.

    On the training part: the row steps, then a clone of the pipeline's own ``fit_transform`` on the
    rows that were kept; rows that a step repeats are learned from once, and repeated in what comes out.
    On the held-out parts: ``transform``. Nothing else is fitted anywhere.

    Parameters
    ----------
    pipeline : transformer, Pipeline or None
        None: features as they are (a frame of numbers becomes float32).
    X : dataframe, array of shape (rows, columns), or images; optional
        The whole table. Left out, it comes from ``Split.from_parts``.
    y : array-like of shape (rows,), optional
    split : Split or LazySplit
        Of a lazy frame, X, y and weights come from the split, groups and ids that it was told of are no features,
        and nothing is transformed before it is saved.
    row_steps : list of (name, step) or of steps
        Change the training rows only.
    target_transformer : "auto", transformer or None
        "auto": class names are mended and numbered 0..K-1, a quantity is left as it is. A transformer
        such as StandardScaler is fitted on the kept training rows' target, of shape (rows, 1). Of a lazy frame,
        TableScaler and StandardScaler take the moments of all rows; others are fitted on 250,000 rows drawn.
    sample_weight, groups : array-like of shape (rows,), optional
        Given to the row steps; weights go on to every part.
    min_kept : float, default=0.5
        Share of the training rows that the row steps must leave.
    record : bool, default=False
        Keep the hashes of what was fitted on (8 bytes a row, of ten million rows at most), by which
        ``audit(prepared=...)`` can prove whether a row was seen. They tell who was in the training data.

    Returns
    -------
    prepared : Prepared
        Or a LazyPrepared, which is fitted, and prepares the rows on their way to a folder.

    Raises
    ------
    TableError
        If lengths differ, the target has missing or unknown labels, or the pipeline changes the number of rows.
    ParameterError
        If there is no table, or ``split`` is no Split.

    Examples
    --------
    >>> import pandas as pd
    >>> from sklearn.preprocessing import StandardScaler
    >>> X, y = pd.DataFrame({"a": [0.0, 2.0, 9.0]}), ["no", "yes", "no"]
    >>> prepared = prepare(StandardScaler(), X, y, split=Split(train=[0, 1], test=[2]))
    >>> prepared.train.features.tolist(), prepared.test.features.tolist(), prepared.test.target.tolist()
    ([[-1.0], [1.0]], [[8.0]], [0])
    """
    if isinstance(pipeline, type) or (pipeline is not None and not hasattr(pipeline, "fit_transform")):
        raise ParameterError(
            f"prepare needs a pipeline that is an instance with fit_transform, or None, got {pipeline!r}."
        )
    if isinstance(split, LazySplit):
        _refuse_rows_in_memory(X=X, y=y, row_steps=row_steps, groups=groups, record=record, sample_weight=sample_weight)
        return prepare_lazily(pipeline, split, target_transformer=target_transformer)
    X, y = _table(X, y, split)
    n_rows = length(X)
    aligned = {"y": y, "sample_weight": sample_weight, "groups": groups}
    _check_lengths(n_rows, aligned, split)
    _refuse_another_order(X, y)
    _warn_of_rows_left_out(n_rows, split)
    y = None if y is None else as_target(y, who="prepare").to_native()
    weights = weights_of(sample_weight)
    groups = groups if groups is None or hasattr(groups, "dtype") else np.asarray(groups)

    target = Target(target_transformer, take(y, split.train))
    names = RowNames.of(X, y, target.name)
    (target.name,) = names.targets
    changes = ChangeLog(table=names.table(X, y, weights))
    if len(split.dropped):
        _record_left_out(changes, names, X, y, weights, split.dropped)
    for rows in split.parts.values():
        target.record_mended(changes, take(y, rows), rows)
    chosen = select_rows(
        named_steps(row_steps),
        take(X, split.train),
        target.clean(take(y, split.train)),
        sample_weight=take(weights, split.train),
        groups=take(groups, split.train),
        min_kept=min_kept,
        changes=(seen := ChangeLog()),
        target_name=target.name,
    )
    changes.extend(seen, positions=split.train)
    target.fit(chosen.y)
    fitted = None if pipeline is None else clone(pipeline)
    train = _train_part(fitted, chosen, target, split)
    held_out = {
        name: _held_out_part(fitted, X, y, weights, rows, target)
        for name, rows in split.parts.items()
        if name != "train"
    }
    for name, rows in split.parts.items():
        kept = train.index if name == "train" else rows
        kept = np.unique(kept[kept >= 0])
        changes.extend(pipeline_changes(fitted, take(X, kept)), positions=kept)
    return Prepared(
        train=train,
        validation=held_out.get("validation"),
        test=held_out.get("test"),
        pipeline=fitted,
        target_transformer=target.transformer,
        classes_=target.classes,
        kinds=_kinds(take(X, split.train)),
        changes=changes,
        row_steps=chosen.steps,
        split=split,
        record=FitRecord.of(take(X, split.train)) if record else None,
    )


def _refuse_rows_in_memory(**given: Any) -> None:
    """Refuse what is said of rows by position: those of a lazy frame have none."""
    if said := [name for name, value in given.items() if _is_said(value)]:
        raise ParameterError(
            f"prepare of a lazy frame takes no {', '.join(said)}: it has its rows, y and weights from the split "
            "(datafix.split(frame, 'y', assign='hash', sample_weight='w')), and row_steps and "
            "record= need all rows in memory (collect the frame, or a sample of it)."
        )


def _is_said(value: Any) -> bool:
    return value is not None and value is not False and not (isinstance(value, list | tuple) and not value)


def _record_left_out(
    changes: ChangeLog, names: RowNames, X: Any, y: Any, weights: np.ndarray | None, rows: np.ndarray
) -> None:
    table = names.table(take(X, rows), take(y, rows), take(weights, rows))
    content = None if has_columns(X) else take(X, rows)
    changes.record_dropped(
        "Split.from_parts",
        table,
        np.arange(len(rows)),
        positions=rows,
        reason="has the features of a held-out row",
        content=content,
    )


def _table(X: Any, y: Any, split: Any) -> tuple[Any, Any]:
    if not isinstance(split, Split):
        raise ParameterError(f"prepare needs split=datafix.split(X, y, ...) or a Split, got {type(split).__name__}.")
    if X is None:
        if split.X is None:
            raise ParameterError("prepare needs the table: prepare(pipeline, X, y, split=split).")
        return split.X, split.y if y is None else y
    if isinstance(X, list | tuple):
        X = np.asarray(X)
    return (as_frame(X, who="prepare").to_native() if is_frame(X) else X), y


def _check_lengths(n_rows: int, aligned: dict[str, Any], split: Split) -> None:
    for name, values in aligned.items():
        if values is not None and len(values) != n_rows:
            raise TableError(f"prepare needs one value of {name} a row: {n_rows} rows, got {len(values)} values.")
    if split.n_rows > n_rows:
        raise TableError(
            f"prepare was given a split of at least {split.n_rows} rows and a table of {n_rows}. "
            "Split the table that you prepare."
        )


def _refuse_another_order(X: Any, y: Any) -> None:
    """Refuse a Series of targets whose labels are those of X in another order: rows are paired by position."""
    if not isinstance(X, pd.DataFrame) or not isinstance(y, pd.Series) or X.index.equals(y.index):
        return
    if X.index.is_unique and X.index.sort_values().equals(y.index.sort_values()):
        raise TableError(
            "prepare pairs rows by position, and the index of y holds the labels of X's index in another order. "
            "Align them first: y = y.loc[X.index]."
        )


def _warn_of_rows_left_out(n_rows: int, split: Split) -> None:
    on_purpose = len(split.dropped) + len(split.left_out)
    n_left_out = n_rows - sum(len(rows) for rows in split.parts.values()) - on_purpose
    if n_left_out:
        warnings.warn(f"{n_left_out} of {n_rows} rows are in no part of the split.", DatafixWarning, stacklevel=3)


def _train_part(fitted: Any, chosen: Selection, target: Target, split: Split) -> Part:
    codes = target.encode(chosen.y)
    if fitted is None:
        features = plain(chosen.X)
    else:
        distinct, place = chosen.once()
        labels = () if codes is None else (target.encode(distinct.y),)
        features = fitted.fit_transform(distinct.X, *labels)
        refuse_other_rows(features, len(distinct.indices), "fit_transform", fitted)
        features = features if distinct is chosen else take(features, place)
    index = np.where(chosen.indices < 0, -1, split.train[chosen.indices])
    return Part(features, codes, chosen.sample_weight, index)


def _held_out_part(fitted: Any, X: Any, y: Any, weights: Any, rows: np.ndarray, target: Target) -> Part:
    given = take(X, rows)
    features = plain(given) if fitted is None else fitted.transform(given)
    refuse_other_rows(features, len(rows), "transform", fitted)
    return Part(features, target.encode(target.clean(take(y, rows))), take(weights, rows), rows)


def _kinds(X: Any) -> dict[str, Kind] | None:
    if not is_frame(X) and getattr(X, "ndim", 2) != 2:
        return None
    return kinds(as_frame(X)) if is_frame(X) or isinstance(X, np.ndarray) else None

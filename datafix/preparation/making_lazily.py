"""prepare() of a lazy frame: fit on its training rows, wherever they lie."""

from __future__ import annotations

from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from datafix.columns import as_frame, factorize, kinds, stacked
from datafix.engines import partitions_of, select
from datafix.errors import ParameterError, TableError
from datafix.learning import LearnsFromFigures
from datafix.preparation.class_codes import ClassCodes
from datafix.preparation.lazy_prepared import LazyPrepared
from datafix.preparation.targets import Target
from datafix.scale.whole_table import set_moments
from datafix.sketches import ColumnSketch, TableSketch, sketch
from datafix.splitting import LazySplit


def prepare_lazily(pipeline: Any, split: LazySplit, *, target_transformer: Any) -> LazyPrepared:
    """Fit a clone of the pipeline, and the target transformer, on the training part of a lazy frame.

    Raises
    ------
    TableError
        If there are no training rows, or a target is missing.
    ParameterError
        If a step is scikit-learn's own.
    """
    _refuse_steps_of_rows(pipeline)
    apart = (split.target, split.sample_weight, *split.roles)
    features = [name for name in partitions_of(split.train).columns if name not in apart]
    X = select(split.train, features)
    empty = partitions_of(X).empty()
    # Of Python objects only values tell what they are.
    is_pandas = isinstance(empty, pd.DataFrame)
    untold = [name for name in features if is_pandas and empty[name].dtype == np.dtype(object)]
    looked_at = untold if split.target is None else [*untold, split.target]
    seen = sketch(select(split.train, looked_at)) if looked_at else None
    target = _target(target_transformer, split.target, seen)
    return LazyPrepared(
        pipeline=None if pipeline is None else clone(pipeline).fit(X),
        target_transformer=target.transformer,
        classes_=target.classes,
        kinds=kinds(as_frame(empty)) | {name: seen.columns[name].kind or "text" for name in untold if seen is not None},
        split=split,
        n_train=None if seen is None else seen.n_rows,
    )


def _refuse_steps_of_rows(pipeline: Any) -> None:
    """Refuse steps of scikit-learn, which would bring all rows of a Dask frame here, and read no other lazy frame.

    But for a FunctionTransformer, whose function may take what it likes.
    """
    for step in [pipeline] if not isinstance(pipeline, Pipeline) else [step for _, step in pipeline.steps]:
        if isinstance(step, Pipeline):
            _refuse_steps_of_rows(step)
        elif type(step).__module__.split(".")[0] == "sklearn" and not isinstance(step, FunctionTransformer):
            raise ParameterError(
                f"{type(step).__name__} of scikit-learn needs rows in memory, and the split is of a lazy frame. In "
                "TablePreprocessor(numeric=..., categorical=...) it learns from rows drawn; datafix.scale, .impute and "
                ".encode learn from all."
            )


def _target(transformer: Any, name: str | None, seen: TableSketch | None) -> Target:
    """Return what becomes of the target, learned from the figures of all rows or, where they do not tell, a sample."""
    if name is None or seen is None:
        return Target(transformer, None)
    found = seen.columns[name]
    _refuse_gaps(found)
    y = _values(found, seen.sample[name])
    if isinstance(transformer, str) and transformer == "auto":
        transformer = ClassCodes() if found.task == "classification" else None
    target = Target(transformer, y)
    if isinstance(target.transformer, LearnsFromFigures):
        target.transformer.fit(seen.select([name]).as_array())
        return target
    target.fit(y)
    if isinstance(target.transformer, StandardScaler) and not seen.is_whole:
        set_moments(target.transformer, seen.select([name]))
    return target


def _refuse_gaps(found: ColumnSketch) -> None:
    if not found.n_rows:
        raise TableError(
            "The train part of the lazy frame has no rows. Check how the frame was read or filtered, or give another "
            "random_state."
        )
    if found.n_missing or found.n_infinite:
        gaps = f"missing on {found.n_missing}" if found.n_missing else f"infinite on {found.n_infinite}"
        raise TableError(f"{found.name!r} is {gaps} of {found.n_rows} training rows. Drop these rows before you split.")


def _values(found: ColumnSketch, drawn: nw.Series[Any]) -> Any:
    """Return the targets of the rows drawn and, of classes, one of each that is not among them."""
    if found.task != "classification":
        return drawn.to_native()
    known = set(factorize(drawn)[1].tolist())
    more = [value for value in found.counts or () if value not in known]
    values = np.array([int(value) for value in more] if found.is_whole else more)
    return stacked(drawn.to_native(), values) if more else drawn.to_native()

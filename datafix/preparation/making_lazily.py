"""prepare() of a lazy frame: fit on its training rows, wherever they lie."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import clone

from datafix.columns import as_frame, factorize, kinds, stacked
from datafix.engines import partitions_of, select
from datafix.errors import ParameterError, TableError
from datafix.preparation.lazy_prepared import LazyPrepared
from datafix.preparation.targets import Target
from datafix.sketches import sketch
from datafix.splitting import LazySplit


def prepare_lazily(
    pipeline: Any, split: LazySplit, *, target_transformer: Any, sample_weight: str | None
) -> LazyPrepared:
    """Fit a clone of the pipeline, and the target transformer, on the training part of a lazy frame.

    Raises
    ------
    TableError
        If there are no training rows, a column is missing, or a target is.
    ParameterError
        If the weights are the target, groups or ids.
    """
    columns = partitions_of(split.train).columns
    if sample_weight is not None and sample_weight not in columns:
        raise TableError(f"prepare has no column sample_weight={sample_weight!r}. The frame has {columns[:12]}.")
    if sample_weight is not None and sample_weight in (split.target, *split.roles):
        raise ParameterError(
            f"prepare got {sample_weight!r} as sample_weight, which is the target, groups or ids of the split. Name a "
            "column of weights."
        )
    features = [name for name in columns if name not in (split.target, sample_weight, *split.roles)]
    X = select(split.train, features)
    y = None if split.target is None else _target(split)
    target = Target(target_transformer, y)
    target.fit(y)
    return LazyPrepared(
        pipeline=None if pipeline is None else clone(pipeline).fit(X),
        target_transformer=target.transformer,
        classes_=target.classes,
        kinds=kinds(as_frame(partitions_of(X).empty())),
        split=split,
        sample_weight=sample_weight,
    )


def _target(split: LazySplit) -> Any:
    """Return targets of a sample of the training rows, and one of each class that is not among them."""
    name = str(split.target)
    seen = sketch(select(split.train, [name]))
    found = seen.columns[name]
    if not found.n_rows:
        raise TableError(
            "The train part of the lazy frame has no rows. Check how the frame was read or filtered, or give another "
            "random_state."
        )
    if found.n_missing:
        raise TableError(
            f"{name!r} is missing on {found.n_missing} of {found.n_rows} training rows. "
            "Drop these rows before you split."
        )
    y = seen.sample[name]
    drawn = set(factorize(y)[1].tolist())
    more = [value for value in found.counts or () if value not in drawn]
    values = np.array([int(value) for value in more] if found.is_whole else more)
    return stacked(y.to_native(), values) if more else y.to_native()

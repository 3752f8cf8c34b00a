"""Prepared parts to tf.data datasets: one training part that is mixed, held-out parts that are not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from datafix.emit.arrays import aligned
from datafix.emit.data_position import DataPosition
from datafix.emit.dataset import dataset_of, make_dataset
from datafix.emit.raw_rows import RawRows
from datafix.errors import ParameterError
from datafix.preparation.lazy_prepared import LazyPrepared


def to_tf_data(
    prepared: Any,
    *,
    batch_size: int = 256,
    augment: Callable[..., Any] | None = None,
    shuffle: bool = True,
    seed: int | None = None,
    drop_remainder: bool = False,
    transform: str = "done",
    X: Any = None,
    repeat: bool = False,
    position: DataPosition | None = None,
    shard: tuple[int, int] | None = None,
) -> dict[str, tf.data.Dataset]:
    """Return one dataset for each part that exists.

    Only the training part is shuffled, augmented and, if asked for, cut to full batches.
    Held-out parts come whole, as they are and in order, so that predictions line up with
    ``prepared.validation.index`` and ``prepared.test.index``.

    Parameters
    ----------
    prepared : Prepared
        What ``datafix.prepare`` returned.
    batch_size, augment, shuffle, seed, drop_remainder, repeat, position, shard
        As in ``make_dataset``; all but ``batch_size`` concern the training part alone.
    transform : {"done", "graph"}
        "done": the features that ``prepare`` computed. "graph": raw rows are gathered, and the Keras
        graph of ``to_keras(prepared)`` makes features of each batch: where features take much more
        memory than the raw table (one-hot columns). Needs Keras' tensorflow backend.
    X : frame or array, optional
        The table that was prepared, for ``transform="graph"``, unless the split keeps it.

    Returns
    -------
    datasets : dict
        With the keys "train", "validation" and "test", where there is such a part.

    Notes
    -----
    Keras warns that it cannot shuffle a dataset, unless told ``model.fit(datasets["train"], shuffle=False)``:
    it is shuffled already.

    Examples
    --------
    >>> import numpy as np
    >>> from types import SimpleNamespace
    >>> from datafix.emit import to_tf_data
    >>> part = SimpleNamespace(features=np.ones((3, 2)), target=np.array([0, 1, 0]), sample_weight=None)
    >>> datasets = to_tf_data(SimpleNamespace(train=part, validation=None, test=part), batch_size=2)
    >>> sorted(datasets), int(datasets["train"].cardinality())
    (['test', 'train'], 2)
    """
    if transform not in ("done", "graph"):
        raise ParameterError(f'to_tf_data needs transform "done" or "graph", got {transform!r}.')
    if X is not None and transform == "done":
        raise ParameterError('to_tf_data takes X only with transform="graph"; the features are in prepared already.')
    if isinstance(prepared, LazyPrepared):
        raise ParameterError(
            "to_tf_data needs prepared rows, got a LazyPrepared, whose rows are not prepared yet. Write them, and give "
            "datafix.load(prepared.save(folder), in_memory=False)."
        )
    parts = {name: getattr(prepared, name) for name in ("train", "validation", "test")}
    if not any(part is not None for part in parts.values()):
        raise ParameterError("to_tf_data needs a Prepared with at least one part, got one whose parts are all None.")
    raw = RawRows(prepared, X) if transform == "graph" else None
    mixing: dict[str, Any] = {"augment": augment, "shuffle": shuffle, "seed": seed, "drop_remainder": drop_remainder}
    mixing |= {"repeat": repeat, "position": position, "shard": shard}
    return {
        name: _dataset(part, raw, batch_size=batch_size, **(mixing if name == "train" else {}))
        for name, part in parts.items()
        if part is not None
    }


def _dataset(part: Any, raw: RawRows | None, **how: Any) -> tf.data.Dataset:
    if raw is None:
        return make_dataset(part.features, part.target, part.sample_weight, **how)
    known = aligned(np.asarray(part.index), part.target, part.sample_weight, who="to_tf_data")
    return dataset_of(known._replace(features=raw.matrices(part.index)), then=raw.features, **how)

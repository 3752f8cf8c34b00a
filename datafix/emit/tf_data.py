"""Prepared parts to tf.data datasets: one training part that is mixed, held-out parts that are not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from datafix.emit.dataset import make_dataset
from datafix.errors import ParameterError


def to_tf_data(
    prepared: Any,
    *,
    batch_size: int = 256,
    augment: Callable[..., Any] | None = None,
    shuffle: bool = True,
    seed: int | None = None,
    drop_remainder: bool = False,
    transform: str = "done",
) -> dict[str, tf.data.Dataset]:
    """Return one dataset for each part that exists.

    Only the training part is shuffled, augmented and, if asked for, cut to full batches.
    Held-out parts come whole, as they are and in order, so that predictions line up with
    ``prepared.validation.index`` and ``prepared.test.index``.

    Parameters
    ----------
    prepared : Prepared
        What ``datafix.prepare`` returned.
    batch_size, augment, shuffle, seed, drop_remainder
        As in ``make_dataset``; all but ``batch_size`` concern the training part alone.
    transform : {"done"}
        "done": the features that ``prepare`` computed.

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
    if transform != "done":
        raise ParameterError(f'to_tf_data needs transform="done", the one way there is so far, got {transform!r}.')
    parts = {name: getattr(prepared, name) for name in ("train", "validation", "test")}
    mixing: dict[str, Any] = {"augment": augment, "shuffle": shuffle, "seed": seed, "drop_remainder": drop_remainder}
    datasets = {
        name: make_dataset(
            part.features,
            part.target,
            part.sample_weight,
            batch_size=batch_size,
            **(mixing if name == "train" else {}),
        )
        for name, part in parts.items()
        if part is not None
    }
    if not datasets:
        raise ParameterError("to_tf_data needs a Prepared with at least one part, got one whose parts are all None.")
    return datasets

"""Which random numbers TensorFlow draws meanwhile."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager

from tensorflow.python.eager import context
from tensorflow.python.ops import stateful_random_ops


@contextmanager
def tensorflow_seeded(seed: int) -> Iterator[None]:
    """Let TensorFlow's operations draw from another seed, and its global generators go on from where they were.

    After ``tf.random.set_seed`` each operation that draws takes its own seed from a generator of TensorFlow's context;
    operations made here take theirs from another one. ``tf.random.get_global_generator()``, if there is one, is set
    back to its state.
    """
    known, generator = context.context(), stateful_random_ops.global_generator
    operations = getattr(known, "_rng", None)  # there is none before set_seed
    state = None if generator is None else generator.state.numpy()
    if operations is not None:
        known._rng = random.Random(seed)  # noqa: S311, SLF001 - there is no public way
    try:
        yield
    finally:
        if operations is not None:
            known._rng = operations  # noqa: SLF001
        if generator is not None:
            generator.state.assign(state)

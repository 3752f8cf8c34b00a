"""Which random numbers TensorFlow draws meanwhile."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager

from tensorflow.python.eager import context


@contextmanager
def tensorflow_seeded(seed: int) -> Iterator[None]:
    """Let TensorFlow's operations draw from another seed, and its global generator go on from where it was.

    After ``tf.random.set_seed`` each operation that draws takes its own seed from a generator of TensorFlow's context;
    operations made here take theirs from another one.
    """
    known = context.context()
    before = getattr(known, "_rng", None)  # there is none before set_seed
    if before is None:
        yield
        return
    known._rng = random.Random(seed)  # noqa: S311, SLF001 - there is no public way
    try:
        yield
    finally:
        known._rng = before  # noqa: SLF001

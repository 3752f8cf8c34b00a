"""The global generators, set for a while."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np


@contextmanager
def seeded(seed: int | None) -> Iterator[None]:
    """Let layers and initialisers draw from the seed, and leave the global generators as they were."""
    if seed is None:
        yield
        return
    # The global generators, since that is what a build_fn and Keras draw from.
    python, numpy = random.getstate(), np.random.get_state()  # noqa: NPY002
    # Keras takes the seeds of layers that were given none from Python's generator.
    random.seed(int(seed))
    np.random.seed(int(seed) % 2**32)  # noqa: NPY002
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)  # noqa: NPY002

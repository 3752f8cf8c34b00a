"""TensorFlow's warning of functions that are traced again and again."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def traced_once() -> Iterator[None]:
    """Keep TensorFlow from warning that functions are traced anew: each fold has a network of its own, traced once."""
    logger = logging.getLogger("tensorflow")
    logger.addFilter(_is_no_retracing)
    try:
        yield
    finally:
        logger.removeFilter(_is_no_retracing)


def _is_no_retracing(record: logging.LogRecord) -> bool:
    return "triggered tf.function retracing" not in record.getMessage()

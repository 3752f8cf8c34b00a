"""A lazy frame that workers read."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator
from typing import Any

from datafix.engines.partitions import Partitions, Result


class RemotePartitions(Partitions):
    """Partitions that lie with workers, and stay there."""

    @abstractmethod
    def gather(self, function: Callable[[Any, int], Result]) -> Iterator[Result]:
        """Yield what `each` does, with all workers at work at once: for what is small."""

    @abstractmethod
    def head(self, n_rows: int) -> Any:
        """Return some of the first rows, in memory; none where the frame has none."""

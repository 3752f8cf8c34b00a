"""A lazy frame that workers read."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from datafix.engines.partitions import Partitions


class RemotePartitions(Partitions):
    """Partitions that lie with workers, and stay there."""

    @abstractmethod
    def head(self, n_rows: int) -> Any:
        """Return the first rows, in memory."""

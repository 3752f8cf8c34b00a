"""A lazy frame that is read in this process."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator
from typing import Any

from datafix.engines.partitions import Partitions, Result, looked_at, unreadable


class LocalPartitions(Partitions):
    """Partitions that come one by one into this process's memory."""

    @abstractmethod
    def held(self) -> Iterator[Any]:
        """Yield each partition that has rows, a frame in memory."""

    def cause(self, error: Exception) -> str:
        """Return what went wrong, in the words of the engine."""
        return str(error)

    def each(self, function: Callable[[Any, int], Result]) -> Iterator[Result]:
        """Yield what the function finds in each partition, in their order."""
        parts, number = self.held(), 0
        while True:
            try:
                part = next(parts)
            except StopIteration:
                break
            except Exception as error:
                raise unreadable(number, self.engine, self.cause(error), at_least=True) from error
            yield looked_at(function, part, number, columns=self.columns, engine=self.engine)
            number += 1
        if not number:
            yield looked_at(function, self.empty(), 0, columns=self.columns, engine=self.engine)

"""A lazy frame as what it is read in: pieces of rows that fit into memory."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import reduce
from typing import Any, TypeVar

from datafix.columns import as_frame
from datafix.errors import TableError

Result = TypeVar("Result")

BATCH_ROWS = 2**18
"""Rows that are read at once where the engine leaves it to the reader."""


class Partitions(ABC):
    """The rows of a lazy frame, piece by piece, in the order of the frame.

    Parameters
    ----------
    frame : lazy frame of the engine

    Attributes
    ----------
    columns : list of str
    """

    engine: str

    def __init__(self, frame: Any) -> None:
        self.frame = frame
        self.columns: list[str] = list(as_frame(self.empty()).columns)

    @abstractmethod
    def empty(self) -> Any:
        """Return the frame's columns without rows, in memory, as its partitions come."""

    @abstractmethod
    def select(self, columns: list[str]) -> Any:
        """Return some columns, whatever their names, as a lazy frame of the same engine."""

    @abstractmethod
    def each(self, function: Callable[[Any, int], Result]) -> Iterator[Result]:
        """Yield what the function finds in each partition, where it is, in their order: one pass over the data.

        Parameters
        ----------
        function : callable
            Takes a partition, a frame in memory, and its number. It may be sent to another process.
        """

    @abstractmethod
    def map(self, function: Callable[[Any], Any]) -> Any:
        """Return a lazy frame of the same engine whose partitions are what the function makes of these.

        Parameters
        ----------
        function : callable
            Takes and returns a frame in memory; it is first given one without rows, to see the
            columns that come out.
        """

    def fold(self, function: Callable[[Any, int], Result], merge: Callable[[Result, Result], Result]) -> Result:
        """Return what the function finds in each partition, merged.

        Parameters
        ----------
        function : callable
            As of :meth:`each`.
        merge : callable
            Takes what was found in neighbours, the first first; it may change and return its first argument.
        """
        return reduce(merge, self.each(function))


def unreadable(number: int | None, engine: str, error: Exception | str, *, at_least: bool = False) -> TableError:
    """Return the error of a partition that its engine cannot read, or of that or one after it."""
    which = "A partition" if number is None else f"Partition {number}"
    which += f" of the {engine} frame{', or one after it,' if at_least else ''}"
    return TableError(f"{which} cannot be read: {error}\nMend the file or the step that it comes from.")


@contextmanager
def of_partition(number: int, engine: str) -> Iterator[None]:
    """Let a TableError that is raised within say of which partition's rows it tells."""
    try:
        yield
    except TableError as error:
        raise TableError(f"Partition {number} of the {engine} frame: {error}") from error


def looked_at(
    function: Callable[[Any, int], Result], part: Any, number: int, *, columns: list[str], engine: str
) -> Result:
    """Return what the function finds in a partition; an error names the partition.

    Raises
    ------
    TableError
        If its columns are not those of the frame, or the function fails.
    """
    own = as_frame(part).columns
    if own != columns:
        raise TableError(
            f"Partition {number} of the {engine} frame has other columns than the frame: "
            f"{_difference(own, columns)}. Mend the file or the step that it comes from."
        )
    try:
        return function(part, number)
    except Exception as error:
        raise TableError(f"Partition {number} of the {engine} frame ({len(as_frame(part))} rows): {error}") from error


def _difference(got: list[str], needed: list[str]) -> str:
    lacks = [name for name in needed if name not in got]
    more = [name for name in got if name not in needed]
    said = [f"it lacks {lacks[:5]}"] if lacks else []
    said += [f"it has {more[:5]} besides"] if more else []
    return " and ".join(said) or "they come in another order"

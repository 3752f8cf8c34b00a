"""A table's rows, each with one role."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import numpy as np

from datafix.engines import refuse_lazy
from datafix.errors import LeakageError, ParameterError
from datafix.splitting.crossing import resolve, tie_by_value, ties_by_content
from datafix.splitting.guard import Guard
from datafix.splitting.held_out import HeldOut
from datafix.splitting.stacking import stack_parts
from datafix.splitting.storage import read, write

PARTS = ("train", "validation", "test")
FAR_APART = 64
"""Times as many positions as are given, from which on no mark is made for each."""


class Split:
    """Positions of the training, validation and test rows of one table.

    Parameters
    ----------
    train : array-like of int, shape (training rows,)
    test, validation : array-like of int, optional
        A part that does not exist is None.
    X : dataframe or array, optional
        The table itself, where the split should know its content (for the guard).
    y : array-like, optional
    dropped : array-like of int, optional
        Rows that were taken from the training part because they equal a held-out one.
    left_out : array-like of int, optional
        Other rows that are in no part on purpose: in a gap of time, or of a group or id of a later part.

    Raises
    ------
    LeakageError
        If a row has two roles.
    ParameterError
        If a part is no list of positions, or the training part is empty.

    Examples
    --------
    >>> Split(train=[0, 1, 2], test=[3, 4])
    Split(train=3, test=2)
    """

    def __init__(
        self,
        train: Any,
        test: Any = None,
        validation: Any = None,
        *,
        X: Any = None,
        y: Any = None,
        dropped: Any = (),
        left_out: Any = (),
    ) -> None:
        self.train = _positions("train", train)
        self.validation = None if validation is None else _positions("validation", validation)
        self.test = None if test is None else _positions("test", test)
        self.X, self.y = X, y
        self.dropped = _positions("dropped", dropped)
        self.left_out = _positions("left_out", left_out)
        if not len(self.train):
            raise ParameterError("Split needs at least one training row, got none. Lower test_size.")
        self._refuse_shared_rows()

    @classmethod
    def from_parts(
        cls,
        train: Any,
        test: Any,
        *,
        validation: Any = None,
        target: str | None = None,
        groups: Any = None,
        ids: Any = None,
        near: bool = False,
        on_overlap: Literal["raise", "drop_train", "ignore"] = "raise",
    ) -> Split:
        """Take an official split, and look for rows that cross it.

        Parameters
        ----------
        train, test, validation : dataframe, or pair (X, y) of arrays
            They are stacked in the order train, validation, test; positions count through it.
        target : str, optional
            Name of the target column of the frames.
        groups, ids : str or dict of str to array-like, optional
            A column of the frames, or the values of each part by its name ("train", "test", "validation").
            Rows of one group or id must not stand in two parts. Features are compared without these columns.
        near : bool, default=False
            Near copies cross too: see :func:`datafix.near_duplicates.near_duplicates`.
        on_overlap : {"raise", "drop_train", "ignore"}
            What happens if a training row has the features of a held-out row (to float32 precision, the target
            aside), or its group or id: raise LeakageError, drop it from the training part (validation rows
            that cross to the test part are dropped likewise), or go on.

        Returns
        -------
        split : Split
            With the stacked table in ``X`` and ``y``. What was dropped for its features is in ``dropped``,
            for its group or id in ``left_out``.

        Examples
        --------
        >>> import pandas as pd
        >>> train = pd.DataFrame({"a": [1, 2, 3], "y": [0, 1, 0]})
        >>> test = pd.DataFrame({"a": [3, 4], "y": [1, 1]})
        >>> Split.from_parts(train, test, target="y", on_overlap="drop_train").train
        array([0, 1])
        """
        if on_overlap not in ("raise", "drop_train", "ignore"):
            raise ParameterError(
                f"Split.from_parts needs on_overlap 'raise', 'drop_train' or 'ignore', got {on_overlap!r}."
            )
        given = {"train": train, "validation": validation, "test": test}
        for part in given.values():
            refuse_lazy(part, "Split.from_parts")
        name_of_target = None if target is None else str(target)  # columns may be numbered
        X, y, sizes = stack_parts({name: part for name, part in given.items() if part is not None}, name_of_target)
        edges = np.cumsum([0, *sizes.values()])
        rows = {name: np.arange(edges[i], edges[i + 1]) for i, name in enumerate(sizes)}
        named = {role: given for role, given in (("groups", groups), ("ids", ids)) if given is not None}
        by_value = [tie_by_value(role, given, X, sizes) for role, given in named.items()]
        if on_overlap == "ignore":
            return cls(rows["train"], rows["test"], rows.get("validation"), X=X, y=y)
        by_content = ties_by_content(X, [given for given in named.values() if isinstance(given, str)], near=near)
        rows, taken = resolve(rows, [*by_content, *by_value], on_overlap)
        dropped, left_out = (
            np.concatenate([np.zeros(0, dtype=np.int64), *some])
            for some in (taken[: len(by_content)], taken[len(by_content) :])
        )
        return cls(rows["train"], rows["test"], rows.get("validation"), X=X, y=y, dropped=dropped, left_out=left_out)

    def save(self, path: str | Path) -> Path:
        """Write the positions to a file, whole or not at all; a file that is there is replaced.

        The file is small and no pickle. Where the split knows its table, it also says how many rows that
        has and holds a digest of their content, by which :meth:`load` tells another table.

        Parameters
        ----------
        path : path

        Examples
        --------
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "people.split"
        >>> X = np.arange(5.0).reshape(-1, 1)
        >>> _ = Split(train=[0, 1, 2], test=[3, 4], X=X).save(path)
        >>> Split.load(path, X)
        Split(train=3, test=2)
        """
        without = {"dropped": self.dropped, "left_out": self.left_out}
        return write(path, self.parts | without, self.X)

    @classmethod
    def load(cls, path: str | Path, X: Any = None) -> Split:
        """Read what :meth:`save` wrote.

        Parameters
        ----------
        path : path
        X : dataframe, array or images, optional
            The table that was split. Rows may have been appended to it: they are in no part.

        Raises
        ------
        TableError
            If the file is another one or damaged, or X is another table.
        """
        return cls(X=X, **read(path, X))

    @property
    def n_rows(self) -> int:
        """One more than the last position that is named, in a part or in none."""
        named = (*self.parts.values(), self.dropped, self.left_out)
        return max(int(rows.max()) for rows in named if len(rows)) + 1

    @property
    def parts(self) -> dict[str, np.ndarray]:
        """The parts that exist, by name, training first."""
        named = {name: getattr(self, name) for name in PARTS}
        return {name: rows for name, rows in named.items() if rows is not None}

    def guard(self, X: Any = None, *, ids: Any = None) -> Guard:
        """Return a guard that keeps estimators from learning from the held-out rows.

        Parameters
        ----------
        X : dataframe or array, optional
            The table that was split, where the split does not hold it.
        ids : str or array-like of shape (rows,), optional
            A column of X that names its rows, or the values by which the index of pandas frames does (``X.index``).
            Without it rows are known by their content alone.
        """
        table = self.X if X is None else X
        if table is None:
            raise ParameterError("Split.guard needs the table that was split: split.guard(X).")
        refuse_lazy(table, "Split.guard")
        table = np.asarray(table) if isinstance(table, list | tuple) else table
        return Guard(HeldOut(table, self.train, ids=ids))

    def without_table(self) -> Split:
        """Return the same positions without the table that was split."""
        return Split(self.train, self.test, self.validation, dropped=self.dropped, left_out=self.left_out)

    def __repr__(self) -> str:
        without = {"dropped": self.dropped, "left_out": self.left_out}
        told = self.parts | {name: rows for name, rows in without.items() if len(rows)}
        return f"Split({', '.join(f'{name}={len(rows)}' for name, rows in told.items())})"

    def _refuse_shared_rows(self) -> None:
        rows = self.parts | {"dropped": self.dropped, "left_out": self.left_out}
        if not _any_twice(np.concatenate(list(rows.values()))):
            return
        names = list(rows)
        for i, first in enumerate(names):
            for second in names[i + 1 :]:
                shared = np.intersect1d(rows[first], rows[second])
                if len(shared):
                    raise LeakageError(
                        f"{len(shared)} row(s) are in both {first!r} and {second!r}, the first at position "
                        f"{shared[0]}. Rebuild the split so that every row has one role."
                    )


def _positions(part: str, rows: Any) -> np.ndarray:
    array = np.asarray(rows)
    if array.dtype == bool:
        raise ParameterError(f"Split needs positions in {part!r}, got a mask. Use np.flatnonzero(mask).")
    if array.ndim != 1 or (len(array) and array.dtype.kind not in "iu"):
        raise ParameterError(
            f"Split needs a list of integer positions in {part!r}, got {array.dtype} of shape {array.shape}."
        )
    array = array.astype(np.int64)
    if len(array) and array.min() < 0:
        raise ParameterError(f"Split needs positions from 0 on in {part!r}, got {array.min()}.")
    if _any_twice(array):
        raise ParameterError(f"Split needs positions that occur once in {part!r}, got some twice.")
    return array


def _any_twice(positions: np.ndarray) -> bool:
    """Return whether a position occurs twice: by a mark for each, in a tenth of the time of ``numpy.unique``."""
    if not len(positions):
        return False
    end = int(positions.max()) + 1
    if end > FAR_APART * len(positions):
        ordered = np.sort(positions)
        return bool((ordered[1:] == ordered[:-1]).any())
    marks = np.zeros(end, dtype=bool)
    marks[positions] = True
    return int(np.count_nonzero(marks)) < len(positions)

"""A lazy frame's parts, each a lazy frame itself."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from datafix.columns import as_frame
from datafix.engines import partitions_of
from datafix.errors import ParameterError, TableError
from datafix.splitting.drawing import NUMBERS, Sizes
from datafix.splitting.hashing import by_hash, keys_of


class LazySplit:
    """The training, validation and test rows of a lazy frame, told by the hash of each row wherever it is read.

    Made by :func:`datafix.split` of a lazy frame with ``assign="hash"``.

    Parameters
    ----------
    X : lazy frame
    shares : dict of "test" and "validation" to float
    salt : int
    target, groups, ids, sample_weight : str, optional
        Columns of X. What is hashed is the group of a row, else its id, else its content without target and weight.

    Attributes
    ----------
    train, validation, test : lazy frame of the same engine, or None
        With all the columns of X.
    X : lazy frame
        The frame itself.
    target, groups, ids, sample_weight : str or None
    part_names : callable
        Tells of some rows of X, in memory, the part of each: "train", "validation" or "test". It can be sent to another
        process.

    Examples
    --------
    >>> import datafix
    >>> import polars as pl
    >>> people = pl.LazyFrame({"id": range(1000), "age": [30, 40] * 500})
    >>> parts = datafix.split(people, assign="hash", ids="id", duplicates="ignore")
    >>> parts.train.collect().height, parts.test.collect().height
    (611, 194)
    """

    def __init__(
        self,
        X: Any,
        shares: Sizes,
        salt: int,
        *,
        target: str | None = None,
        groups: str | None = None,
        ids: str | None = None,
        sample_weight: str | None = None,
    ) -> None:
        self.X, self.target, self.groups, self.ids, self.sample_weight = X, target, groups, ids, sample_weight
        partitions = partitions_of(X)
        for role, name in (("y", target), ("groups", groups), ("ids", ids), ("sample_weight", sample_weight)):
            if name is not None and name not in partitions.columns:
                raise TableError(f"split has no column {role}={name!r}. The frame has {partitions.columns[:12]}.")
        for role, name in (("groups", groups), ("ids", ids)):
            if name is not None and name == target:
                raise ParameterError(
                    f"split got the target, {name!r}, as {role} too: rows of a class would stand in one part. Name the "
                    "column that tells which rows belong together."
                )
        if sample_weight is not None and sample_weight in (target, groups, ids):
            raise ParameterError(
                f"split got {sample_weight!r} as sample_weight, which is the target, groups or ids too. Name a column "
                "of weights."
            )
        # A copy of a row may have a weight and, where rows go by groups and this one has none, an id of its own.
        apart = [name for name in (target, sample_weight, None if groups is None else ids) if name is not None]
        told = partial(
            _parts_of, shares=shares, salt=salt, apart=apart, groups=groups, ids=ids if groups is None else None
        )
        self.part_names = partial(_names_of, told=told)
        parts = {
            name: partitions.map(partial(_rows_of_part, number=number, told=told)) if shares.get(name, 1.0) else None
            for name, number in NUMBERS.items()
        }
        self.train, self.validation, self.test = parts["train"], parts["validation"], parts["test"]

    @property
    def roles(self) -> list[str]:
        """The names of the columns of groups and ids, which go with the rows and are no features."""
        return [name for name in dict.fromkeys((self.groups, self.ids)) if name not in (None, self.target)]

    @property
    def parts(self) -> dict[str, Any]:
        """The parts that exist, by name, training first."""
        named = {"train": self.train, "validation": self.validation, "test": self.test}
        return {name: part for name, part in named.items() if part is not None}

    def __repr__(self) -> str:
        return f"LazySplit({', '.join(self.parts)})"


def _parts_of(
    rows: Any, *, shares: Sizes, salt: int, apart: list[str], groups: str | None, ids: str | None
) -> np.ndarray:
    """Return the number of each row's part; columns that stand apart are no content of a row."""
    frame = as_frame(rows)
    keys = keys_of(
        frame.drop(apart).to_native(),
        groups=None if groups is None else frame[groups],
        ids=None if ids is None else frame[ids],
    )
    return by_hash(keys, shares, salt)


def _rows_of_part(rows: Any, *, number: int, told: Callable[[Any], np.ndarray]) -> Any:
    return as_frame(rows)[np.flatnonzero(told(rows) == number)].to_native()


def _names_of(rows: Any, *, told: Callable[[Any], np.ndarray]) -> np.ndarray:
    names = np.array(sorted(NUMBERS, key=lambda name: NUMBERS[name]), dtype=object)
    return np.asarray(names[told(rows)])

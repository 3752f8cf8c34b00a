"""What columns must be to each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

import narwhals as nw
import numpy as np
import pandas as pd

from datafix.columns import as_numbers, factorize, is_missing
from datafix.errors import ParameterError
from datafix.schema.holding import exact_codes

Rule = Literal["at_most", "sum", "determines", "missing_when", "unique"]
_N_COLUMNS: dict[str, int] = {"at_most": 2, "sum": 3, "determines": 2, "missing_when": 2, "unique": 0}
PRECISION = 1e-9
"""Of a sum, in units of its largest part: what storing decimal fractions as floats costs."""


@dataclass(frozen=True)
class Relation:
    """What holds between columns on every row.

    Attributes
    ----------
    rule : {"at_most", "sum", "determines", "missing_when", "unique"}
        ``at_most``: the first column is at most the second, of numbers or times. ``sum``: the first is the second plus
        the third. ``determines``: the first decides the second, as ``values`` say. ``missing_when``: the first is
        missing exactly where the second is one of ``values``; without values, where the second is missing. ``unique``:
        no two rows agree in all the columns, of which there may be one or more; what is missing agrees with its like.
    columns : tuple of str
    values : tuple
        For ``determines`` pairs (value of the first, value of the second): first values that are not among them may go
        with anything.
    exceptions : float
        Share of the rows of a table that may break it, in [0, 1).

    Rows where a number, time or value of ``at_most``, ``sum`` or ``determines`` is missing keep the relation.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"start": [1, 5], "end": [2, 4]})
    >>> Relation("at_most", ("start", "end")).broken(nw.from_native(frame, eager_only=True))
    array([False,  True])
    """

    rule: Rule
    columns: tuple[str, ...]
    values: tuple[Any, ...] = ()
    exceptions: float = 0.0

    def __post_init__(self) -> None:
        if self.rule not in get_args(Rule):
            raise ParameterError(f"Relation needs a rule of {get_args(Rule)}, got {self.rule!r}.")
        if not 0 <= self.exceptions < 1:
            raise ParameterError(f"Relation needs exceptions in [0, 1), got {self.exceptions!r}.")
        object.__setattr__(self, "columns", tuple(self.columns))
        pairs = self.rule == "determines"
        object.__setattr__(self, "values", tuple(tuple(value) if pairs else value for value in self.values))
        if len(self.columns) != (_N_COLUMNS[self.rule] or max(1, len(self.columns))):
            raise ParameterError(
                f"Relation {self.rule!r} is about {_N_COLUMNS[self.rule] or 'some'} columns, got {list(self.columns)}."
            )

    @property
    def told(self) -> tuple[str, str]:
        """The column concerned, and what it must be."""
        if self.rule == "unique":
            others = " and ".join(map(repr, self.columns[1:]))
            return self.columns[0], f"unique together with {others}" if others else "unique, what is missing too,"
        first, second = self.columns[:2]
        if self.rule == "at_most":
            return first, f"at most column {second!r}"
        if self.rule == "sum":
            return first, f"the sum of {second!r} and {self.columns[2]!r}"
        if self.rule == "determines":
            return second, f"what {first!r} says"
        where = f"is {' or '.join(map(repr, self.values))}" if self.values else "is missing"
        return first, f"missing exactly where {second!r} {where}"

    def broken(self, frame: nw.DataFrame[Any]) -> np.ndarray:
        """Return which rows break the relation, whether so many may or not; bool of shape (rows,)."""
        columns = [frame[name] for name in self.columns]
        if self.rule == "unique":
            return pd.DataFrame(dict(enumerate(map(exact_codes, columns)))).duplicated(keep=False).to_numpy()
        if self.rule == "at_most":
            here, there = map(as_numbers, columns)
            return here > there  # no comparison with NaN is true
        if self.rule == "sum":
            total, one, other = map(as_numbers, columns)
            with np.errstate(invalid="ignore"):  # infinity less infinity
                off = np.abs(total - one - other)
            return off > PRECISION * np.maximum(np.maximum(np.abs(one), np.abs(other)), np.abs(total))
        if self.rule == "determines":
            return _undetermined(columns[0], columns[1], dict(self.values))
        return is_missing(columns[0]) != (
            _is_one_of(columns[1], self.values) if self.values else is_missing(columns[1])
        )


def _undetermined(first: nw.Series[Any], second: nw.Series[Any], known: dict[Any, Any]) -> np.ndarray:
    codes, uniques = factorize(first)
    given, given_uniques = factorize(second)
    place = {value: at for at, value in enumerate(given_uniques.tolist())}
    unseen, free = -2, -3
    wanted = np.array([place.get(known[value], unseen) if value in known else free for value in uniques.tolist()])
    expected = np.append(wanted, free).astype(np.int64)[codes]
    return (expected != free) & (given >= 0) & (given != expected)


def _is_one_of(series: nw.Series[Any], values: tuple[Any, ...]) -> np.ndarray:
    codes, uniques = factorize(series)
    among = np.array([value in values for value in uniques.tolist()] + [False], dtype=bool)
    return among[codes]

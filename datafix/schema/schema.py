"""A table's rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import narwhals as nw
import numpy as np
import pandas as pd

from datafix.columns import Kind, as_frame
from datafix.engines import is_lazy, partitions_of
from datafix.errors import ParameterError, SchemaError
from datafix.repairs import objects_at
from datafix.report import Issue, Report, Severity
from datafix.schema import as_yaml
from datafix.schema.as_kind import beside
from datafix.schema.by_partition import failures_by_partition
from datafix.schema.column_rule import ColumnRule
from datafix.schema.failure import EXAMPLES, LONGEST_CELL, Failure, cut, error_of
from datafix.schema.from_pandera import from_pandera
from datafix.schema.holding import judged
from datafix.schema.relation import Relation
from datafix.schema.to_pandera import to_pandera
from datafix.whole_file import write_text

if TYPE_CHECKING:
    from pandera.pandas import DataFrameModel, DataFrameSchema


class Schema:
    """What each column of a table must hold, and what columns must be to each other.

    Parameters
    ----------
    columns : mapping of str to ColumnRule
        Columns that it does not name may hold anything.
    relations : iterable of Relation, default=()
    strict : bool, default=False
        Whether a column that it does not name is at fault.

    Examples
    --------
    >>> schema = Schema({"age": ColumnRule("number", minimum=0, maximum=120)})
    >>> import pandas as pd
    >>> print(schema.validate(pd.DataFrame({"age": [30, -4]})).issues[0].message)
    Column 'age': at least 0 fails on 1 row(s), the first at position(s) [1], with '-4'.
    """

    def __init__(
        self, columns: Mapping[str, ColumnRule], *, relations: Iterable[Relation] = (), strict: bool = False
    ) -> None:
        self.columns = dict(columns)
        self.relations = tuple(relations)
        self.strict = bool(strict)
        for name, rule in self.columns.items():
            if not isinstance(rule, ColumnRule):
                raise ParameterError(f"Schema needs a ColumnRule for {name!r}, got {type(rule).__name__}.")
        for relation in self.relations:
            if not isinstance(relation, Relation):
                raise ParameterError(f"Schema needs Relations, got {type(relation).__name__}.")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Schema) and vars(self) == vars(other)

    def __repr__(self) -> str:
        return f"Schema({len(self.columns)} columns, {len(self.relations)} relations)"

    __hash__ = None  # type: ignore[assignment]  # it holds a dict

    @property
    def kinds(self) -> dict[str, Kind]:
        """Kind of every column named."""
        return {name: rule.kind for name, rule in self.columns.items()}

    def without(self, names: Iterable[str]) -> Schema:
        """Return the schema without some columns, and without the relations that they stand in."""
        gone = set(names)
        return Schema(
            {name: rule for name, rule in self.columns.items() if name not in gone},
            relations=[relation for relation in self.relations if not gone & set(relation.columns)],
            strict=self.strict,
        )

    def failures(self, frame: Any, *, as_text: Literal["fails", "passes"] = "fails") -> list[Failure]:
        """Return every rule that the frame breaks, with all rows that break it.

        Kinds are compared cell by cell. Text that spells a number, a truth value or an ISO time is at fault only where
        no cell is worse: among such texts "oops" is the one row named.

        Parameters
        ----------
        frame : dataframe (lazy too) or array of shape (rows, columns)
            Of a lazy frame, positions count its rows in the order of its partitions.
        as_text : {"fails", "passes"}, default="fails"
            What becomes of values that are kept as text in a column without worse ones.
        """
        if is_lazy(frame):
            return self._failures_by_partition(frame, as_text)[0]
        table = as_frame(frame, who="Schema")
        return [
            Failure(column, rule, rows, tuple(objects_at(table[column], rows[:EXAMPLES])) if len(rows) else ())
            for column, rule, rows in self._broken(table, as_text)
        ]

    def _failures_by_partition(self, X: Any, as_text: str) -> tuple[list[Failure], tuple[int, int]]:
        """Return the failures of a lazy frame, found in one pass, and its shape."""
        given = partitions_of(X).columns
        none = np.zeros(0, dtype=np.int64)
        absent = [Failure(name, told, none) for name, told in self._columns_at_fault(given)]
        present = self.without([name for name in self.columns if name not in given])
        found, n_rows = failures_by_partition(X, present.columns, present.relations, as_text=as_text)
        return absent + found, (n_rows, len(given))

    def _broken(self, table: nw.DataFrame[Any], as_text: str = "fails") -> Iterator[tuple[str, str, np.ndarray]]:
        """Yield column, rule and rows of each failure; no rows where the whole column is at fault."""
        none = np.zeros(0, dtype=np.int64)
        yield from ((name, told, none) for name, told in self._columns_at_fault(table.columns))
        unfit = set()
        for name in [name for name in self.columns if name in table.columns]:
            read, broken = judged(series := table[name], self.columns[name], text_passes=as_text == "passes")
            yield from ((name, told, rows) for told, rows in broken)
            if read is None:
                unfit.add(name)
            elif read is not series:
                table = beside(table, read)
        for relation in self.relations:
            if unfit.isdisjoint(relation.columns) and set(relation.columns) <= set(table.columns):
                rows = np.flatnonzero(relation.broken(table))
                if len(rows) > relation.exceptions * len(table):
                    yield *relation.told, rows

    def _columns_at_fault(self, given: list[str]) -> Iterator[tuple[str, str]]:
        for name, rule in self.columns.items():
            if rule.required and name not in given:
                yield name, "the column is missing"
        for name in given if self.strict else ():
            if name not in self.columns:
                yield name, "the schema knows no such column"

    def mask(self, frame: Any) -> pd.DataFrame:
        """Tell of every cell whether it breaks a rule of its column, or stands first in a relation that is broken.

        Parameters
        ----------
        frame : dataframe or array of shape (rows, columns)

        Returns
        -------
        mask : DataFrame of bool
            Of the frame's shape, columns and (for pandas) index. All of a column is at fault where no cell is of the
            kind asked for, or it is text that spells such values throughout.

        Raises
        ------
        SchemaError
            If a column is missing.
        """
        table = as_frame(frame, who="Schema")
        cells = np.zeros(table.shape, dtype=bool)
        for column, _, rows in self._broken(table):
            if column not in table.columns:
                raise SchemaError(f"Schema: column {column!r} is missing, and so has no cells.")
            cells[rows if len(rows) else slice(None), table.columns.index(column)] = True
        return pd.DataFrame(cells, columns=table.columns, index=getattr(table.to_native(), "index", None))

    def validate(self, frame: Any) -> Report:
        """Return a report with an ERROR for each rule that the frame breaks.

        Parameters
        ----------
        frame : dataframe (lazy too) or array of shape (rows, columns)
        """
        if is_lazy(frame):
            found, shape = self._failures_by_partition(frame, "fails")
        else:
            table = as_frame(frame, who="Schema")
            found, shape = self.failures(table), table.shape
        broken = {failure.column for failure in found}
        return Report(
            [_issue(failure) for failure in found],
            passed=[f"schema: {name}" for name in self.columns if name not in broken],
            shapes={"table": shape},
            title="datafix schema",
        )

    def raise_if_invalid(self, frame: Any, who: str = "Schema") -> None:
        """Raise SchemaError, naming columns, rules, counts and the first rows, if the frame breaks a rule."""
        if found := self.failures(frame):
            raise error_of(found, who)

    def to_yaml(self, path: str | Path | None = None) -> str:
        """Return the schema as YAML, and write it to a file where a path is given.

        Raises
        ------
        SchemaError
            If a check is a lambda or the like, which no file can name.
        """
        text = as_yaml.render(self.columns, self.relations, strict=self.strict)
        if path is not None:
            write_text(text, path)
        return text

    @classmethod
    def from_yaml(cls, path: str | Path, *, functions: Literal["import", "refuse"] = "import") -> Schema:
        """Read a schema that :meth:`to_yaml` wrote.

        Parameters
        ----------
        path : str or Path
        functions : {"import", "refuse"}, default="import"
            What becomes of a check that the file names as ``module:function``. To import a module is to run its code:
            refuse functions in a file that you do not trust, as the command line does without ``--trust-schema``.

        Raises
        ------
        SchemaError
            If the file is no such schema, or names a function that is refused.
        """
        if functions not in ("import", "refuse"):
            raise ParameterError(f"Schema.from_yaml needs functions 'import' or 'refuse', got {functions!r}.")
        columns, relations, strict = as_yaml.read(path, trusted=functions == "import")
        return cls(columns, relations=relations, strict=strict)

    def to_pandera(self) -> DataFrameSchema:
        """Return the rules as a pandera schema; its checks compare kinds, for pandera's dtypes are storage."""
        return to_pandera(self.columns, self.relations, strict=self.strict)

    @classmethod
    def from_pandera(cls, schema: DataFrameSchema | type[DataFrameModel]) -> Schema:
        """Take over all that a pandera schema or model asks of values, columns and rows.

        What it rejects is rejected here, but for storage: an integer column and a float column of whole numbers are
        the same. Of several checks the strictest holds; those of pandera become words, and one function a column is
        kept. What changes tables (``coerce``, ``drop_invalid_rows``) is no rule: see :class:`datafix.SchemaValidator`
        and :class:`datafix.resample.DropInvalid`.

        Raises
        ------
        SchemaError
            If a check or another part has no counterpart here; it is named, with its column.
        """
        columns, relations, strict = from_pandera(schema)
        return cls(columns, relations=relations, strict=strict)


def _issue(failure: Failure) -> Issue:
    return Issue(
        check="schema",
        severity=Severity.ERROR,
        message=str(failure),
        hint="Mend the rows, or the schema if the rule is wrong.",
        column=failure.column,
        rows=failure.rows if len(failure.rows) else None,
        evidence={
            "rule": failure.rule,
            "n_rows": failure.n_rows,
            "examples": [cut(str(value), LONGEST_CELL) for value in failure.examples],
        },
    )

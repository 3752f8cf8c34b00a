"""A table's rules, checked by pandera."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import yaml

from datafix.columns import Kind, as_frame, kind_of
from datafix.errors import ParameterError, SchemaError
from datafix.report import Issue, Report, Severity
from datafix.schema.column_rule import ColumnRule
from datafix.schema.failure import EXAMPLES, Failure

if TYPE_CHECKING:
    import narwhals as nw
    from pandera.pandas import DataFrameSchema

FORMAT_VERSION = 1


class Schema:
    """What each column of a table must hold.

    Parameters
    ----------
    columns : mapping of str to ColumnRule
        Columns that it does not name may hold anything.

    Examples
    --------
    >>> schema = Schema({"age": ColumnRule("number", minimum=0, maximum=120)})
    >>> import pandas as pd
    >>> print(schema.validate(pd.DataFrame({"age": [30, -4]})).issues[0].message)
    Column 'age': at least 0 fails on 1 row(s), the first at position(s) [1], with '-4'.
    """

    def __init__(self, columns: Mapping[str, ColumnRule]) -> None:
        self.columns = dict(columns)
        for name, rule in self.columns.items():
            if not isinstance(rule, ColumnRule):
                raise ParameterError(f"Schema needs a ColumnRule for {name!r}, got {type(rule).__name__}.")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Schema) and self.columns == other.columns

    def __repr__(self) -> str:
        return f"Schema({len(self.columns)} columns)"

    __hash__ = None  # type: ignore[assignment]  # it holds a dict

    @property
    def kinds(self) -> dict[str, Kind]:
        """Kind of every column named."""
        return {name: rule.kind for name, rule in self.columns.items()}

    def failures(self, frame: Any) -> list[Failure]:
        """Return every rule that the frame breaks, with all rows that break it.

        Parameters
        ----------
        frame : dataframe or array of shape (rows, columns)
        """
        table = as_frame(frame, who="Schema")
        found = []
        checkable = {}
        for name, rule in self.columns.items():
            none = np.zeros(0, dtype=np.int64)
            if name not in table.columns:
                found.append(Failure(name, "the column is missing", none))
                continue
            kind = kind_of(table[name])
            if kind != rule.kind and table[name].null_count() < len(table):
                found.append(Failure(name, f"must hold {rule.kind} values, holds {kind}", none))
            else:
                checkable[name] = rule
        return found + _value_failures(Schema(checkable), table)

    def validate(self, frame: Any) -> Report:
        """Return a report with an ERROR for each rule that the frame breaks.

        Parameters
        ----------
        frame : dataframe or array of shape (rows, columns)
        """
        table = as_frame(frame, who="Schema")
        found = self.failures(table)
        broken = {failure.column for failure in found}
        return Report(
            [_issue(failure) for failure in found],
            passed=[f"schema: {name}" for name in self.columns if name not in broken],
            shapes={"table": table.shape},
            title="datafix schema",
        )

    def raise_if_invalid(self, frame: Any, who: str = "Schema") -> None:
        """Raise SchemaError, naming columns, rules, counts and the first rows, if the frame breaks a rule."""
        if found := self.failures(frame):
            told = "\n".join(f"- {failure}" for failure in found[:EXAMPLES])
            more = f"\n(+{len(found) - EXAMPLES} more)" if len(found) > EXAMPLES else ""
            raise SchemaError(f"{who}: {len(found)} rule(s) broken:\n{told}{more}\nMend the rows, or the schema.")

    def to_yaml(self, path: str | Path | None = None) -> str:
        """Return the schema as YAML, and write it to a file where a path is given."""
        content = {
            "datafix_schema": FORMAT_VERSION,
            "columns": {name: _lean(rule) for name, rule in self.columns.items()},
        }
        text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True)
        if path is not None:
            path = Path(path)
            draft = path.with_name(path.name + ".part")
            draft.write_text(text, encoding="utf-8")
            draft.replace(path)
        return text

    @classmethod
    def from_yaml(cls, path: str | Path) -> Schema:
        """Read a schema that :meth:`to_yaml` wrote.

        Raises
        ------
        SchemaError
            If the file is no such schema.
        """
        try:
            content = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
            columns = {name: ColumnRule(**rule) for name, rule in content["columns"].items()}
        except (OSError, yaml.YAMLError, UnicodeDecodeError, KeyError, TypeError, AttributeError) as error:
            raise SchemaError(f"{str(path)!r} cannot be read as a datafix schema: {error!r}.") from error
        return cls(columns)

    def to_pandera(self) -> DataFrameSchema:
        """Return the rules on values as a pandera schema; kinds are datafix's own to compare."""
        from pandera.pandas import Column, DataFrameSchema

        return DataFrameSchema(
            {
                name: Column(checks=_checks(rule), nullable=rule.nullable, unique=rule.unique)
                for name, rule in self.columns.items()
            }
        )

    @classmethod
    def from_pandera(cls, schema: DataFrameSchema) -> Schema:
        """Take over columns and the checks that datafix has words for.

        Raises
        ------
        SchemaError
            If a check has no counterpart here; it is named.
        """
        return cls({name: _rule(name, column) for name, column in schema.columns.items()})


def _value_failures(schema: Schema, table: nw.DataFrame[Any]) -> list[Failure]:
    import pandera.pandas as pa

    if not schema.columns or not len(table):
        return []
    frame = table.select(list(schema.columns)).to_pandas().reset_index(drop=True)
    for name, rule in schema.columns.items():
        if rule.kind == "text":  # pandas categories compare by code
            frame[name] = frame[name].astype(object)
    try:
        with warnings.catch_warnings():
            # pandera joins its failure cases in a way that pandas 2.2 announces a change of.
            warnings.filterwarnings("ignore", "The behavior of DataFrame concatenation", FutureWarning)
            schema.to_pandera().validate(frame, lazy=True)
    except pa.errors.SchemaErrors as error:
        cases = error.failure_cases
        return [
            Failure(
                str(column),
                _worded(str(check), schema.columns[str(column)]),
                np.sort(found["index"].to_numpy().astype(np.int64)),
                tuple(found["failure_case"].head(EXAMPLES)),
            )
            for (column, check), found in cases.groupby(["column", "check"], sort=False)
        ]
    return []


def _checks(rule: ColumnRule) -> list[Any]:
    from pandera.pandas import Check

    checks = []
    if rule.minimum is not None:
        checks.append(Check.ge(rule.minimum))
    if rule.maximum is not None:
        checks.append(Check.le(rule.maximum))
    if rule.categories is not None:
        checks.append(Check.isin(list(rule.categories)))
    if rule.pattern is not None:
        checks.append(Check.str_matches(rule.pattern))
    return checks


def _worded(check: str, rule: ColumnRule) -> str:
    words = {
        "greater_than_or_equal_to": f"at least {rule.minimum}",
        "less_than_or_equal_to": f"at most {rule.maximum}",
        "isin": f"one of {len(rule.categories or ())} known values",
        "str_matches": f"matching {rule.pattern!r}",
        "not_nullable": "not missing",
        "field_uniqueness": "unique",
    }
    return next((worded for name, worded in words.items() if check.startswith(name)), check)


def _rule(name: str, column: Any) -> ColumnRule:
    known: dict[str, Any] = {}
    words = {
        "greater_than_or_equal_to": {"minimum": "min_value"},
        "less_than_or_equal_to": {"maximum": "max_value"},
        "in_range": {"minimum": "min_value", "maximum": "max_value"},
        "isin": {"categories": "allowed_values"},
        "str_matches": {"pattern": "pattern"},
    }
    for check in column.checks:
        if check.name not in words:
            raise SchemaError(
                f"Schema.from_pandera knows no counterpart of check {check.name!r} on column {name!r}. "
                "Keep that check in pandera."
            )
        for ours, theirs in words[check.name].items():
            value = check.statistics[theirs]
            known[ours] = tuple(value) if ours == "categories" else getattr(value, "pattern", value)
    return ColumnRule(_kind(name, column, known), nullable=column.nullable, unique=column.unique, **known)


def _kind(name: str, column: Any, known: dict[str, Any]) -> Kind:
    dtype = str(column.dtype).lower()
    kinds: dict[str, Kind] = {
        "bool": "boolean",
        "int": "number",
        "uint": "number",
        "float": "number",
        "datetime": "time",
        "date": "time",
        "str": "text",
        "category": "text",
    }
    if (kind := next((kind for start, kind in kinds.items() if dtype.startswith(start)), None)) is not None:
        return kind
    if "minimum" in known or "maximum" in known:
        return "number"
    if "pattern" in known or all(isinstance(value, str) for value in known.get("categories", (0,))):
        return "text"
    raise SchemaError(f"Schema.from_pandera cannot tell the kind of column {name!r} from dtype {column.dtype!r}.")


def _lean(rule: ColumnRule) -> dict[str, Any]:
    plain = ColumnRule(rule.kind)
    content = {key: value for key, value in asdict(rule).items() if value != getattr(plain, key) or key == "kind"}
    if rule.categories is not None:
        content["categories"] = [value.item() if hasattr(value, "item") else value for value in rule.categories]
    return content


def _issue(failure: Failure) -> Issue:
    return Issue(
        check="schema",
        severity=Severity.ERROR,
        message=str(failure),
        hint="Mend the rows, or the schema if the rule is wrong.",
        column=failure.column,
        rows=failure.rows if len(failure.rows) else None,
        evidence={"rule": failure.rule, "n_rows": len(failure.rows), "examples": list(map(str, failure.examples))},
    )

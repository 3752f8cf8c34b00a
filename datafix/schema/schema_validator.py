"""A schema as a step of a pipeline."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

import narwhals as nw
import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from datafix.columns import is_missing
from datafix.errors import ParameterError
from datafix.names import unique_names
from datafix.repairs import missing_where, objects_at
from datafix.schema.inferring import infer_schema
from datafix.schema.schema import Schema
from datafix.validation import like_input, validate_frame


class SchemaValidator(TransformerMixin, BaseEstimator):
    """Hold every frame that passes to a schema.

    Parameters
    ----------
    schema : Schema, optional
        None: inferred from the training rows at fit.
    on_invalid : {"raise", "null", "coerce", "flag"}, default="raise"
        Raise SchemaError; make the offending values missing; read text as the numbers that the schema
        asks for and make what still breaks a rule missing; or leave the values and add a column ``invalid`` (0 or 1).
        A missing column raises always. ``unique`` is a rule of whole tables, and only "raise" looks at it; it alone
        lets pass what only a share of the rows may do (``unknown_share``, ``exceptions``), for what becomes of a row
        must depend on that row. Relations concern several cells: only "raise" and "flag" look at them.

    Attributes
    ----------
    schema_ : Schema

    Examples
    --------
    >>> import pandas as pd
    >>> validator = SchemaValidator(on_invalid="null").fit(pd.DataFrame({"age": [20.0, 40.0]}))
    >>> validator.transform(pd.DataFrame({"age": [30.0, 900.0]}))["age"].tolist()
    [30.0, nan]
    """

    def __init__(
        self, schema: Schema | None = None, *, on_invalid: Literal["raise", "null", "coerce", "flag"] = "raise"
    ) -> None:
        self.schema = schema
        self.on_invalid = on_invalid

    def fit(self, X: Any, y: Any = None) -> SchemaValidator:
        """Take the schema over, or infer it from X; y is ignored."""
        if self.on_invalid not in ("raise", "null", "coerce", "flag"):
            raise ParameterError(
                f"SchemaValidator needs on_invalid 'raise', 'null', 'coerce' or 'flag', got {self.on_invalid!r}."
            )
        frame = validate_frame(self, X, reset=True)
        self.names_ = np.array(frame.columns, dtype=object)
        self.schema_ = infer_schema(frame.to_native()) if self.schema is None else self.schema
        return self

    def transform(self, X: Any) -> Any:
        """Return X where it keeps the schema, and what ``on_invalid`` says where it does not."""
        check_is_fitted(self)
        frame = validate_frame(self, X, reset=False)
        if self.on_invalid == "raise":
            self.schema_.raise_if_invalid(frame, "SchemaValidator")
            return like_input(frame, X)
        if self.on_invalid == "coerce":
            frame = _coerced(frame, self.schema_)
        invalid = _invalid_cells(frame, _row_by_row(self.schema_))
        if self.on_invalid == "flag":
            broken = np.zeros(len(frame), dtype=bool)
            for relation in self.schema_.relations:
                broken |= relation.broken(frame)
            for cells in invalid.values():
                broken |= cells
            flag = nw.new_series(
                self.get_feature_names_out()[-1], broken.astype(np.float64), backend=frame.implementation
            )
            return like_input(_beside(frame, flag), X)
        return like_input(_without_cells(frame, invalid), X)

    def changes(self, X: Any) -> dict[str, np.ndarray]:
        """Return the cells that ``transform`` makes missing: row, column, before, after, reason, confidence."""
        check_is_fitted(self)
        frame = validate_frame(self, X, reset=False)
        read = _coerced(frame, self.schema_) if self.on_invalid == "coerce" else frame
        invalid = _invalid_cells(read, _row_by_row(self.schema_)) if self.on_invalid in ("null", "coerce") else {}
        found = [(name, np.flatnonzero(cells & ~is_missing(frame[name]))) for name, cells in invalid.items()]
        rows = np.concatenate([np.zeros(0, dtype=np.int64), *(at for _, at in found)])
        before = [value for name, at in found for value in objects_at(frame[name], at)]
        return {
            "row": rows,
            "column": np.array([name for name, at in found for _ in at], dtype=object),
            "before": np.array([*before, None], dtype=object)[:-1],
            "after": np.full(len(rows), None, dtype=object),
            "reason": np.full(len(rows), "breaks the schema", dtype=object),
            "confidence": np.ones(len(rows)),
        }

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Names of the columns that go in, and ``invalid`` where it is added."""
        check_is_fitted(self)
        names = self.names_ if input_features is None else np.asarray(input_features, dtype=object)
        return np.append(names, unique_names(["invalid"], taken=names)) if self.on_invalid == "flag" else names

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.string = True
        tags.input_tags.categorical = True
        return tags


def _row_by_row(schema: Schema) -> Schema:
    """Return the rules that a row keeps or breaks by itself."""
    return Schema({name: replace(rule, unique=False, unknown_share=0.0) for name, rule in schema.columns.items()})


def _invalid_cells(frame: nw.DataFrame[Any], schema: Schema) -> dict[str, np.ndarray]:
    """Return, by column, which cells break a rule; a whole column at fault raises."""
    cells: dict[str, np.ndarray] = {}
    for failure in schema.failures(frame):
        if not len(failure.rows):
            Schema({failure.column: schema.columns[failure.column]}).raise_if_invalid(frame, "SchemaValidator")
        column = cells.setdefault(failure.column, np.zeros(len(frame), dtype=bool))
        column[failure.rows] = True
    return cells


def _without_cells(frame: nw.DataFrame[Any], invalid: dict[str, np.ndarray]) -> nw.DataFrame[Any]:
    for name, cells in invalid.items():
        frame = _beside(frame, missing_where(frame[name], cells))
    return frame


def _beside(frame: nw.DataFrame[Any], series: nw.Series[Any]) -> nw.DataFrame[Any]:
    native = frame.to_native()
    if frame.implementation.is_pandas():
        return nw.from_native(
            native.assign(**{series.name: series.to_native().set_axis(native.index)}), eager_only=True
        )
    return frame.with_columns(series)


def _coerced(frame: nw.DataFrame[Any], schema: Schema) -> nw.DataFrame[Any]:
    for name, rule in schema.columns.items():
        if rule.kind == "number" and name in frame.columns and not frame[name].dtype.is_numeric():
            numbers = pd.to_numeric(pd.Series(frame[name].to_list(), dtype=object), errors="coerce")
            series = nw.new_series(name, numbers.to_numpy(np.float64), backend=frame.implementation)
            frame = _beside(frame, series)
    return frame

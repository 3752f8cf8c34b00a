"""A schema as a step of a pipeline."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

import narwhals as nw
import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from datafix.columns import is_missing, kind_of
from datafix.engines import is_lazy
from datafix.errors import ParameterError
from datafix.learning import LearnsFromFigures, training_rows
from datafix.names import unique_names
from datafix.repairs import Repair, as_changes, missing_where, no_changes
from datafix.schema.as_kind import Reading, beside, read_as
from datafix.schema.failure import error_of
from datafix.schema.inferring import infer_schema
from datafix.schema.schema import Schema
from datafix.validation import like_input, transformed_by_partition, validate_frame


class SchemaValidator(LearnsFromFigures, TransformerMixin, BaseEstimator):
    """Hold every frame that passes to a schema.

    Parameters
    ----------
    schema : Schema, optional
        None: inferred from the training rows at fit.
    on_invalid : {"raise", "null", "coerce", "flag"}, default="raise"
        Raise SchemaError; make the offending values missing, single cells of another kind among them (text that spells
        a number, a truth value or an ISO time is read); read cells of other kinds too, where they stand for one asked
        for (1 for true, any value for the text by which it prints), and make what still breaks a rule missing; or
        leave the values and add a column ``invalid`` (0 or 1). A missing column, or one too many of a strict schema,
        raises always. ``unique`` is a rule of
        whole tables, and only "raise" looks at it; it alone lets pass what only a share of the rows may do
        (``unknown_share``, ``exceptions``), for what becomes of a row must depend on that row. Relations concern
        several cells: only "raise" and "flag" look at them.

    Attributes
    ----------
    schema_ : Schema

    Examples
    --------
    >>> import pandas as pd
    >>> validator = SchemaValidator(on_invalid="null").fit(pd.DataFrame({"age": [20.0, 40.0] * 10}))
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
        frame, _ = training_rows(self, X)
        self.names_ = np.array(frame.columns, dtype=object)
        self.schema_ = infer_schema(X if is_lazy(X) else frame.to_native()) if self.schema is None else self.schema
        return self

    def transform(self, X: Any) -> Any:
        """Return X where it keeps the schema, and what ``on_invalid`` says where it does not."""
        check_is_fitted(self)
        if is_lazy(X):
            if self.on_invalid != "raise":
                return transformed_by_partition(self, X)
            self.schema_.raise_if_invalid(X, "SchemaValidator")
            return X
        frame = validate_frame(self, X, reset=False)
        if self.on_invalid == "raise":
            self.schema_.raise_if_invalid(frame, "SchemaValidator")
            return like_input(frame, X)
        _, read, invalid = self._read(frame)
        if self.on_invalid == "flag":
            broken = np.zeros(len(frame), dtype=bool)
            for relation in self.schema_.relations:
                if relation.rule != "unique" and set(relation.columns) <= set(read.columns):
                    broken |= relation.broken(read)
            for cells in invalid.values():
                broken |= cells
            flag = nw.new_series(
                self.get_feature_names_out()[-1], broken.astype(np.float64), backend=frame.implementation
            )
            return like_input(beside(frame, flag), X)
        return like_input(_without_cells(read, invalid), X)

    def changes(self, X: Any) -> dict[str, np.ndarray]:
        """Return the cells that ``transform`` makes missing or reads.

        Returns
        -------
        changes : dict of ndarray, all of one length
            ``row`` (int64 positions), ``column``, ``before``, ``after`` and ``reason`` (objects), ``confidence``.
        """
        check_is_fitted(self)
        frame = validate_frame(self, X, reset=False)
        if self.on_invalid in ("raise", "flag"):
            return no_changes()
        readings, read, invalid = self._read(frame)
        mended = _without_cells(read, invalid)
        return as_changes(
            _repair(frame[name], mended[name], readings.get(name), invalid.get(name))
            for name in frame.columns
            if name in readings or name in invalid
        )

    def _read(self, frame: nw.DataFrame[Any]) -> tuple[dict[str, Reading], nw.DataFrame[Any], dict[str, np.ndarray]]:
        """Return the columns that were read, the frame with them, and by column which cells break a rule."""
        readings = read_as(frame, self.schema_.kinds, coerce=self.on_invalid == "coerce")
        read = frame
        for reading in readings.values():
            read = beside(read, reading.series)
        invalid = _invalid_cells(read, _row_by_row(self.schema_))
        for name, reading in readings.items():
            invalid[name] = reading.wrong | invalid.get(name, False)
        return readings, read, invalid

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
    rules = {name: replace(rule, unique=False, unknown_share=0.0) for name, rule in schema.columns.items()}
    return Schema(rules, strict=schema.strict)


def _invalid_cells(frame: nw.DataFrame[Any], schema: Schema) -> dict[str, np.ndarray]:
    """Return, by column, which cells break a rule; a whole column at fault raises."""
    cells: dict[str, np.ndarray] = {}
    for failure in schema.failures(frame):
        if not len(failure.rows):
            raise error_of([failure], "SchemaValidator")
        column = cells.setdefault(failure.column, np.zeros(len(frame), dtype=bool))
        column[failure.rows] = True
    return cells


def _without_cells(frame: nw.DataFrame[Any], invalid: dict[str, np.ndarray]) -> nw.DataFrame[Any]:
    for name, cells in invalid.items():
        if (cells & ~is_missing(frame[name])).any():
            frame = beside(frame, missing_where(frame[name], cells))
    return frame


def _repair(
    before: nw.Series[Any], after: nw.Series[Any], reading: Reading | None, invalid: np.ndarray | None
) -> Repair:
    none = np.zeros(len(before), dtype=bool)
    gone = none if invalid is None else invalid & ~is_missing(before)
    rows = np.flatnonzero(gone | (none if reading is None else reading.spelt))
    reason = np.where(gone, "breaks the schema", f"{kind_of(after)} kept as {kind_of(before)}").astype(object)
    return Repair(before, after, rows, reason[rows], 1.0)

"""Rows that break the schema, left out of the fit."""

from __future__ import annotations

from typing import Any

import numpy as np

from datafix.columns import as_frame
from datafix.errors import ParameterError
from datafix.rows import RowPlan, RowStep
from datafix.schema import Schema
from datafix.schema.failure import error_of


class DropInvalid(RowStep):
    """Learn only from rows that keep a schema.

    Parameters
    ----------
    schema : Schema
        A column that is missing, or of which no cell is of the kind asked for, raises SchemaError: dropping all rows is
        no mend. Text that spells a number, a truth value or an ISO time is of their kind.

    Examples
    --------
    >>> import pandas as pd
    >>> from datafix.schema import ColumnRule, Schema
    >>> step = DropInvalid(Schema({"age": ColumnRule("number", minimum=0)}))
    >>> step.select(pd.DataFrame({"age": [30, -1, 50]})).indices
    array([0, 2])
    """

    def __init__(self, schema: Schema) -> None:
        self.schema = schema

    def select(self, X: Any, y: Any = None, *, sample_weight: Any = None, groups: Any = None) -> RowPlan:
        """Plan the rows that keep the schema; y, weights and groups do not matter."""
        if not isinstance(self.schema, Schema):
            raise ParameterError(f"DropInvalid needs a datafix Schema, got {type(self.schema).__name__}.")
        frame = as_frame(X, who="DropInvalid")
        reason = np.full(len(frame), "", dtype=object)
        for failure in self.schema.failures(frame, as_text="passes"):
            if not len(failure.rows):
                raise error_of([failure], "DropInvalid")
            told = f"{failure.column}: {failure.rule}"
            reason[failure.rows] = [f"{text}; {told}" if text else told for text in reason[failure.rows]]
        return RowPlan(np.flatnonzero(reason == ""), reason=reason)

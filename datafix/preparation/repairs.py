"""What a fitted pipeline repairs in raw rows."""

from __future__ import annotations

from typing import Any

from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline

from datafix.changes import ChangeLog
from datafix.columns import as_frame
from datafix.preprocess import TablePreprocessor
from datafix.rows import ResampledTrainer


def pipeline_changes(pipeline: Any, X: Any) -> ChangeLog:
    """Return the repairs that the steps of a fitted pipeline make in X, by position in X.

    A step that repairs has a pure ``changes(X)``. Steps behind one that gives anything but the same columns see other
    cells than the table has: what they repair is none of the table's cells, and the walk ends there.
    """
    log = ChangeLog()
    if isinstance(pipeline, ResampledTrainer):
        return pipeline_changes(pipeline.estimator_, X)
    if isinstance(pipeline, ColumnTransformer):
        frame = as_frame(X)
        for _, step, columns in pipeline.transformers_:
            names = [columns] if isinstance(columns, str) else list(columns)
            if set(names) <= set(frame.columns) and names:
                log.extend(pipeline_changes(step, frame.select(names).to_native()))
    elif isinstance(pipeline, Pipeline):
        for at, (_, step) in enumerate(pipeline.steps, start=1):
            log.extend(pipeline_changes(step, X))
            if at == len(pipeline.steps) or not _keeps_columns(step):
                break
            X = X if step in (None, "passthrough") else step.transform(X)
    elif hasattr(pipeline, "changes"):
        cells = pipeline.changes(X)
        log.record(
            type(pipeline).__name__,
            row=cells["row"],
            column=cells["column"],
            before=cells["before"],
            after=cells["after"],
            reason=cells["reason"],
            confidence=cells["confidence"],
        )
    return log


def _keeps_columns(step: Any) -> bool:
    if isinstance(step, Pipeline):
        return all(_keeps_columns(inner) for _, inner in step.steps)
    if isinstance(step, TablePreprocessor):
        return False
    return step is None or step == "passthrough" or hasattr(step, "changes")

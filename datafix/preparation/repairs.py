"""What a fitted pipeline repairs in raw rows."""

from __future__ import annotations

from typing import Any

from sklearn.pipeline import Pipeline

from datafix.changes import ChangeLog


def pipeline_changes(pipeline: Any, X: Any) -> ChangeLog:
    """Return the repairs that the steps of a fitted pipeline make in X, by position in X.

    A step that repairs has a pure ``changes(X)``. Steps behind one that gives anything but the
    same columns see other cells than the table has, so the walk ends there.
    """
    log = ChangeLog()
    steps = pipeline.steps if isinstance(pipeline, Pipeline) else [(type(pipeline).__name__, pipeline)]
    for _, step in steps:
        if step is None or step == "passthrough":
            continue
        if not hasattr(step, "changes"):
            break
        cells = step.changes(X)
        log.record(
            type(step).__name__,
            row=cells["row"],
            column=cells["column"],
            before=cells["before"],
            after=cells["after"],
            reason=cells["reason"],
            confidence=cells["confidence"],
        )
        if step is not steps[-1][1]:
            X = step.transform(X)
    return log

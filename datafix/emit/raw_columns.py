"""The raw columns of a fitted pipeline, as the model that is exported from it takes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import narwhals as nw

from datafix.columns import as_frame, kinds
from datafix.emit.described import input_schema
from datafix.preparation import Prepared
from datafix.preparation.lazy_prepared import LazyPrepared


def as_taken(frame: nw.DataFrame[Any], by: Any) -> tuple[nw.DataFrame[Any], dict[str, str]]:
    """Return a frame whose text is parsed where the model takes what it spells, and what to take of it.

    Parameters
    ----------
    frame : narwhals.DataFrame
    by : None, mapping of column to kind, Prepared, fitted pipeline, or model from ``to_keras``
        None takes all as it is. A mapping and a model parse nothing.

    Returns
    -------
    frame : narwhals.DataFrame
    taken : dict of column to kind
    """
    if by is None:
        return frame, dict(kinds(frame))
    if isinstance(by, Mapping):
        return frame, dict(by)
    if hasattr(by, "get_layer"):
        return frame, {said["column"]: said["kind"] for said in input_schema(by)}
    pipeline = _pipeline_of(by)
    frame = parsed_by(frame, by)
    known = learned_kinds(pipeline) or getattr(by, "kinds", None) or _kinds_by_name(frame, pipeline)
    return frame, {**known, **parsed_kinds(pipeline)}


def parsed_by(frame: nw.DataFrame[Any], by: Any) -> nw.DataFrame[Any]:
    """Return the frame with what a Prepared or a fitted pipeline parses replaced by what it spells."""
    pipeline = None if isinstance(by, Mapping) else _pipeline_of(by)
    parsed = parsed_kinds(pipeline)
    if not parsed or not set(learned_kinds(pipeline)) <= set(frame.columns):
        return frame
    return _parsed(frame, first_step(pipeline), list(parsed))


def _pipeline_of(by: Any) -> Any:
    return by.pipeline if isinstance(by, Prepared | LazyPrepared) else by


def first_step(pipeline: Any) -> Any:
    """Return the step of a pipeline that reads the raw columns."""
    while hasattr(pipeline, "steps"):
        pipeline = pipeline.steps[0][1]
    return pipeline


def learned_kinds(pipeline: Any) -> dict[str, str]:
    """Return the raw columns' kinds that the first step learned, if it is one that does."""
    step = first_step(pipeline)
    return dict(step.kinds_) if hasattr(step, "blocks_") else {}


def parsed_kinds(pipeline: Any) -> dict[str, str]:
    """Return the columns of text that the first step parses, and what they become."""
    cleaner = getattr(first_step(pipeline), "cleaner_", None)
    return dict(cleaner.named_steps["types"].kinds_) if cleaner is not None else {}


def _parsed(frame: nw.DataFrame[Any], preprocessor: Any, columns: list[str]) -> nw.DataFrame[Any]:
    """Replace the columns by what the preprocessor's first two cleaners make of them."""
    steps = preprocessor.cleaner_.named_steps
    known = frame.select(list(preprocessor.kinds_)).to_native()
    read = as_frame(steps["types"].transform(steps["sentinels"].transform(known)))
    return frame.with_columns(*[read[name] for name in columns])


def _kinds_by_name(frame: nw.DataFrame[Any], pipeline: Any) -> dict[str, str]:
    found = kinds(frame)
    names = getattr(pipeline, "feature_names_in_", None)
    return dict(found) if names is None else {str(name): found.get(str(name), "number") for name in names}

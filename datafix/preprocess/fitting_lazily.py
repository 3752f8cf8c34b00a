"""A TablePreprocessor's steps fitted on a lazy frame, in few passes over it."""

from __future__ import annotations

from typing import Any

from sklearn.pipeline import Pipeline

from datafix.columns import as_frame
from datafix.errors import ParameterError
from datafix.impute import TableImputer
from datafix.learning import LearnsFromFigures
from datafix.sketches import ColumnSketch, TableSketch, sketch
from datafix.validation import transformed_by_partition


def fit_cleaner(cleaner: Pipeline, raw: TableSketch) -> None:
    """Fit the steps that clean on what one pass found: those for text learn from its counts.

    Parameters
    ----------
    cleaner : Pipeline
        As `default_cleaner` gives it.
    raw : TableSketch
    """
    sentinels, types, categories = (step for _, step in cleaner.steps)
    sentinels.fit(raw)
    told = {
        name: values for name, values in sentinels.sentinels_.items() if raw.columns[name].kind in ("text", "mixed")
    }
    texts = raw.changed(
        as_frame(sentinels.transform(raw.sample.to_native())),
        {name: raw.columns[name].without(values) for name, values in told.items()},
    )
    types.fit(texts)
    # What was parsed is text no more, and nothing to the step for categories.
    categories.fit(texts.changed(as_frame(types.transform(texts.sample.to_native())), {}))


def changes_nothing(cleaner: Pipeline) -> bool:
    """Tell whether a fitted cleaner leaves every training cell as it is."""
    sentinels, types, categories = (step for _, step in cleaner.steps)
    return not (sentinels.sentinels_ or types.kinds_ or categories.mapping_)


def fit_block(estimator: Any, seen: TableSketch, X: Any, y: Any) -> None:
    """Fit a block's estimator on its columns.

    Parameters
    ----------
    estimator : estimator
    seen : TableSketch
        Of the columns, cleaned.
    X : lazy frame
        The columns, cleaned: what comes out of a step is looked at anew where it cannot be told from ``seen``.
    y : array-like or None
    """
    steps = estimator.steps if isinstance(estimator, Pipeline) else [("only", estimator)]
    for at, (_, step) in enumerate(steps):
        if not isinstance(step, LearnsFromFigures):
            _fit_on_rows(Pipeline(steps[at:]), _rows(seen))
            return
        step.fit(seen, y)
        if isinstance(step, TableImputer):
            seen = _filled(step, seen)
        elif at < len(steps) - 1:
            gives_frames = hasattr(estimator[: at + 1].transform(seen.sample.head(1).to_native()), "columns")
            found = sketch(transformed_by_partition(estimator[: at + 1], X))
            seen = found if gives_frames else found.as_array()


def _fit_on_rows(steps: Pipeline, rows: Any) -> None:
    """Fit what knows of no figures on the rows drawn; their targets did not come with them."""
    try:
        steps.fit(rows)
    except (TypeError, ValueError) as error:
        names = ", ".join(type(step).__name__ for _, step in steps.steps)
        raise ParameterError(
            f"{names} cannot be fitted on rows drawn from a lazy frame, which come without targets: {error}. Leave it "
            "out of the TablePreprocessor, or collect the rows."
        ) from error


def _rows(seen: TableSketch) -> Any:
    """Return the rows drawn, as what they stand for."""
    return seen.sample.to_numpy() if seen.is_array else seen.sample.to_native()


def _filled(imputer: TableImputer, seen: TableSketch) -> TableSketch:
    """Return what is kept of columns of numbers once they are filled, without another pass."""
    sample = as_frame(imputer.transform(_rows(seen)))
    columns = {name: column.filled(imputer.fill_values_[name]) for name, column in seen.columns.items()}
    for name, origin in zip(sample.columns[len(columns) :], imputer.indicator_columns_, strict=True):
        n_missing = seen.columns[origin].n_missing
        columns[name] = ColumnSketch.constant(name, 0.0, seen.n_rows - n_missing)
        columns[name].merge(ColumnSketch.constant(name, 1.0, n_missing))
    return seen.changed(sample, columns).as_array() if seen.is_array else seen.changed(sample, columns)

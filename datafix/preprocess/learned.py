"""What a fitted TablePreprocessor learned of each column, for people to read."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pandas as pd
from sklearn.pipeline import Pipeline

from datafix.encode import CategoryEncoder, DatetimeEncoder
from datafix.impute import TableImputer
from datafix.scale import TableScaler

_SHOWN = 3


def learned_table(preprocessor: Any) -> pd.DataFrame:
    """Return one row a column: what it holds, what cleaning does to it, and what its block learned.

    Parameters
    ----------
    preprocessor : TablePreprocessor
        Fitted.

    Returns
    -------
    table : pandas.DataFrame
        Columns ``column``, ``holds``, ``cleaned``, ``block`` and ``learned``, all text.
    """
    blocks = {column: (name, estimator) for name, estimator, columns in preprocessor.blocks_ for column in columns}
    rows = []
    for column, kind in preprocessor.kinds_.items():
        absent = "dropped: all missing" if column in preprocessor.dropped_ else "dropped"
        block, estimator = blocks.get(column, (absent, None))
        rows.append((column, kind, _cleaned(preprocessor.cleaner_, column), block, _learned(estimator, column)))
    return pd.DataFrame(rows, columns=["column", "holds", "cleaned", "block", "learned"])


def as_html(preprocessor: Any, diagram: str) -> str:
    """Return scikit-learn's diagram of the estimator, and under it the table of what was learned."""
    table = learned_table(preprocessor).to_html(index=False, border=0, justify="left")
    return (
        f"{diagram}<details open><summary>What TablePreprocessor learned, column by column</summary>"
        f'<div style="overflow-x: auto; text-align: left">{table}</div></details>'
    )


def _cleaned(cleaner: Pipeline | None, column: str) -> str:
    if cleaner is None:
        return ""
    sentinels = cleaner.named_steps["sentinels"].sentinels_.get(column, [])
    kind = cleaner.named_steps["types"].kinds_.get(column)
    spellings = cleaner.named_steps["categories"].mapping_.get(column, {})
    said = [f"{_few([repr(value) for value in sentinels])} made missing"] if sentinels else []
    said += [f"text read as {kind}"] if kind else []
    said += (
        [f"spellings unified: {_few([f'{old!r} to {new!r}' for old, new in spellings.items()])}"] if spellings else []
    )
    return "; ".join(said)


def _learned(estimator: Any, column: str) -> str:
    if estimator is None or isinstance(estimator, str):
        return ""
    steps = [step for _, step in estimator.steps] if isinstance(estimator, Pipeline) else [estimator]
    return "; ".join(_of_step(step, column) for step in steps)


def _of_step(step: Any, column: str) -> str:
    if isinstance(step, CategoryEncoder):
        return _of_encoder(step, column)
    if isinstance(step, DatetimeEncoder):
        start = datetime.fromtimestamp(step.origin_[column], tz=UTC)
        return f"days since {start:%Y-%m-%d %H:%M}, and the time of day, week and year"
    if isinstance(step, TableImputer) and column in step.fill_values_:
        fill = step.fill_values_[column]
        indicated = ", with an indicator" if column in step.indicator_columns_ else ""
        return f"missing filled with {f'{fill:.6g}' if isinstance(fill, float) else repr(fill)}{indicated}"
    if isinstance(step, TableImputer):
        return "missing filled"
    if isinstance(step, TableScaler):
        return _of_scaler(step, column)
    return type(step).__name__


def _of_encoder(step: CategoryEncoder, column: str) -> str:
    known = [value for value in step.codes_[column] if value is not None]
    said = [f"{step.output} of {len(known)} ({_few([str(value) for value in known])})"]
    said += ["missing has its own code"] if None in step.codes_[column] else []
    said += ["rare and unseen share one"] if step.default_code_[column] >= 0 else ["unseen has none"]
    return ", ".join(said)


def _of_scaler(step: TableScaler, column: str) -> str:
    if column in step.constant_:
        return "constant, becomes 0"
    names = list(getattr(step, "feature_names_in_", []))
    if step.method != "standard" or column not in names:
        return f"{step.method} scale"
    at = names.index(column)
    return f"mean {step.scaler_.mean_[at]:.6g}, standard deviation {step.scaler_.scale_[at]:.6g}"


def _few(words: list[str]) -> str:
    return ", ".join(words[:_SHOWN]) + (f" and {len(words) - _SHOWN} more" if len(words) > _SHOWN else "")

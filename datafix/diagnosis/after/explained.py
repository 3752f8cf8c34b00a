"""An issue of a diagnosis: how much of the error a cause explains."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from datafix.diagnosis.case import Case, severity_of
from datafix.report import Figure, Issue, Severity

TOLD = 0.005
"""Share of the error from which on it is said."""


def explained(
    case: Case,
    name: str,
    gain: float,
    message: str,
    hint: str,
    *,
    rows: np.ndarray | None = None,
    column: str | None = None,
    evidence: dict[str, Any] | None = None,
    figure: Figure | None = None,
    severity: Severity | None = None,
    table: Literal["train", "test"] = "test",
) -> Issue:
    """Return an issue whose severity comes from how much accuracy or R² its cause takes away.

    Parameters
    ----------
    gain : float
        How far the held-out error would fall without the cause.
    table : {"test", "train"}
        Which part ``rows`` are of.
    """
    share = float(np.clip(gain / case.error, 0, 1)) if case.error > 0 else 0.0
    counted = share * min(case.error, 1.0)  # of R², which has no lower end
    return Issue(
        name,
        severity or severity_of(counted),
        f"{message} It explains {share:.0%} of the error." if share >= TOLD else message,
        hint,
        table=table,
        column=column,
        rows=rows,
        evidence={"explains": share, "gain": float(gain), **(evidence or {})},
        figure=figure,
    )

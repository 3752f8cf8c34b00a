"""A report as JSON, for machines."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from datafix.report.report import Report

FORMAT_VERSION = 1


def render(report: Report) -> str:
    """Return the report as JSON text, as ``report.schema.json`` describes it; the same report gives the same bytes."""
    content = {
        "version": FORMAT_VERSION,
        "title": report.title,
        "shapes": {name: list(shape) for name, shape in report.shapes.items()},
        "notes": list(report.notes),
        "issues": [
            {
                "check": issue.check,
                "severity": str(issue.severity),
                "message": issue.message,
                "hint": issue.hint,
                "table": issue.table,
                "column": issue.column,
                "rows": None if issue.rows is None else np.asarray(issue.rows).tolist(),
                "evidence": _plain(issue.evidence),
            }
            for issue in report.issues
        ],
        "passed": list(report.passed),
        "skipped": report.skipped,
    }
    return json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _plain(value: Any) -> Any:
    """Return figures as JSON has them: what is not finite, and has no name there, as null."""
    if isinstance(value, np.ndarray | np.generic):
        return _plain(value.tolist())
    if isinstance(value, Mapping):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, str | int) else str(value)

"""A report as JSON, for machines."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from datafix.report.report import Report

FORMAT_VERSION = 1


def render(report: Report) -> str:
    """Return the report as JSON text with a format version; the same report gives the same bytes."""
    content = {
        "format": FORMAT_VERSION,
        "title": report.title,
        "shapes": {name: list(shape) for name, shape in report.shapes.items()},
        "issues": [
            {
                "check": issue.check,
                "severity": str(issue.severity),
                "message": issue.message,
                "hint": issue.hint,
                "table": issue.table,
                "column": issue.column,
                "rows": None if issue.rows is None else np.asarray(issue.rows).tolist(),
                "evidence": issue.evidence,
            }
            for issue in report.issues
        ],
        "passed": list(report.passed),
        "skipped": report.skipped,
    }
    return json.dumps(content, indent=2, ensure_ascii=False, default=_plain) + "\n"


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    return str(value)

"""Findings that are known, and do not count."""

from __future__ import annotations

import json
from pathlib import Path

from datafix.errors import TableError
from datafix.report import Issue, Report

FORMAT_VERSION = 1


def known_text(issues: tuple[Issue, ...]) -> str:
    """Return the findings as the text of a baseline."""
    return json.dumps({"format": FORMAT_VERSION, "known": [_key(issue) for issue in issues]}, indent=2) + "\n"


def without_known(report: Report, baseline: Path) -> Report:
    """Return the report without what a baseline knows.

    Raises
    ------
    TableError
        If the file is no baseline, or of a later version.
    """
    try:
        content = json.loads(baseline.read_text(encoding="utf-8"))
        version, known = content["format"], [list(key) for key in content["known"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise TableError(f"{str(baseline)!r} cannot be read as a baseline: {error!r}. Write it again.") from error
    if version != FORMAT_VERSION:
        raise TableError(
            f"{str(baseline)!r} is a baseline of format {version!r}, this datafix reads {FORMAT_VERSION}. "
            "Write it again."
        )
    return Report(
        [issue for issue in report.issues if _key(issue) not in known],
        passed=report.passed,
        skipped=report.skipped,
        shapes=report.shapes,
        title=f"{report.title}, new findings",
    )


def _key(issue: Issue) -> list[str | None]:
    """Return what a finding is known by from run to run."""
    return [issue.check, issue.table, issue.column, str(issue.severity)]

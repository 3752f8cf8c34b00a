"""Findings that are known, and do not count."""

from __future__ import annotations

import json
import re
from pathlib import Path

from datafix.errors import TableError
from datafix.report import Issue, Report

FORMAT_VERSION = 2
GROWN = 2
_QUOTED = re.compile(r"\'[^\']*\'|\"[^\"]*\"")
_FIGURE = re.compile(r"[-+]?\d+([.,]\d+)*(e[-+]?\d+)?%?")
_LISTED = re.compile(r"#(, #)+")


def known_text(issues: tuple[Issue, ...]) -> str:
    """Return the findings as the text of a baseline."""
    known = [[*_key(issue), _n_rows(issue)] for issue in issues]
    return json.dumps({"format": FORMAT_VERSION, "known": known}, indent=2) + "\n"


def without_known(report: Report, baseline: Path) -> Report:
    """Return the report without what a baseline knows.

    Raises
    ------
    TableError
        If the file is no baseline, or of a later version.
    """
    try:
        content = json.loads(baseline.read_text(encoding="utf-8"))
        version, listed = content["format"], [list(key) for key in content["known"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise TableError(f"{str(baseline)!r} cannot be read as a baseline: {error!r}. Write it again.") from error
    if version != FORMAT_VERSION:
        raise TableError(
            f"{str(baseline)!r} is a baseline of format {version!r}, this datafix reads {FORMAT_VERSION}. "
            "Write it again."
        )
    known: dict[tuple[str | None, ...], int] = {}
    for *key, n_rows in listed:
        known[tuple(key)] = max(n_rows, known.get(tuple(key), 0))
    return Report(
        [issue for issue in report.issues if _is_new(issue, known)],
        passed=report.passed,
        skipped=report.skipped,
        shapes=report.shapes,
        notes=report.notes,
        title=f"{report.title}, new findings",
    )


def _is_new(issue: Issue, known: dict[tuple[str | None, ...], int]) -> bool:
    """Tell whether a finding is of another kind than the known ones, or of more than twice their rows."""
    return _key(issue) not in known or _n_rows(issue) > GROWN * known[_key(issue)]


def _n_rows(issue: Issue) -> int:
    return 0 if issue.rows is None else len(issue.rows)


def _key(issue: Issue) -> tuple[str | None, ...]:
    """Return what a finding is known by from run to run: its message without figures and examples."""
    told = _LISTED.sub("#", _FIGURE.sub("#", _QUOTED.sub("#", issue.message)))
    return issue.check, issue.table, issue.column, str(issue.severity), told

"""A report as Markdown, for pull requests and notes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datafix.report.report import Report


def render(report: Report) -> str:
    """Return the report as Markdown: one table of findings, then what was not checked."""
    lines = [f"# {report.title}", ""]
    lines += [f"- {name}: {' × '.join(map(str, shape))}" for name, shape in report.shapes.items()]
    lines += [f"- {note}" for note in report.notes]
    lines += ["", f"{len(report.issues)} finding(s), {len(report.passed)} check(s) passed.", ""]
    if report.issues:
        lines += ["| severity | check | finding | next step |", "|---|---|---|---|"]
        lines += [
            f"| {issue.severity} | {issue.check} | {_cell(issue.message)} | {_cell(issue.hint)} |"
            for issue in report.issues
        ]
    if report.skipped:
        lines += ["", "## Not checked", ""]
        lines += [f"- {', '.join(names)}: {reason}" for reason, names in report.skipped_by_reason.items()]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")

"""A report for the terminal, drawn by rich."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from datafix.report.severity import Severity

if TYPE_CHECKING:
    from datafix.report.report import Report

STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}


def renderable(report: Report) -> RenderableType:
    """Return what a rich console prints: verdict, findings, what was not checked."""
    shapes = ", ".join(f"{name} {' × '.join(f'{n:,}' for n in shape)}" for name, shape in report.shapes.items())
    parts: list[RenderableType] = [Text(f"{report.title}: {shapes}" if shapes else report.title, style="bold")]
    parts += [Text(note, style="dim") for note in report.notes]
    for issue in report.issues:
        head = Text.assemble((f"{issue.severity.upper():8}", STYLES[issue.severity]), (issue.check, "bold"))
        if issue.table != "train":
            head.append(f" ({issue.table})")
        parts += [head, Padding(Text(issue.message), (0, 0, 0, 8))]
        parts.append(Padding(Text(f"→ {issue.hint}", style="dim"), (0, 0, 0, 8)))
    parts.append(Text(_verdict(report)))
    parts += [
        Text(f"not checked: {', '.join(names)}: {reason}", style="dim")
        for reason, names in report.skipped_by_reason.items()
    ]
    return Group(*parts)


def render(report: Report) -> str:
    """Return the report as plain text, 100 characters wide."""
    console = Console(width=100, color_system=None, force_terminal=False, highlight=False)
    with console.capture() as capture:
        console.print(renderable(report))
    return "\n".join(line.rstrip() for line in capture.get().rstrip().split("\n"))


def _verdict(report: Report) -> str:
    counts = [(severity, sum(issue.severity is severity for issue in report.issues)) for severity in reversed(Severity)]
    found = ", ".join(f"{count} {severity}" for severity, count in counts if count) or "nothing found"
    return f"{found}; {len(report.passed)} checks passed, {len(report.skipped)} could not run."

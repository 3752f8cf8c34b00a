"""A report as one self-contained HTML page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader

from datafix.report.severity import Severity

if TYPE_CHECKING:
    from datafix.report.report import Report

ROWS_SHOWN = 10


def render(report: Report) -> str:
    """Return the page: verdict first, then findings, passed checks and what was not checked.

    It fetches nothing, needs no JavaScript and follows the reader's dark mode.
    """
    environment = Environment(loader=PackageLoader("datafix.report"), autoescape=True, trim_blocks=True)
    counts = {severity: sum(issue.severity is severity for issue in report.issues) for severity in reversed(Severity)}
    return environment.get_template("report.html.jinja").render(report=report, counts=counts, rows_shown=ROWS_SHOWN)

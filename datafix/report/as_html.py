"""A report as one self-contained HTML page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader

from datafix.report.severity import Severity

if TYPE_CHECKING:
    from datafix.report.report import Report

ROWS_SHOWN = 10
MOST_ISSUES, MOST_FIGURES, MOST_NAMES = 200, 50, 300
LARGEST_PAGE = 2_000_000
"""Characters; a page that is larger shows half as many findings, and so on."""


def render(report: Report) -> str:
    """Return the page: verdict first, then findings, passed checks and what was not checked.

    It fetches nothing, needs no JavaScript and follows the reader's dark mode. Of many findings it shows the gravest
    200 at most, 50 with their figures, and says how many more the JSON has.
    """
    environment = Environment(loader=PackageLoader("datafix.report"), autoescape=True, trim_blocks=True)
    template = environment.get_template("report.html.jinja")
    counts = {severity: sum(issue.severity is severity for issue in report.issues) for severity in reversed(Severity)}
    n_issues, n_figures = MOST_ISSUES, MOST_FIGURES
    while True:
        page = template.render(
            report=report,
            issues=report.issues[:n_issues],
            n_figures=n_figures,
            n_names=MOST_NAMES,
            counts=counts,
            advice=_advice(report, counts),
            rows_shown=ROWS_SHOWN,
        )
        if len(page) <= LARGEST_PAGE or n_issues <= 1:
            return page
        n_issues, n_figures = n_issues // 2, n_figures // 2


def _advice(report: Report, counts: dict[Severity, int]) -> str:
    """Return in words whether to train; of other reports than an audit's nothing."""
    if not report.title.startswith("datafix audit"):
        return ""
    for severity, verb in ((Severity.ERROR, "Mend"), (Severity.WARNING, "Look at")):
        if n := counts[severity]:
            return f"{verb} {n} {severity}{'s' * (n > 1)} before training."
    return "Nothing speaks against training."

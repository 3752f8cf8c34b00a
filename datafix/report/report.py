"""All findings of one audit or diagnosis."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd

from datafix.errors import DataQualityError
from datafix.report import as_html, as_json, as_junit, as_markdown, as_text
from datafix.report.issue import Figure, Issue
from datafix.report.severity import Severity
from datafix.whole_file import write_text


class Report:
    """What was found, what passed and what could not be checked, and why.

    Parameters
    ----------
    issues : iterable of Issue
    passed : iterable of str
        Checks that ran and found nothing.
    skipped : mapping of str to str
        Checks that could not run, each with its reason.
    shapes : mapping of str to tuple of int
        Shape of every table that was looked at.
    title : str
        Heads the rendered report.
    figures : iterable of Bars, Lines, Grid or Thumbnails
        Pictures of the whole, which the HTML page shows after the verdict.
    notes : iterable of str
        What is to be known of how it was looked at, such as that rows were drawn.

    Attributes
    ----------
    issues : tuple of Issue
        Gravest first; within a severity in the order found.

    Examples
    --------
    >>> report = Report([Issue("constant_column", Severity.WARNING, "Column 'a' is constant.", "Drop it.")])
    >>> len(report.at_least("error").issues)
    0
    >>> report.to_frame()[["check", "severity"]]
                 check severity
    0  constant_column  warning
    """

    def __init__(
        self,
        issues: Iterable[Issue] = (),
        *,
        passed: Iterable[str] = (),
        skipped: Mapping[str, str] | None = None,
        shapes: Mapping[str, tuple[int, ...]] | None = None,
        title: str = "datafix audit",
        figures: Iterable[Figure] = (),
        notes: Iterable[str] = (),
    ) -> None:
        self.issues = tuple(sorted(issues, key=lambda issue: -issue.severity.rank))
        self.passed = tuple(passed)
        self.skipped = dict(skipped or {})
        self.shapes = dict(shapes or {})
        self.title = title
        self.figures = tuple(figures)
        self.notes = tuple(notes)

    @property
    def worst(self) -> Severity | None:
        """The gravest severity found, None where nothing was."""
        return self.issues[0].severity if self.issues else None

    @property
    def skipped_by_reason(self) -> dict[str, list[str]]:
        """The skipped checks under each reason."""
        by_reason: dict[str, list[str]] = {}
        for name, reason in self.skipped.items():
            by_reason.setdefault(reason, []).append(name)
        return by_reason

    def at_least(self, severity: Severity | str) -> Report:
        """Return the same report with only the issues at or above a severity."""
        floor = Severity.of(severity)
        return Report(
            [issue for issue in self.issues if issue.severity >= floor],
            passed=self.passed,
            skipped=self.skipped,
            shapes=self.shapes,
            title=self.title,
            figures=self.figures,
            notes=self.notes,
        )

    def raise_if(self, severity: Severity | str = Severity.ERROR) -> Report:
        """Raise DataQualityError if anything is at or above the severity, else return self."""
        if found := self.at_least(severity).issues:
            lines = "\n".join(f"- {issue.message} {issue.hint}" for issue in found[:10])
            more = f"\n(+{len(found) - 10} more)" if len(found) > 10 else ""
            raise DataQualityError(
                f"{self.title}: {len(found)} finding(s) at or above {str(severity)!r}:\n{lines}{more}"
            )
        return self

    def to_frame(self) -> pd.DataFrame:
        """Return the issues as a frame, one row each; ``n_rows`` is missing where no rows are meant."""
        return pd.DataFrame(
            {
                "check": [issue.check for issue in self.issues],
                "severity": [str(issue.severity) for issue in self.issues],
                "table": [issue.table for issue in self.issues],
                "column": [issue.column for issue in self.issues],
                "n_rows": pd.array(
                    [None if issue.rows is None else len(issue.rows) for issue in self.issues], dtype="Int64"
                ),
                "message": [issue.message for issue in self.issues],
                "hint": [issue.hint for issue in self.issues],
                "evidence": [issue.evidence for issue in self.issues],
            }
        )

    def to_json(self, path: str | Path | None = None) -> str:
        """Return the report as JSON text, and write it to a file where a path is given."""
        return _write(as_json.render(self), path)

    def to_html(self, path: str | Path | None = None) -> str:
        """Return one self-contained HTML page, and write it to a file where a path is given."""
        return _write(as_html.render(self), path)

    def to_junit(self, path: str | Path | None = None) -> str:
        """Return JUnit XML, a test case a check, and write it to a file where a path is given."""
        return _write(as_junit.render(self), path)

    def to_markdown(self, path: str | Path | None = None) -> str:
        """Return a Markdown text, and write it to a file where a path is given."""
        return _write(as_markdown.render(self), path)

    def __str__(self) -> str:
        return as_text.render(self)

    def __repr__(self) -> str:
        counts = ", ".join(
            f"{sum(issue.severity is severity for issue in self.issues)} {severity}" for severity in reversed(Severity)
        )
        return f"Report({counts}; {len(self.passed)} passed, {len(self.skipped)} skipped)"

    def _repr_html_(self) -> str:
        return as_html.render(self)


def _write(text: str, path: str | Path | None) -> str:
    if path is not None:
        write_text(text, path)
    return text

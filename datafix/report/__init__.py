"""What was found, as data; how it is shown stands in one file a form."""

from datafix.report.issue import Issue
from datafix.report.report import Report
from datafix.report.severity import Severity

__all__ = ["Issue", "Report", "Severity"]

"""What was found, as data; how it is shown stands in one file a form."""

from datafix.report.bars import MOST, Bars
from datafix.report.issue import Issue
from datafix.report.report import Report
from datafix.report.severity import Severity
from datafix.report.thumbnails import Thumbnails

__all__ = ["MOST", "Bars", "Issue", "Report", "Severity", "Thumbnails"]

"""What was found, as data; how it is shown stands in one file a form."""

from datafix.report.bars import MOST, Bars
from datafix.report.grid import Grid
from datafix.report.issue import Figure, Issue
from datafix.report.lines import Lines
from datafix.report.report import Report
from datafix.report.severity import Severity
from datafix.report.thumbnails import Thumbnails

__all__ = ["MOST", "Bars", "Figure", "Grid", "Issue", "Lines", "Report", "Severity", "Thumbnails"]

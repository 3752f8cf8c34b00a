"""A report as JUnit XML, for CI servers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from datafix.report.severity import Severity

if TYPE_CHECKING:
    from datafix.report.report import Report

# What XML 1.0 cannot carry, escaped or not.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(report: Report) -> str:
    """Return JUnit XML: a test case a check; errors and warnings fail, infos are printed."""
    failing = [issue for issue in report.issues if issue.severity >= Severity.WARNING]
    names = list(dict.fromkeys([*(issue.check for issue in report.issues), *report.passed]))
    suite = ET.Element(
        "testsuite",
        name=_clean(report.title),
        tests=str(len(names) + len(report.skipped)),
        failures=str(len({issue.check for issue in failing})),
        skipped=str(len(report.skipped)),
    )
    for name in names:
        case = ET.SubElement(suite, "testcase", classname="datafix", name=name)
        if mine := [issue for issue in failing if issue.check == name]:
            failure = ET.SubElement(case, "failure", type=str(mine[0].severity), message=_clean(mine[0].message))
            failure.text = _clean("\n".join(f"{issue.message} {issue.hint}" for issue in mine))
        elif infos := [issue for issue in report.issues if issue.check == name]:
            ET.SubElement(case, "system-out").text = _clean("\n".join(i.message for i in infos))
    for name, reason in report.skipped.items():
        case = ET.SubElement(suite, "testcase", classname="datafix", name=name)
        ET.SubElement(case, "skipped", message=_clean(reason))
    ET.indent(suite)
    return ET.tostring(suite, encoding="unicode", xml_declaration=False) + "\n"


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)

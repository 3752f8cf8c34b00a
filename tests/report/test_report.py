import json
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from datafix import DataQualityError, Issue, ParameterError, Report, Severity

INFO = Issue(
    "redundant", Severity.INFO, "a | b <i>same</i>", "Drop one.", rows=np.arange(30), evidence={"n": np.int64(3)}
)
WARNING = Issue("sentinel", Severity.WARNING, "'?' is odd\x00", "Clean.", column="c")
ERROR = Issue("label", Severity.ERROR, "Two spellings", "Unify.", table="test", column="y")
REPORT = Report([INFO, ERROR, WARNING], passed=["constant"], skipped={"groups": "none given"}, shapes={"train": (3, 2)})


def test_issues_stand_gravest_first():
    assert [issue.severity for issue in REPORT.issues] == ["error", "warning", "info"]
    assert REPORT.worst is Severity.ERROR


def test_at_least_keeps_what_is_as_grave():
    assert [issue.check for issue in REPORT.at_least("warning").issues] == ["label", "sentinel"]
    with pytest.raises(ParameterError, match="'fatal'"):
        REPORT.at_least("fatal")


def test_raise_if_names_the_findings():
    with pytest.raises(DataQualityError, match=r"(?s)1 finding.*error.*Two spellings Unify\.") as caught:
        REPORT.raise_if("error")
    assert "sentinel" not in str(caught.value)
    assert Report([INFO]).raise_if("warning").issues == (INFO,)


def test_severities_are_ordered_and_equal_their_text():
    assert Severity.INFO < Severity.WARNING < Severity.ERROR
    assert max(Severity) is Severity.ERROR
    assert Severity.ERROR >= "warning"
    assert Severity.ERROR == "error"


def test_frame_has_a_row_for_each_issue():
    frame = REPORT.to_frame()
    assert frame["check"].tolist() == ["label", "sentinel", "redundant"]
    assert frame["n_rows"].tolist()[2] == 30


def test_json_holds_everything_and_is_written_whole(tmp_path):
    path = tmp_path / "report.json"
    content = json.loads(REPORT.to_json(path))
    assert json.loads(path.read_text()) == content
    assert content["version"] == 1
    assert content["issues"][2]["rows"] == list(range(30))
    assert content["issues"][2]["evidence"] == {"n": 3}
    assert content["skipped"] == {"groups": "none given"}
    assert list(tmp_path.iterdir()) == [path]


def test_junit_fails_checks_with_warnings_and_skips_what_did_not_run():
    suite = ET.fromstring(REPORT.to_junit())
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("5", "2", "1")
    assert len(suite.findall("testcase")) == 5
    assert {case.get("name") for case in suite if case.find("failure") is not None} == {"label", "sentinel"}


def test_html_is_one_page_that_fetches_nothing_and_escapes_data():
    page = REPORT.to_html()
    assert "&lt;i&gt;same" in page
    assert "<i>same" not in page
    for fetched in ("http:", "https:", "src=", "<script", "<link", "@import"):
        assert fetched not in page
    assert "30 in all" in page
    assert "none given" in page


def test_markdown_keeps_its_table_whole():
    lines = [line for line in REPORT.to_markdown().splitlines() if line.startswith("| info")]
    assert lines == ["| info | redundant | a \\| b <i>same</i> | Drop one. |"]


def test_text_tells_findings_and_what_was_not_checked():
    text = str(REPORT)
    assert "1 error, 1 warning, 1 info; 1 checks passed, 1 could not run." in text
    assert "not checked: groups: none given" in text


def test_the_same_report_gives_the_same_bytes():
    again = Report(
        [INFO, ERROR, WARNING], passed=["constant"], skipped={"groups": "none given"}, shapes={"train": (3, 2)}
    )
    assert again.to_html() == REPORT.to_html()
    assert again.to_json() == REPORT.to_json()

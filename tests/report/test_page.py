"""The HTML page in a real browser: nothing fetched, no error, figures there."""

import re
import shutil
import subprocess

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import datafix
from datafix.report import MOST, Bars, Issue, Report, Severity, Thumbnails
from datafix.report.thumbnails import thumbnail

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
RANDOM = np.random.default_rng(0)
N = 400
TRAIN = pd.DataFrame(
    {"age": RANDOM.normal(40, 8, N), "town": RANDOM.choice(["Bern", "<b>&"], N), "y": RANDOM.choice(["a", "b"], N)}
)
TEST = TRAIN.assign(age=TRAIN["age"] + 20, town=RANDOM.choice(["Bern", "<b>&"], N, p=[0.1, 0.9]))


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "report.html"
    spoilt = TRAIN.assign(age=TRAIN["age"].mask(TRAIN.index % 5 == 0), y=TRAIN["y"].where(TRAIN.index > 3, "c"))
    datafix.audit(spoilt, target="y", test=TEST).to_html(path)
    return path


def browse(path, *options, size="1000,1200"):
    """Open the page as a reader without JavaScript of ours would, and return what the browser says."""
    return subprocess.run(
        [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--window-size={size}",
         "--host-resolver-rules=MAP * ~NOTFOUND", "--enable-logging=stderr", *options, path.as_uri()],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip


def test_it_asks_for_nothing_from_elsewhere(page):
    text = page.read_text()
    assert "<script" not in text
    links = re.findall(r'(?:src|href)="([^"]*)"|url\(([^)]*)\)', text)
    assert all(link.startswith("data:") for pair in links for link in pair if link)
    assert "&lt;b&gt;&amp;" in text
    assert len(text) < 200_000


@pytest.mark.skipif(BROWSER is None, reason="no chromium: apt-get install chromium")
def test_a_browser_shows_it_without_an_error(page, tmp_path):
    told = browse(page, "--dump-dom")
    assert "CONSOLE" not in told.stderr
    assert told.stdout.count("<figure") >= 3
    assert 'role="img" aria-label="Share of the rows, by age' in told.stdout
    for name, options in {
        "light": (),
        "phone": ("--force-dark-mode", "--blink-settings=preferredColorScheme=0"),
    }.items():
        browse(page, *options, f"--screenshot={tmp_path / name}.png", size="390,900" if options else "1000,1200")
    light, dark = (np.asarray(Image.open(tmp_path / f"{name}.png").convert("L")) for name in ("light", "phone"))
    assert light.mean() > 200
    assert dark.mean() < 80
    assert min(light.std(), dark.std()) > 5


def test_drift_is_drawn_as_shares_of_both_tables():
    issues = datafix.audit(TRAIN, target="y", test=TEST, checks=["column_drift"]).issues
    figures = {issue.column: issue.figure for issue in issues}
    assert figures["town"].series["test"][figures["town"].labels.index("Bern")] == pytest.approx(0.1, abs=0.05)
    assert sum(figures["age"].series["train"]) == pytest.approx(1)
    assert len(figures["age"].labels) == 12


def test_bars_are_as_long_as_their_values():
    rows = Bars("", ("a", "b"), {"train": (1.0, 0.0), "test": (0.25, 0.5)}, percent=True).rows
    assert rows == [
        ("a", [("train", 100, "100.0%"), ("test", 25, "25.0%")]),
        ("b", [("train", 0, "0.0%"), ("test", 50, "50.0%")]),
    ]
    assert Bars("", ("a",), {"train": (0.0,)}).rows == [("a", [("train", 0, "0")])]


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_images_of_any_kind_have_a_thumbnail(channels):
    for images in (
        RANDOM.normal(size=(20, 5, 9, channels)),
        RANDOM.integers(0, 255, (20, 300, 200, channels), np.uint8),
    ):
        figure = Thumbnails.of("odd", images, [str(k) for k in range(20)])
        assert len(figure.pictures) == MOST
        assert figure.pictures[3][1] == "3"
    assert thumbnail(np.full((4, 4, 1), np.nan))


def test_the_same_report_gives_the_same_page():
    pages = [datafix.audit(TRAIN, target="y", test=TEST, random_state=0).to_html() for _ in range(2)]
    assert pages[0] == pages[1]
    pictures = Thumbnails.of("t", np.zeros((1, 2, 2, 1), np.uint8), ["<i>"])
    shown = Report([Issue("c", Severity.INFO, "m", "h", figure=pictures)]).to_html()
    assert "&lt;i&gt;" in shown


def test_many_findings_stay_a_small_page_that_says_how_many_more_there_are():
    bars = Bars("Share", tuple("abcdefghijkl"), {"train": (0.1,) * 12, "test": (0.2,) * 12})
    issues = [
        Issue(
            "column_drift", Severity.WARNING, f"Column 'c{i}' drifts.", "Look.", evidence={"x": "y" * 9999}, figure=bars
        )
        for i in range(1500)
    ]

    page = Report(issues).to_html()

    assert len(page) <= 2_000_000
    assert (page.count('<section class="issue'), page.count("<figure")) == (200, 50)
    assert "1300 more findings are in the JSON" in page


def test_long_names_and_cells_are_cut():
    name = "x" * 50_000
    issue = Issue("constant_column", Severity.WARNING, f"Column {name!r} is {name!r}.", "Drop it.", column=name)
    assert len(issue.message) < 450
    assert issue.column == name
    for text in (str(Report([issue])), Report([issue]).to_html(), Report([issue]).to_markdown()):
        assert len(text) < 12_000


@pytest.mark.parametrize(
    ("severities", "told"),
    [
        (["error", "error", "warning"], "Mend 2 errors before training."),
        (["warning"], "Look at 1 warning before training."),
        (["info"], "Nothing speaks against training."),
    ],
)
def test_the_verdict_says_whether_to_train(severities, told):
    issues = [Issue("few_rows", Severity.of(severity), "Few.", "More.") for severity in severities]
    assert told in Report(issues).to_html()
    assert told not in Report(issues, title="datafix diagnosis").to_html()


def test_what_passed_stands_before_what_was_not_checked():
    page = Report(passed=["few_rows"], skipped={"id_overlap": "no ids"}).to_html()
    assert page.index("<h2>Passed</h2>") < page.index("<h2>Not checked</h2>")

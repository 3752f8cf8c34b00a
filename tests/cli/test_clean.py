import csv
import os

import numpy as np
import pandas as pd
import pyarrow.feather
import pytest

READ = {
    "csv": pd.read_csv,
    "parquet": pd.read_parquet,
    "arrow": lambda path: pyarrow.feather.read_table(path).to_pandas(),
}


@pytest.mark.parametrize("suffix", READ)
def test_a_cleaned_table_keeps_rows_order_and_kinds(run, train, tmp_path, suffix):
    out, changes = tmp_path / f"out.{suffix}", tmp_path / f"changes.{suffix}"
    before = train.read_bytes()
    assert run("clean", train, "--target", "y", "-o", out, "--changes", changes)[0] == 0
    cleaned = READ[suffix](out)
    assert cleaned.columns.tolist() == ["a", "city", "n", "y", "gap"]
    assert len(cleaned) == 90
    assert cleaned["city"].dropna().unique().tolist() == ["Bern"]
    assert cleaned["n"].tolist()[:3] == [1000, 2500, 3]
    assert {"SentinelCleaner", "TypeCleaner", "CategoryCleaner"} == set(READ[suffix](changes)["step"])
    assert train.read_bytes() == before
    if suffix == "csv":
        assert out.read_text().splitlines()[1] == "1.0,Bern,1000,no,1.0"
    else:  # what was written is read, too
        assert run("clean", out, "-o", tmp_path / "again.csv")[0] == 0


def test_links_to_the_input_are_not_written_over(run, train, tmp_path):
    soft, hard = tmp_path / "soft.csv", tmp_path / "hard.csv"
    soft.symlink_to(train)
    os.link(train, hard)
    before = train.read_bytes()
    for link in (soft, hard):
        status, text = run("clean", train, "-o", link)
        assert (status, "never writes over its input" in text) == (2, True)
        assert run("clean", link, "-o", train)[0] == 2
    assert train.read_bytes() == before


def test_two_outputs_of_one_name_and_folders_are_refused(run, train, tmp_path):
    out = tmp_path / "out.csv"
    assert "Two outputs" in run("clean", train, "-o", out, "--changes", out)[1]
    assert "Two outputs" in run("audit", train, "--json", out, "--html", out)[1]
    (tmp_path / "folder.csv").mkdir()
    assert "is a folder" in run("clean", train, "-o", tmp_path / "folder.csv")[1]
    assert not out.exists()


ODD = [
    "12345678901234567,7,0.10,NA,None,  lead,x",
    ",,1.50,a,null,b,x",
    '3,4,1e5,"a,""b""",007, "c d", y ',
]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_cells_that_no_step_changed_are_written_as_they_stood(run, tmp_path, encoding):
    source, out = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text("\n".join(["id,n,price,code,word,text,last", *ODD]) + "\n", encoding=encoding)
    status, told = run("clean", source, "-o", out)
    assert (status, "Changed 0 cells of 3 rows" in told) == (0, True)
    with out.open(newline="") as file:
        written = [*csv.reader(file)][1:]
    assert written == [
        ["12345678901234567", "7", "0.10", "NA", "None", "  lead", "x"],
        ["", "", "1.50", "a", "null", "b", "x"],
        ["3", "4", "1e5", 'a,"b"', "007", "c d", " y "],
    ]


def test_a_blank_before_a_quote_is_no_part_of_the_cell(run, tmp_path):
    source, out = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text('a,b\n1, "c, d"\n2, "e"\n')
    assert run("clean", source, "-o", out)[0] == 0
    assert out.read_text() == 'a,b\n1,"c, d"\n2,e\n'


def test_of_changed_and_unchanged_cells_the_log_tells_which(run, tmp_path):
    random = np.random.default_rng(0)
    lines = [f"{k:04d},{random.integers(5)}.50,{random.choice(['Bern', 'bern ', 'NA', '?'])},$1" for k in range(200)]
    source, out, changes = tmp_path / "in.csv", tmp_path / "out.csv", tmp_path / "changes.csv"
    source.write_text("\n".join(["id,price,town,paid", *lines]) + "\n")
    assert run("clean", source, "-o", out, "--changes", changes)[0] == 0
    read = {"dtype": "str", "keep_default_na": False}
    before, after = pd.read_csv(source, **read), pd.read_csv(out, **read)
    log = pd.read_csv(changes, **read)
    differ = {(str(row), before.columns[j]) for row, j in np.argwhere((before != after).to_numpy())}
    assert differ <= {*zip(log["row"], log["column"], strict=True)}
    assert {"town", "paid"} == {column for _, column in differ}
    assert set(after["paid"]) == {"1"}


def test_a_decimal_comma_stays_one(run, tmp_path):
    source, out = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text("town;size\n" + "Bern;1,50\nbern ;2,5\nBern;-999\n" * 30)
    assert run("clean", source, "-o", out)[0] == 0
    assert out.read_text().splitlines()[:4] == ["town;size", "Bern;1,50", "Bern;2,5", "Bern;"]

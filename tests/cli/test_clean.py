import os

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
        assert out.read_text().splitlines()[1] == "1.0,Bern,1000,no,1"
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

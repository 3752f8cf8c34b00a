"""An audit of a lazy frame draws rows for most checks, and counts all."""

import json

import numpy as np
import pandas as pd
import pytest

import datafix
from datafix.errors import ParameterError, TableError
from datafix.sketches import table_sketch

N, M = 4000, 1000


@pytest.fixture(scope="module")
def tables():
    rng = np.random.default_rng(5)

    def drawn(n_rows):
        frame = pd.DataFrame(
            {
                "age": rng.integers(17, 90, n_rows).astype(np.float64),
                "pay": rng.lognormal(8, 1, n_rows),
                "town": rng.choice(["Bern", "Basel", "Genf"], n_rows),
                "flat": 1.0,
            }
        )
        frame["label"] = np.where(frame["pay"] + rng.normal(0, 500, n_rows) > 3000, "rich", "poor")
        return frame

    train, test = drawn(N), drawn(M)
    train.loc[::5, "age"] = np.nan
    train.loc[[3, 3000], "pay"] = np.inf
    train.loc[N - 40 :, :] = train.loc[:39, :].to_numpy()
    train = train.astype({"age": float, "pay": float, "flat": float})
    train.loc[[100, 2000], "label"] = None
    train.loc[[7, 9], "label"] = "middling"
    test.loc[:49, ["age", "pay", "town", "flat"]] = train.loc[200:249, ["age", "pay", "town", "flat"]].to_numpy()
    return train, test.astype({"age": float, "pay": float, "flat": float})


def said(report):
    return {(issue.check, issue.severity, issue.message) for issue in report.issues}


def test_few_rows_are_all_looked_at(tables, lazily):
    train, test = tables
    expected = datafix.audit(train, target="label", test=test)
    found = datafix.audit(lazily(train), target="label", test=lazily(test))
    assert said(found) == said(expected)
    assert found.notes == ()


def test_of_many_rows_counts_are_those_of_all(tables, lazily, monkeypatch):
    monkeypatch.setattr(table_sketch, "SAMPLE_ROWS", 800)
    train, test = tables
    names = ["infinite_values", "constant_column", "missing_labels", "class_balance", "duplicate_rows"]
    expected = datafix.audit(train, target="label", test=test, checks=names)

    found = datafix.audit(lazily(train), target="label", test=lazily(test))

    assert {one for one in said(found) if one[0] in names} == said(expected)
    by_check = {issue.check: issue for issue in found.issues}
    told = by_check["missing_values"]
    assert told.evidence["shares"]["age"] == pytest.approx(train["age"].isna().mean())
    # Rows that are named are those drawn, where they stand in the frame.
    assert train["age"].isna()[told.rows].all()
    assert 0 < len(told.rows) < 300
    copies = by_check["train_test_copies"]
    assert copies.rows.tolist() == list(range(50))
    assert found.shapes == {"train": (N, 4), "test": (M, 4)}
    assert "800 of 4,000 train rows and 800 of 1,000 test rows" in found.notes[0]
    assert json.loads(found.to_json())["notes"] == list(found.notes)
    for text in (str(found), found.to_markdown(), found.to_html()):
        assert "800 of 4,000 train rows" in " ".join(text.split())


def test_rules_are_held_against_all_rows(tables, lazily, monkeypatch):
    monkeypatch.setattr(table_sketch, "SAMPLE_ROWS", 300)
    schema = datafix.Schema({"pay": datafix.ColumnRule("number", maximum=1e9)})
    (issue,) = datafix.audit(lazily(tables[0]), target="label", schema=schema, checks=["schema_rules"]).issues
    assert issue.rows.tolist() == [3, 3000, N - 37]


def test_roles_are_names(tables, lazily):
    with pytest.raises(ParameterError, match="lazy frame needs target= as the name of its column"):
        datafix.audit(lazily(tables[0]), target=tables[0]["label"])
    with pytest.raises(TableError, match="target='y' is no column of the train frame"):
        datafix.audit(lazily(tables[0]), target="y")

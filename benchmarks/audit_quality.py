"""What the audit finds where the truth is known.

Cells of raha's tables, the anomalies of TFX's taxi rides, and the verdicts of Great Expectations on its Titanic.

python benchmarks/audit_quality.py [FOLDER OF THE DATA]
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from measuring import tell
from sklearn.pipeline import make_pipeline

import datafix
from datafix import ColumnRule, Schema
from datafix.changes import ChangeLog
from datafix.clean import CategoryCleaner, SentinelCleaner, TypeCleaner
from datafix.preparation import pipeline_changes
from datafix.reading import read_table

DATA = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[2] / "shared" / "data"
WHOLE = 0.5
"""A finding that covers more of a column's rows than this names the column, not its cells."""


def flagged_cells(dirty):
    """Return the cells that a warning or an error names, and those that cleaning changes, as (row, column)."""
    cells = set()
    for issue in datafix.audit(dirty).at_least("warning").issues:
        if issue.column is not None and issue.rows is not None and len(issue.rows) < WHOLE * len(dirty):
            cells |= {(int(row), issue.column) for row in issue.rows}
    cleaner = make_pipeline(SentinelCleaner(), TypeCleaner(), CategoryCleaner()).fit(dirty)
    log = ChangeLog()
    log.extend(pipeline_changes(cleaner, dirty))
    changes = log.to_frame()
    changes = changes[changes["before"].astype(str) != changes["after"].astype(str)]  # "0.05" made 0.05 was not wrong
    return cells, set(zip(changes["row"].astype(int), changes["column"], strict=True))


def raha(name):
    """Score the cells flagged in a table against what its clean twin says."""
    dirty = read_table(DATA / name / "dirty.csv")
    texts = [pd.read_csv(DATA / name / f"{kind}.csv", dtype=str, keep_default_na=False) for kind in ("dirty", "clean")]
    wrong = texts[0].to_numpy() != texts[1].to_numpy()
    truth = {(int(row), dirty.columns[column]) for row, column in np.argwhere(wrong)}
    named, changed = flagged_cells(dirty)
    for what, cells in (("named by warnings", named), ("changed by cleaning", changed), ("either", named | changed)):
        right = len(cells & truth)
        tell("audit_quality", table=name, cells=what, flagged=len(cells), wrong=len(truth),
             precision=right / max(len(cells), 1), recall=right / len(truth))  # fmt: skip
    columns = {column for _, column in truth}
    issues = datafix.audit(dirty).issues
    told = {issue.column for issue in issues} | {column for _, column in changed}
    tell("audit_quality", table=name, columns_with_faults=len(columns), named=len(columns & told),
         missed=sorted(columns - told))  # fmt: skip


def taxi():
    """Hold TFX's evaluation part against its training part."""
    report = datafix.audit(DATA / "chicago_taxi" / "train.csv.gz", test=DATA / "chicago_taxi" / "eval.csv.gz")
    unseen = {
        issue.column: len(set(issue.evidence["categories"]))
        for issue in report.issues
        if issue.check == "category_mismatch" and issue.table == "test"
    }
    empty = [
        issue.column
        for issue in report.issues
        if issue.check == "missing_values" and issue.evidence.get("share", 0) > 0.99
    ]
    tell("audit_quality", table="chicago_taxi", unseen=unseen, empty=empty,
         errors=len(report.at_least("error").issues))  # fmt: skip


def mostly(values, pattern, share):
    """Tell which texts hold the pattern; all do where a share of them does."""
    matches = values.str.contains(pattern)
    return matches | (matches.mean() >= share)


def titanic():
    """Write Great Expectations' rules of its Titanic as a schema and compare the verdicts."""
    name = r"[A-Z][a-z]+(?: \([A-Z][a-z]+\))?, "
    schema = Schema(
        {
            "Name": ColumnRule("text", check=lambda values: mostly(values, name, 0.95)),
            "PClass": ColumnRule("text", categories=("1st", "2nd", "3rd")),
            "Age": ColumnRule(
                "number", minimum=0, maximum=80, check=lambda values: np.full(len(values), 20 <= values.mean() <= 40)
            ),
            "Sex": ColumnRule("text"),
            "Survived": ColumnRule("number"),
            "SexCode": ColumnRule("number"),
        }
    )
    frame = read_table(DATA / "ge_fixtures" / "Titanic.csv")
    issues = schema.validate(frame[list(schema.columns)]).issues
    tell("audit_quality", table="Titanic", failed=[[issue.column, issue.message] for issue in issues])


if __name__ == "__main__":
    raha("raha_hospital")
    raha("raha_beers")
    taxi()
    titanic()

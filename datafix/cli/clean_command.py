"""``datafix clean``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import narwhals as nw
import numpy as np
import pandas as pd
import typer
from sklearn.pipeline import make_pipeline

from datafix.changes import ChangeLog
from datafix.clean import CategoryCleaner, SentinelCleaner, TargetCleaner, TypeCleaner
from datafix.cli.options import Source, Target
from datafix.cli.output import TABLES, as_texts, refuse_output, write_frame, write_text_frame, writing
from datafix.preparation import pipeline_changes
from datafix.reading import read_table, read_text
from datafix.table import Table


def clean(
    train: Source,
    output: Annotated[Path, typer.Option("--output", "-o", help="File to write: CSV, Parquet or Arrow.")],
    target: Target = None,
    changes: Annotated[Path | None, typer.Option(help="Write every change, one row each.")] = None,
) -> None:
    """Write a table with sentinels made missing, types parsed and spellings unified.

    From CSV to CSV the cells that no step changed are written as they stand in the file.
    """
    refuse_output([output, changes], [train], TABLES)
    given = read_table(train)
    table = Table(given, target=target)
    features = table.frame.to_native()
    cleaner = make_pipeline(SentinelCleaner(), TypeCleaner(), CategoryCleaner()).fit(features)
    cleaned = nw.from_native(cleaner.transform(features), eager_only=True).to_pandas()
    log = ChangeLog()
    log.extend(pipeline_changes(cleaner, features))
    if target is not None and table.target is not None:
        cleaned[target] = _clean_target(table, target, log)
    cleaned = cleaned[list(map(str, given.columns))]
    with writing("--output", output):
        if output.suffix.lower() == ".csv" and (written := read_text(train)) is not None:
            write_text_frame(*_with_changes(written, cleaned, log), output)
        else:
            write_frame(cleaned, output)
    if changes is not None:
        with writing("--changes", changes):
            write_frame(log.to_frame(), changes)
    typer.echo(f"Changed {len(log)} cells of {table.n_rows} rows. Wrote {output}.")


def _clean_target(table: Table, target: str, log: ChangeLog) -> np.ndarray:
    assert table.target is not None  # the caller looked
    before = np.asarray(table.target.to_list(), dtype=object)
    after = np.asarray(TargetCleaner().fit_transform(table.target.to_native()), dtype=object)
    rows = np.flatnonzero(before != after)
    reason = "another spelling of a class"
    log.record("TargetCleaner", row=rows, column=target, before=before[rows], after=after[rows], reason=reason)
    return after


def _with_changes(written: tuple[pd.DataFrame, str], cleaned: pd.DataFrame, log: ChangeLog) -> tuple[pd.DataFrame, str]:
    """Return the fields of a file with the changed cells in them, and its decimal sign."""
    fields, decimal = written
    fields.columns = cleaned.columns
    for name, rows in log.to_frame().groupby("column")["row"]:
        at = np.unique(rows)
        column = fields[name].to_numpy(dtype=object, copy=True)
        column[at] = as_texts(cleaned[name], decimal).to_numpy(dtype=object)[at]
        fields[name] = column
    return fields, decimal

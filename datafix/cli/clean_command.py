"""``datafix clean``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import narwhals as nw
import numpy as np
import typer
from sklearn.pipeline import make_pipeline

from datafix.changes import ChangeLog
from datafix.clean import CategoryCleaner, SentinelCleaner, TargetCleaner, TypeCleaner
from datafix.cli.options import Source, Target
from datafix.cli.output import TABLES, refuse_output, write_frame, writing
from datafix.preparation import pipeline_changes
from datafix.reading import read_table
from datafix.table import Table


def clean(
    train: Source,
    output: Annotated[Path, typer.Option("--output", "-o", help="File to write: CSV, Parquet or Arrow.")],
    target: Target = None,
    changes: Annotated[Path | None, typer.Option(help="Write every change, one row each.")] = None,
) -> None:
    """Write a table with sentinels made missing, types parsed and spellings unified."""
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
    with writing("--output", output):
        write_frame(cleaned[list(map(str, given.columns))], output)
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

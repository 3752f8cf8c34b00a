"""``datafix labels``."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
import typer

from datafix.cli.options import Seed, Source, Target
from datafix.cli.output import TABLES, refuse_output, write_frame, writing
from datafix.columns import is_missing, take
from datafix.errors import ParameterError
from datafix.labels import MislabelDetector, RegressionLabelDetector
from datafix.reading import image_paths, read_images, read_table
from datafix.report.label_page import label_page
from datafix.table import Table
from datafix.task import as_target, infer_task
from datafix.whole_file import write_text


class LabelTask(str, Enum):
    """What labels are."""

    AUTO = "auto"
    CLASSIFICATION = "classification"
    REGRESSION = "regression"


def labels(
    train: Source,
    target: Target = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="CSV, Parquet, Arrow or HTML file.")] = None,
    task: Annotated[
        LabelTask, typer.Option(help="Whether labels name classes or measure a quantity.")
    ] = LabelTask.AUTO,
    seed: Seed = 0,
) -> None:
    """List the rows (or images of a folder) whose label is likely to be wrong, worst first; always ends with 0."""
    refuse_output([output], [train], (*TABLES, ".html"))
    X, y, name = _labelled(train, target)
    chosen = infer_task(y) if task is LabelTask.AUTO else task.value
    if task is LabelTask.AUTO and chosen == "regression":
        typer.echo("Labels are judged as a quantity; say --task classification if they name classes.", err=True)
    detector = (RegressionLabelDetector if chosen == "regression" else MislabelDetector)(random_state=seed).fit(X, y)
    given = np.asarray(as_target(y).to_list())
    issues = pd.DataFrame(
        {
            **name,
            "label_quality": detector.label_quality_,
            "given_label": given,
            "suggested_label": detector.suggested_label_,
        }
    )
    if chosen == "classification":
        issues["suggestion_confidence"] = detector.suggestion_confidence_
    issues = issues[detector.is_issue_].sort_values("label_quality", kind="stable")
    if output is None:
        typer.echo(issues.to_csv(index=False), nl=False)
        return
    if output.suffix.lower() == ".html":
        images = X[issues.index] if train.is_dir() else None
        page = label_page(issues, train.name, len(given), detector.estimated_precision_, images)
        with writing("--output", output):
            write_text(page, output)
    else:
        with writing("--output", output):
            write_frame(issues, output)
    typer.echo(f"{len(issues)} of {len(given)} labels are likely to be wrong. Wrote {output}.")


def _labelled(train: Path, target: str | None) -> tuple[Any, Any, dict[str, Any]]:
    """Return features, labels and the column that names the rows."""
    if train.is_dir():
        images, classes = read_images(train)
        return images, classes, {"file": [str(path.relative_to(train)) for path in image_paths(train)[0]]}
    if target is None:
        raise ParameterError("datafix labels needs --target, the column whose labels are judged.")
    table = Table(read_table(train), target=target)
    assert table.target is not None  # Table raised where there is no such column
    known = np.flatnonzero(~is_missing(table.target))
    if len(known) < table.n_rows:
        typer.echo(f"{table.n_rows - len(known)} row(s) have no label and are not judged.", err=True)
    X, y = take(table.frame.to_native(), known), take(table.target.to_native(), known)
    return X, y, {"row": known}

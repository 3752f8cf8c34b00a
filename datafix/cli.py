"""The command ``datafix``."""

from __future__ import annotations

import inspect
import json
import sys
import traceback
from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import narwhals as nw
import numpy as np
import pandas as pd
import typer
from rich.console import Console
from sklearn.pipeline import make_pipeline

from datafix.auditing import audit as run_audit
from datafix.changes import ChangeLog
from datafix.checks import CHECKS
from datafix.clean import CategoryCleaner, SentinelCleaner, TargetCleaner, TypeCleaner
from datafix.columns import is_missing, take
from datafix.errors import DatafixError, ParameterError, TableError
from datafix.labels import MislabelDetector, RegressionLabelDetector
from datafix.preparation import pipeline_changes
from datafix.reading import image_paths, read_images, read_table
from datafix.report import Issue, Report, Severity
from datafix.report.as_text import renderable
from datafix.report.label_page import label_page
from datafix.schema import Schema, infer_schema
from datafix.settings import read_settings
from datafix.table import Table
from datafix.task import as_target, infer_task

FINDINGS, BAD_USAGE, INTERNAL = 1, 2, 3


class FailOn(str, Enum):
    """From which severity on the exit status tells of findings."""

    ERROR = "error"
    WARNING = "warning"
    NEVER = "never"


class LabelTask(str, Enum):
    """What labels are."""

    AUTO = "auto"
    CLASSIFICATION = "classification"
    REGRESSION = "regression"


app = typer.Typer(
    name="datafix",
    help="What is wrong with the data of a Keras model, found and mended before training.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
schema_app = typer.Typer(help="Infer a schema, or hold a table to one.", no_args_is_help=True)
app.add_typer(schema_app, name="schema")

Source = Annotated[Path, typer.Argument(help="CSV, Parquet or Arrow file; for audit and labels also images.")]
Target = Annotated[str | None, typer.Option(help="Column to be predicted.")]
Seed = Annotated[int, typer.Option(help="Seed of everything random.")]
Output = Annotated[Path | None, typer.Option("--output", "-o", help="File to write.")]


@app.callback()
def configure(context: typer.Context) -> None:
    """Take what pyproject.toml says for what the command line does not say."""
    options, context.obj = read_settings(Path.cwd())
    named = {name.replace("-", "_"): value for name, value in options.items()}
    everywhere = {name: value for name, value in named.items() if name in ("target", "seed")}
    context.default_map = {"audit": named, "labels": everywhere, "clean": everywhere, "schema": {"infer": everywhere}}


@app.command()
def audit(
    context: typer.Context,
    train: Source,
    target: Target = None,
    test: Annotated[Path | None, typer.Option(help="Test table.")] = None,
    group: Annotated[str | None, typer.Option(help="Column whose groups must not cross the split.")] = None,
    time: Annotated[str | None, typer.Option(help="Column that orders the rows in time.")] = None,
    id: Annotated[str | None, typer.Option("--id", help="Column that names the rows.")] = None,
    schema: Annotated[Path | None, typer.Option(help="Schema (YAML) to hold the tables to.")] = None,
    baseline: Annotated[Path | None, typer.Option(help="Known findings, which do not count.")] = None,
    write_baseline: Annotated[Path | None, typer.Option(help="Write the findings as known ones.")] = None,
    fail_on: Annotated[FailOn, typer.Option(help="Exit with 1 from this severity on.")] = FailOn.ERROR,
    select: Annotated[str | None, typer.Option(help="Only these checks, parted by commas.")] = None,
    ignore: Annotated[str | None, typer.Option(help="Not these checks, parted by commas.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write the report as HTML.")] = None,
    json: Annotated[Path | None, typer.Option(help="Write the report as JSON.")] = None,
    junit: Annotated[Path | None, typer.Option(help="Write the report as JUnit XML.")] = None,
    seed: Seed = 0,
) -> None:
    """Look for what is wrong with a table (and its test table)."""
    for path in (html, json, junit, write_baseline):
        _refuse_output(path, [train, test, schema])
    report = run_audit(
        train,
        target=target,
        test=test,
        groups=group,
        time=time,
        ids=id,
        schema=None if schema is None else Schema.from_yaml(schema),
        checks=_selected(select, ignore),
        settings=context.obj,
        random_state=seed,
    )
    if write_baseline is not None:
        write_baseline.write_text(_known(report.issues), encoding="utf-8")
    if baseline is not None:
        report = _without_known(report, baseline)
    for path, write in ((html, report.to_html), (json, report.to_json), (junit, report.to_junit)):
        if path is not None:
            write(path)
    _show(report)
    if write_baseline is None:
        _finish(report, fail_on)


@schema_app.command("infer")
def infer(train: Source, output: Output = None, target: Target = None) -> None:
    """Learn a schema from a training table and write it as YAML."""
    _refuse_output(output, [train])
    text = infer_schema(read_table(train), target=target).to_yaml(output)
    typer.echo(text if output is None else f"Wrote {output}.")


@schema_app.command("check")
def check(
    new: Source,
    schema: Annotated[Path, typer.Option(help="Schema (YAML).")],
    fail_on: Annotated[FailOn, typer.Option(help="Exit with 1 from this severity on.")] = FailOn.ERROR,
) -> None:
    """Hold a table to a schema."""
    report = Schema.from_yaml(schema).validate(read_table(new))
    _show(report)
    _finish(report, fail_on)


@app.command()
def labels(
    train: Source,
    target: Target = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="CSV, Parquet or HTML file to write.")] = None,
    task: Annotated[
        LabelTask, typer.Option(help="Whether labels name classes or measure a quantity.")
    ] = LabelTask.AUTO,
    seed: Seed = 0,
) -> None:
    """List the rows (or images of a folder) whose label is likely to be wrong, worst first; always ends with 0."""
    _refuse_output(output, [train], (".csv", ".parquet", ".html"))
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
        _write_whole(output, lambda draft: draft.write_text(page, encoding="utf-8"))
    else:
        _write_frame(issues, output)
    typer.echo(f"{len(issues)} of {len(given)} labels are likely to be wrong. Wrote {output}.")


@app.command()
def clean(
    train: Source,
    output: Annotated[Path, typer.Option("--output", "-o", help="File to write: CSV or Parquet.")],
    target: Target = None,
    changes: Annotated[Path | None, typer.Option(help="Write every change, one row each.")] = None,
) -> None:
    """Write a table with sentinels made missing, types parsed and spellings unified."""
    for path in (output, changes):
        _refuse_output(path, [train], (".csv", ".parquet"))
    table = Table(read_table(train), target=target)
    features = table.frame.to_native()
    cleaner = make_pipeline(SentinelCleaner(), TypeCleaner(), CategoryCleaner()).fit(features)
    cleaned = nw.from_native(cleaner.transform(features), eager_only=True).to_pandas()
    log = ChangeLog()
    log.extend(pipeline_changes(cleaner, features))
    if target is not None and table.target is not None:
        cleaned[target] = _clean_target(table, target, log)
    _write_frame(cleaned, output)
    if changes is not None:
        _write_frame(log.to_frame(), changes)
    typer.echo(f"Changed {len(log)} cells of {table.n_rows} rows. Wrote {output}.")


@app.command("checks")
def list_checks() -> None:
    """List the checks of the audit."""
    for known in CHECKS:
        typer.echo(f"{known.name:22} {_first_line(known)}")


@app.command()
def explain(check: Annotated[str, typer.Argument(help="A check's name.")]) -> None:
    """Tell what a check looks for, and its settings."""
    known = {known.name: known for known in CHECKS}
    if check not in known:
        raise ParameterError(f"datafix knows no check {check!r}. It knows {', '.join(known)}.")
    typer.echo(f"{check}\n\n{_doc(known[check])}\n\nneeds: {', '.join(sorted(known[check].needs)) or 'nothing'}")
    typer.echo(f"settings: {known[check]}")


def main() -> None:
    """Run the command, and turn what goes wrong into an exit status."""
    try:
        app()
    except DatafixError as error:
        typer.echo(f"datafix: {error}", err=True)
        sys.exit(BAD_USAGE)
    except OSError as error:  # a file that cannot be written
        typer.echo(f"datafix: {error}", err=True)
        sys.exit(BAD_USAGE)
    except Exception:  # noqa: BLE001 - the command's edge: the traceback is shown, the status says whose fault it is
        traceback.print_exc()
        typer.echo("datafix: this is a fault of datafix. Please report it with the traceback above.", err=True)
        sys.exit(INTERNAL)


def _selected(select: str | None, ignore: str | None) -> Any:
    if select is None and ignore is None:
        return "default"
    known = [check.name for check in CHECKS]
    wanted = known if select is None else [name.strip() for name in select.split(",")]
    unwanted = [] if ignore is None else [name.strip() for name in ignore.split(",")]
    if unknown := sorted({*wanted, *unwanted} - set(known)):
        raise ParameterError(f"datafix knows no check {', '.join(map(repr, unknown))}. It knows {', '.join(known)}.")
    return [name for name in wanted if name not in unwanted]


def _key(issue: Issue) -> list[str | None]:
    """Return what a finding is known by from run to run."""
    return [issue.check, issue.table, issue.column, str(issue.severity)]


def _known(issues: tuple[Issue, ...]) -> str:
    return json.dumps({"format": 1, "known": [_key(issue) for issue in issues]}, indent=2) + "\n"


def _without_known(report: Report, baseline: Path) -> Report:
    try:
        known = json.loads(baseline.read_text(encoding="utf-8"))["known"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise TableError(f"{str(baseline)!r} cannot be read as a baseline: {error}.") from error
    return Report(
        [issue for issue in report.issues if _key(issue) not in known],
        passed=report.passed,
        skipped=report.skipped,
        shapes=report.shapes,
        title=f"{report.title}, new findings",
    )


def _show(report: Report) -> None:
    console = Console(highlight=False)
    if console.is_terminal:
        console.print(renderable(report))
    else:
        typer.echo(str(report))


def _finish(report: Report, fail_on: FailOn) -> None:
    if fail_on is not FailOn.NEVER and report.at_least(Severity.of(fail_on.value)).issues:
        raise typer.Exit(FINDINGS)


def _clean_target(table: Table, target: str, log: ChangeLog) -> np.ndarray:
    assert table.target is not None  # the caller looked
    before = np.asarray(table.target.to_list(), dtype=object)
    after = np.asarray(TargetCleaner().fit_transform(table.target.to_native()), dtype=object)
    rows = np.flatnonzero(before != after)
    reason = "another spelling of a class"
    log.record("TargetCleaner", row=rows, column=target, before=before[rows], after=after[rows], reason=reason)
    return after


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


def _refuse_output(path: Path | None, inputs: list[Path | None], suffixes: tuple[str, ...] = ()) -> None:
    """Raise ParameterError before any work for a file that must not, or cannot, be written; any suffix unless said."""
    if path is None:
        return
    for source in inputs:
        if source is not None and path.resolve() == source.resolve():
            raise ParameterError(f"datafix never writes over its input {str(source)!r}. Name another file.")
    if suffixes and path.suffix.lower() not in suffixes:
        raise ParameterError(f"datafix writes {', '.join(suffixes)} here, got {path.name!r}.")
    if not path.absolute().parent.is_dir():
        raise ParameterError(f"There is no folder {str(path.absolute().parent)!r} to write to. Make it first.")


def _write_frame(frame: pd.DataFrame, path: Path) -> None:
    if path.suffix.lower() == ".parquet":
        _write_whole(path, lambda draft: _storable(frame).to_parquet(draft, index=False))
    else:
        _write_whole(path, lambda draft: frame.to_csv(draft, index=False))


def _write_whole(path: Path, write: Callable[[Path], Any]) -> None:
    """Write the file whole or not at all."""
    draft = path.with_name(path.name + ".part")
    try:
        write(draft)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _storable(frame: pd.DataFrame) -> pd.DataFrame:
    """Parquet has no column of mixed objects: these become text."""
    mixed = [name for name in frame if frame[name].dtype == object]
    return frame.assign(
        **{name: frame[name].map(str, na_action="ignore").where(frame[name].notna(), None) for name in mixed}
    )


def _first_line(check: Any) -> str:
    return _doc(check).splitlines()[0]


def _doc(check: Any) -> str:
    return inspect.getdoc(type(check)) or ""


if __name__ == "__main__":
    main()

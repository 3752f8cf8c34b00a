"""``datafix audit``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from datafix.auditing import audit as run_audit
from datafix.checks import CHECKS
from datafix.checks.choosing import unknown_name
from datafix.cli.baseline import known_text, without_known
from datafix.cli.options import Failing, FailOn, Seed, Source, Target, TrustSchema, complete_checks, schema_of
from datafix.cli.output import finish, refuse_output, show, writing
from datafix.errors import ParameterError
from datafix.report import Report
from datafix.whole_file import write_text


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
    fail_on: Failing = FailOn.ERROR,
    select: Annotated[
        str | None, typer.Option(help="Only these checks, parted by commas.", autocompletion=complete_checks)
    ] = None,
    ignore: Annotated[
        str | None, typer.Option(help="Not these checks, parted by commas.", autocompletion=complete_checks)
    ] = None,
    html: Annotated[Path | None, typer.Option(help="Write the report as HTML.")] = None,
    json: Annotated[Path | None, typer.Option(help="Write the report as JSON.")] = None,
    junit: Annotated[Path | None, typer.Option(help="Write the report as JUnit XML.")] = None,
    markdown: Annotated[Path | None, typer.Option(help="Write the report as Markdown.")] = None,
    seed: Seed = 0,
    *,
    trust_schema: TrustSchema = False,
) -> None:
    """Look for what is wrong with a table (and its test table)."""
    refuse_output([html, json, junit, markdown, write_baseline], [train, test, schema, baseline])
    report = run_audit(
        train,
        target=target,
        test=test,
        groups=group,
        time=time,
        ids=id,
        schema=None if schema is None else schema_of(schema, trusted=trust_schema),
        checks=_selected(select, ignore),
        settings=context.obj,
        random_state=seed,
    )
    if write_baseline is not None:
        with writing("--write-baseline", write_baseline):
            write_text(known_text(report.issues), write_baseline)
    if baseline is not None:
        report = without_known(report, baseline)
    writers: dict[Callable[[Report, Path], Any], Path | None] = {
        Report.to_html: html,
        Report.to_json: json,
        Report.to_junit: junit,
        Report.to_markdown: markdown,
    }
    for write, path in writers.items():
        if path is not None:
            with writing(write.__name__.replace("to_", "--"), path):
                write(report, path)
    show(report)
    if write_baseline is None:
        finish(report, fail_on)


def _selected(select: str | None, ignore: str | None) -> Any:
    if select is None and ignore is None:
        return "default"
    known = [check.name for check in CHECKS]
    wanted = known if select is None else [name.strip() for name in select.split(",")]
    unwanted = [] if ignore is None else [name.strip() for name in ignore.split(",")]
    if unknown := sorted({*wanted, *unwanted} - set(known)):
        raise ParameterError(f"datafix knows no check {unknown_name(unknown[0], known)}")
    if not (left := [name for name in wanted if name not in unwanted]):
        raise ParameterError(f"--ignore leaves none of the checks that --select names: {select}. Name another.")
    return left

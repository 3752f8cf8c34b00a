"""``datafix schema infer`` and ``datafix schema check``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from datafix.cli.options import Failing, FailOn, Output, Source, Target, TrustSchema, schema_of
from datafix.cli.output import finish, refuse_output, show, writing
from datafix.reading import read_table
from datafix.schema import infer_schema


def infer(train: Source, output: Output = None, target: Target = None) -> None:
    """Learn a schema from a training table and write it as YAML."""
    refuse_output([output], [train])
    learned = infer_schema(read_table(train), target=target)
    with writing("--output", output):
        text = learned.to_yaml(output)
    typer.echo(text if output is None else f"Wrote {output}.")


def check(
    new: Source,
    schema: Annotated[Path, typer.Option(help="Schema (YAML).")],
    fail_on: Failing = FailOn.ERROR,
    *,
    trust_schema: TrustSchema = False,
) -> None:
    """Hold a table to a schema."""
    report = schema_of(schema, trusted=trust_schema).validate(read_table(new))
    show(report)
    finish(report, fail_on)

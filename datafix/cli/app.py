"""The commands, gathered."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from datafix.cli.audit_command import audit
from datafix.cli.checks_commands import explain, list_checks
from datafix.cli.clean_command import clean
from datafix.cli.labels_command import labels
from datafix.cli.schema_commands import check, infer
from datafix.settings import read_settings

app = typer.Typer(
    name="datafix",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
schema_app = typer.Typer(help="Infer a schema, or hold a table to one.", no_args_is_help=True)


@app.callback()
def configure(context: typer.Context) -> None:
    """Find what is wrong with the data of a Keras model, and mend it before training."""
    options, context.obj = read_settings(Path.cwd())
    named = {name.replace("-", "_"): value for name, value in options.items()}

    def of(*names: str) -> dict[str, Any]:
        return {name: named[name] for name in names if name in named}

    context.default_map = {
        "audit": named,
        "labels": of("target", "seed"),
        "clean": of("target"),
        "schema": {"infer": of("target"), "check": of("schema", "fail_on")},
    }


app.command()(audit)
app.add_typer(schema_app, name="schema")
schema_app.command("infer")(infer)
schema_app.command("check")(check)
app.command()(labels)
app.command()(clean)
app.command("checks")(list_checks)
app.command()(explain)

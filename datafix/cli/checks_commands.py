"""``datafix checks`` and ``datafix explain``."""

from __future__ import annotations

from typing import Annotated

import typer

from datafix.checks import CHECKS
from datafix.checks.choosing import unknown_name
from datafix.cli.options import complete_check, doc_of
from datafix.errors import ParameterError


def list_checks() -> None:
    """List the checks of the audit."""
    width = max(len(known.name) for known in CHECKS)
    for known in CHECKS:
        typer.echo(f"{known.name:{width}} {doc_of(known).splitlines()[0]}")


def explain(check: Annotated[str, typer.Argument(help="A check's name.", autocompletion=complete_check)]) -> None:
    """Tell what a check looks for, and its settings."""
    known = {known.name: known for known in CHECKS}
    if check not in known:
        raise ParameterError(f"datafix knows no check {unknown_name(check, known)}")
    typer.echo(f"{check}\n\n{doc_of(known[check])}\n\nneeds: {', '.join(sorted(known[check].needs)) or 'nothing'}")
    typer.echo(f"settings: {known[check]}")

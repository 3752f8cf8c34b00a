"""Arguments and options that several commands take."""

from __future__ import annotations

import inspect
from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import typer

from datafix.checks import CHECKS
from datafix.schema import Schema


class FailOn(str, Enum):
    """From which severity on the exit status tells of findings."""

    ERROR = "error"
    WARNING = "warning"
    NEVER = "never"


Source = Annotated[
    Path, typer.Argument(help="CSV, Parquet or Arrow file; audit and labels take a folder of images too.")
]
Target = Annotated[str | None, typer.Option(help="Column to be predicted.")]
Seed = Annotated[int, typer.Option(help="Seed of everything random.")]
Output = Annotated[Path | None, typer.Option("--output", "-o", help="File to write.")]
Failing = Annotated[FailOn, typer.Option(help="Exit with 1 from this severity on.")]

TrustSchema = Annotated[
    bool, typer.Option("--trust-schema", help="Import the functions that the schema names, which runs their modules.")
]


def doc_of(check: Any) -> str:
    """Return what a check says of itself."""
    return inspect.getdoc(type(check)) or ""


def complete_check(incomplete: str) -> list[tuple[str, str]]:
    """Return the checks, each with its first line, that a shell may complete a name to."""
    return [(check.name, doc_of(check).splitlines()[0]) for check in CHECKS if check.name.startswith(incomplete)]


def complete_checks(incomplete: str) -> list[tuple[str, str]]:
    """Return the same for the last of several names, parted by commas."""
    before, comma, last = incomplete.rpartition(",")
    given = before.split(",")
    return [(f"{before}{comma}{name}", told) for name, told in complete_check(last) if name not in given]


def schema_of(path: Path, *, trusted: bool) -> Schema:
    """Read a schema; its functions only where the user trusts it."""
    return Schema.from_yaml(path, functions="import" if trusted else "refuse")

"""What a command writes and shows, and with which status it ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pyarrow as pa
import typer
from pyarrow import feather, parquet
from rich.console import Console

from datafix.cli import FINDINGS
from datafix.cli.options import FailOn
from datafix.errors import ParameterError
from datafix.reading import ARROW
from datafix.report import Report, Severity
from datafix.report.as_text import renderable
from datafix.whole_file import draft_of

TABLES = (".csv", ".parquet", *ARROW)


def refuse_output(outputs: list[Path | None], inputs: list[Path | None], suffixes: tuple[str, ...] = ()) -> None:
    """Raise ParameterError before any work for files that must not, or cannot, be written; any suffix unless said."""
    given = [path for path in outputs if path is not None]
    for at, path in enumerate(given):
        for source in inputs:
            if source is not None and _is_same(path, source):
                raise ParameterError(f"datafix never writes over its input {str(source)!r}. Name another file.")
        if any(_is_same(path, other) for other in given[:at]):
            raise ParameterError(f"Two outputs are called {str(path)!r}. Name another file.")
        if suffixes and path.suffix.lower() not in suffixes:
            raise ParameterError(f"datafix writes {', '.join(suffixes)} here, got {path.name!r}.")
        if not path.absolute().parent.is_dir():
            raise ParameterError(f"There is no folder {str(path.absolute().parent)!r} to write to. Make it first.")
        if path.is_dir():
            raise ParameterError(f"{str(path)!r} is a folder. Name a file.")


@contextmanager
def writing(option: str, path: Path | None) -> Iterator[None]:
    """Name the option whose file cannot be written."""
    try:
        yield
    except OSError as error:
        raise ParameterError(
            f"{option} cannot write {str(path)!r}: {error.strerror or error}. Name another file."
        ) from error


def write_frame(frame: pd.DataFrame, path: Path) -> None:
    """Write a table whole or not at all, as what the suffix says."""
    with draft_of(path) as draft:
        if path.suffix.lower() == ".csv":
            _with_whole_numbers(frame).to_csv(draft, index=False)
        else:
            table = pa.Table.from_pandas(_storable(frame), preserve_index=False)
            (parquet.write_table if path.suffix.lower() == ".parquet" else feather.write_feather)(table, draft)


def write_text_frame(fields: pd.DataFrame, decimal: str, path: Path) -> None:
    """Write fields as they are to a CSV file, parted by semicolons where numbers have a decimal comma."""
    with draft_of(path) as draft:
        fields.to_csv(draft, index=False, sep=";" if decimal == "," else ",")


def as_texts(column: pd.Series, decimal: str) -> pd.Series:
    """Return a column as :func:`write_frame` writes it to CSV: missing as "", 7 and not 7.0."""
    if column.dtype.kind == "M":
        days = (column.dropna() == column.dropna().dt.normalize()).all()
        texts = column.dt.strftime("%Y-%m-%d") if days else column.astype("str")
    else:
        texts = _with_whole_numbers(column.to_frame())[column.name].map(str, na_action="ignore")
        if column.dtype.kind == "f":
            texts = texts.str.replace(".", decimal, regex=False)
    return texts.astype(object).where(column.notna(), "")


def show(report: Report) -> None:
    """Print the report, in colour on a terminal."""
    console = Console(highlight=False)
    if console.is_terminal:
        console.print(renderable(report))
    else:
        typer.echo(str(report))


def finish(report: Report, fail_on: FailOn) -> None:
    """End with 1 if there are findings of the severity."""
    if fail_on is not FailOn.NEVER and report.at_least(Severity.of(fail_on.value)).issues:
        raise typer.Exit(FINDINGS)


def _is_same(path: Path, other: Path) -> bool:
    """Tell whether two paths lead to one file, through links of either kind too."""
    return path.resolve() == other.resolve() or (path.exists() and other.exists() and path.samefile(other))


def _with_whole_numbers(frame: pd.DataFrame) -> pd.DataFrame:
    """Return whole numbers that pandas keeps as floats, for their gaps, as whole ones: 7 is not to become 7.0."""
    known = {name: frame[name].dropna() for name in frame.select_dtypes("float64")}
    whole = [name for name, values in known.items() if (values.abs() < 2.0**53).all() and (values % 1 == 0).all()]
    return frame.astype(dict.fromkeys(whole, "Int64"))


def _storable(frame: pd.DataFrame) -> pd.DataFrame:
    """Arrow has no column of mixed objects: these become text."""
    texts = {
        name: frame[name].map(str, na_action="ignore").where(frame[name].notna(), None)
        for name in frame
        if frame[name].dtype == object and not _is_of_one_type(frame[name])
    }
    return frame.assign(**texts)


def _is_of_one_type(column: pd.Series) -> bool:
    try:
        pa.array(column, from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
        return False
    return True

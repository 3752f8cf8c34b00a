"""CSV files: read by pandas, after a look at their first part; refused with line and column."""

from __future__ import annotations

import codecs
import io
import warnings
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

import numpy as np
import pandas as pd

from datafix.errors import DatafixWarning, TableError
from datafix.reading.dialect import DELIMITERS, Dialect, find_dialect, first_record
from datafix.reading.disguise import refuse_disguised
from datafix.reading.encoding import first_undecodable, is_western, marked_encoding
from datafix.reading.faults import first_fault, separators
from datafix.reading.iso_times import with_iso_times
from datafix.reading.opening import first_part, opened
from datafix.reading.watching import BLOCK, WatchedBytes

INT64_END = float(2**63)


def read_csv(path: Path, *, delimiters: str | None = None) -> pd.DataFrame:
    """Read a CSV file whose dialect and encoding are found from its first part.

    Parameters
    ----------
    path : Path
    delimiters : str, optional
        What may part the fields: comma, semicolon, tab and bar unless said.
    """
    source = _source(path, delimiters)
    try:
        frame = source.frame()
    except UnicodeError:  # past the first part
        frame = replace(source, encoding=_western(path, source.encoding)).frame()
    return with_iso_times(frame)


def read_csv_text(path: Path, *, delimiters: str | None = None) -> tuple[pd.DataFrame, Dialect]:
    """Return the fields of a CSV file as they are written in it, the rows being those of `read_csv`, and its dialect.

    Blanks around a field are kept, but for those before a quote (and before all fields of a file in which a field that
    is quoted behind a blank holds a delimiter).
    """
    with warnings.catch_warnings(action="ignore", category=DatafixWarning):  # read_csv says it
        source = _source(path, delimiters)
        try:
            return source.text(), source.dialect
        except UnicodeError:
            return replace(source, encoding=_western(path, source.encoding)).text(), source.dialect


def _source(path: Path, delimiters: str | None) -> _Source:
    with opened(path) as file:
        head, is_all = first_part(file)
    if not head.strip():
        raise TableError(f"{str(path)!r} cannot be read as a table: it is empty.")
    refuse_disguised(head, str(path))
    encoding = marked_encoding(head)
    try:
        text = _decoded(head, encoding, is_all=is_all)
    except UnicodeDecodeError:
        encoding = _western(path, encoding)
        text = _decoded(head, encoding, is_all=is_all)
    if not is_all:
        text = text[: 1 + max(text.rfind("\n"), text.rfind("\r"))] or text
    dialect = find_dialect(text, delimiters or DELIMITERS)
    return _Source(path, encoding, dialect, _names(path, first_record(text, dialect), dialect))


@dataclass(frozen=True)
class _Source:
    """A file, and how it is to be read; names where it has none."""

    path: Path
    encoding: str
    dialect: Dialect
    names: list[str] | None

    def frame(self) -> pd.DataFrame:
        frame, is_strict = self._parsed()
        if is_strict and (fault := self._fault(strict=True)):
            raise self._refusal(fault)
        if not len(frame):
            raise TableError(f"{str(self.path)!r} cannot be read as a table: it has a header and no rows.")
        if self._may_lack_fields(frame) and (fault := self._fault()):
            raise self._refusal(fault)
        return frame

    def text(self) -> pd.DataFrame:
        """Return the fields as text."""
        fields, _, _ = self._read(low_memory=False, dtype="str", na_filter=False)
        try:
            spaced, _, _ = self._read(low_memory=False, dtype="str", na_filter=False, skipinitialspace=False)
        except TableError:  # a blank before a quote, within which the delimiter stands
            return fields
        if spaced.shape == fields.shape:
            for j, name in enumerate(fields.columns):
                bare = spaced.iloc[:, j].str.lstrip(" ")
                fields[name] = spaced.iloc[:, j].where(bare == fields[name], fields[name])
        return fields

    def _parsed(self) -> tuple[pd.DataFrame, bool]:
        """Return the frame, and whether its quotes are in doubt."""
        frame, in_doubt, warned = self._read(low_memory=True)
        if pd.errors.ParserWarning in warned:  # a first row with more fields than the header
            raise self._refusal(self._fault() or "its rows have more fields than the first line")
        if pd.errors.DtypeWarning in warned or _is_rounded(frame):  # pieces of a column differ in type
            frame, in_doubt, _ = self._read(low_memory=False)
        return frame, in_doubt

    def _read(self, *, low_memory: bool, **more: Any) -> tuple[pd.DataFrame, bool, set[type[Warning]]]:
        options: dict[str, Any] = {
            "sep": self.dialect.delimiter,
            "quotechar": self.dialect.quote,
            "escapechar": self.dialect.escape,
            "decimal": self.dialect.decimal,
            "header": 0 if self.names is None else None,
            "names": self.names,
            "skipinitialspace": True,
            "index_col": False,
            "low_memory": low_memory,
            **more,
        }
        try:
            with (
                opened(self.path) as file,
                WatchedBytes(file, self.dialect, wide=self._is_wide) as watched,
                self._handle(watched) as handle,
                warnings.catch_warnings(record=True) as warned,
            ):
                warnings.simplefilter("always")
                # A handle, no path: pandas 3.1 reads paths in parallel pieces, whose types vary with the cores.
                frame = pd.read_csv(handle, **options)
        except UnicodeError:
            raise
        except (ValueError, OverflowError) as error:
            if isinstance(error, TableError):
                raise
            raise self._refusal(self._fault() or str(error)) from error
        if watched.has_nul:
            raise self._refusal(self._fault() or "it holds NUL characters")
        return frame, watched.in_doubt, {warning.category for warning in warned}

    def _may_lack_fields(self, frame: pd.DataFrame) -> bool:
        """Tell whether pandas may have made up missing values where a line is too short."""
        if frame.shape[1] == 1 or not frame.iloc[:, -1].isna().any():
            return False
        if self.dialect.escape is not None or self._is_wide:
            return True
        with opened(self.path) as file:
            return separators(file, self.dialect) != (len(frame) + (self.names is None)) * (frame.shape[1] - 1)

    @property
    def _is_wide(self) -> bool:
        return self.encoding in ("utf-16", "utf-32")

    def _handle(self, watched: WatchedBytes) -> IO[Any]:
        """Return bytes where pandas decodes them itself, which is quicker."""
        buffered = io.BufferedReader(watched, BLOCK)
        return buffered if self.encoding.startswith("utf-8") else io.TextIOWrapper(buffered, self.encoding, newline="")

    def _fault(self, *, strict: bool = False) -> str | None:
        with opened(self.path) as file, io.TextIOWrapper(file, self.encoding, newline="") as lines:
            return first_fault(lines, self.dialect, strict=strict)

    def _refusal(self, fault: str) -> TableError:
        told = fault[:1].upper() + fault[1:].rstrip(".")
        return TableError(f"{str(self.path)!r} cannot be read as a table. {told}. Mend the file or its writer.")


def _decoded(head: bytes, encoding: str, *, is_all: bool) -> str:
    return codecs.getincrementaldecoder(encoding)().decode(head, is_all)


def _western(path: Path, tried: str) -> str:
    """Return Windows-1252 for a file that is likely to be in it, or say where the file cannot be decoded."""
    with opened(path) as file:
        if tried == "utf-8" and is_western(file):
            warnings.warn(
                f"{str(path)!r} is not in UTF-8 and is read as Windows-1252. Save it as UTF-8 to be sure.",
                DatafixWarning,
                stacklevel=4,
            )
            return "cp1252"
    with opened(path) as file:
        line, column, given = first_undecodable(file, tried) or (1, 1, "")
    tries = ", nor is the file like Windows-1252 or Latin-1, nor has it a mark of UTF-16" if tried == "utf-8" else ""
    raise TableError(
        f"{str(path)!r} cannot be decoded. Line {line}, character {column}: the bytes {given or '(end)'} are not "
        f"{tried.upper()}{tries}. Save it as UTF-8."
    )


def _names(path: Path, first: list[str], dialect: Dialect) -> list[str] | None:
    """Return names for a file without; refuse a header that pandas would rename."""
    if dialect.header is None:
        raise TableError(
            f"{str(path)!r}, line 1: {', '.join(first[:5])} may be names of columns or a row. "
            "Write a first line of names that are no numbers."
        )
    if not dialect.header:
        return [f"x{j}" for j in range(len(first))]
    if twice := [name for name, count in Counter(first).items() if count > 1 and name]:
        at = [j + 1 for j, name in enumerate(first) if name == twice[0]]
        raise TableError(
            f"{str(path)!r}, line 1: columns {' and '.join(map(str, at))} are all called {twice[0]!r}. "
            "Rename or drop what is there twice."
        )
    return None


def _is_rounded(frame: pd.DataFrame) -> bool:
    """Tell of whole numbers past int64 in one piece, which joined with int64 from another become floats."""
    numbers = frame.select_dtypes("float64")
    return any(np.nanmax(column.to_numpy(), initial=0.0) >= INT64_END for _, column in numbers.items())

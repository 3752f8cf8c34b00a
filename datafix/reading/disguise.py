"""Files that are something else than their name says."""

from __future__ import annotations

from datafix.errors import TableError

# The first bytes of a kind of file, what it is, and what to do with it.
_KINDS: tuple[tuple[bytes, str, str], ...] = (
    (b"PK\x03\x04", "a zip archive or a spreadsheet (.xlsx)", "Save the sheet as CSV, or name the archive .csv.zip."),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office file (.xls)", "Save the sheet as CSV."),
    (b"\x1f\x8b", "packed by gzip", "Name it .csv.gz."),
    (b"BZh", "packed by bzip2", "Name it .csv.bz2."),
    (b"\xfd7zXZ\x00", "packed by xz", "Name it .csv.xz."),
    (b"\x28\xb5\x2f\xfd", "packed by Zstandard", "Name it .csv.zst."),
    (b"PAR1", "a Parquet file", "Name it .parquet."),
    (b"ARROW1", "an Arrow file", "Name it .arrow."),
    (b"FEA1", "a Feather file", "Name it .feather."),
    (b"%PDF", "a PDF document", "Find the table that it was made from."),
    (b"\x89HDF", "an HDF5 file", "Read it with pandas.read_hdf, and hand over the frame."),
    (b"SQLite format 3\x00", "an SQLite database", "Read a table with pandas.read_sql, and hand over the frame."),
    (b"\x89PNG", "a PNG image", "Images are read from a folder with one sub-folder a class."),
    (b"\xff\xd8\xff", "a JPEG image", "Images are read from a folder with one sub-folder a class."),
    (b"version https://git-lfs", "a pointer of Git LFS", "Fetch the file itself: git lfs pull."),
)
_TEXTS: tuple[tuple[tuple[bytes, ...], str, str], ...] = (
    ((b"<!doctype html", b"<html"), "an HTML page", "Was it a page of a log-in or an error? Fetch the file again."),
    ((b"<?xml",), "XML", "Read it with pandas.read_xml, and hand over the frame."),
    ((b'{"', b"[{", b"[["), "JSON", "Read it with pandas.read_json, and hand over the frame."),
)


def refuse_disguised(head: bytes, name: str) -> None:
    """Raise TableError if the first bytes of a CSV file are those of another kind."""
    for start, kind, step in _KINDS:
        if head.startswith(start):
            raise TableError(f"{name!r} is no CSV file, but {kind}. {step}")
    bare = head[:200].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    for starts, kind, step in _TEXTS:
        if bare.startswith(starts):
            raise TableError(f"{name!r} is no CSV file, but {kind}. {step}")

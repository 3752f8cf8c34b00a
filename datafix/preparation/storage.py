"""Prepared data to disk and back, whole or not at all."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterable, Iterator
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import joblib
from scipy import sparse

from datafix.preparation.chunks import write_chunks
from datafix.preparation.part_writer import KEPT, PartWriter
from datafix.preparation.roles import ROLES, batches_of, read_roles, roles_told, write_roles
from datafix.store import FolderWriter, StoredRows, read_manifest, stored_array

if TYPE_CHECKING:
    from datafix.preparation.prepared import Part, Prepared

LEARNED = "learned.joblib"
SCHEMA = "schema.json"
CHANGES = "changes.parquet"
ROWS_AT_ONCE = 65_536
FIELDS = ("features", "target", "sample_weight", "index")


def save(prepared: Prepared, folder: str | Path, *, train: Iterable[Any] | None = None, pack: bool = True) -> Path:
    """Write arrays to the store, the rest by joblib; see ``Prepared.save``."""
    with FolderWriter(folder) as writer:
        parts = {name: PartWriter(writer, name, pack=pack) for name in prepared.parts}
        for name, part in prepared.parts.items():
            if name == "train" and train is not None:
                write_chunks(prepared, train, parts[name])
            else:
                for fields in _pieces({field: getattr(part, field) for field in FIELDS}):
                    parts[name].append(**fields)
        told = {name: part.told for name, part in parts.items()}
        for name, part in prepared.parts.items():
            if part.roles is not None and not (name == "train" and train is not None):
                told[name] |= roles_told([write_roles(writer.draft, name, "00000", *batches_of(part.roles))])
        return finish(writer, prepared, told)


def finish(writer: FolderWriter, prepared: Prepared, told: dict[str, dict[str, Any]]) -> Path:
    """Write what was learned beside the arrays of the parts, and give the folder its name.

    Parameters
    ----------
    writer : FolderWriter
    prepared : Prepared
    told : dict of str to dict
        What is stored how, by the names of parts and of their fields.
    """
    joblib.dump(_without_arrays(prepared, told), writer.draft / LEARNED)
    _write_readable(prepared, writer.draft)
    versions = {name: version(name) for name in ("datafix", "numpy", "pandas", "scikit-learn")}
    roles = [file for part in told.values() for file in part.get(ROLES, {"files": []})["files"]]
    return writer.commit(by_size=roles, parts=told, versions=versions | {"python": platform.python_version()})


def load(folder: str | Path, *, in_memory: bool = True) -> Prepared:
    """Read what ``Prepared.save`` wrote.

    It unpickles the pipeline: load only what you trust. ``datafix.store.stored_arrays(folder)`` reads the
    arrays alone, and unpickles nothing.

    Parameters
    ----------
    folder : path
    in_memory : bool, default=True
        False: for data that exceed memory. Features, target, weights and index of every part are then
        ``StoredArray``, ``StoredSparse`` or dicts of these, which read from disk what is asked for
        (``part.features[3:9]``), and ``to_tf_data`` and ``make_dataset`` stream them. Features that were
        a frame or Python objects are in memory in either case.

    Returns
    -------
    prepared : Prepared

    Raises
    ------
    TableError
        If the folder, a file or its content is not what was saved; the file is named. With
        ``in_memory=False``, every file's size is checked at once, and the content of an array when it is read.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> import datafix
    >>> X, split = np.arange(8.0)[:, None], datafix.Split(train=range(6), test=[6, 7])
    >>> prepared = datafix.prepare(None, X, [0, 1] * 4, split=split)
    >>> with tempfile.TemporaryDirectory() as place:
    ...     folder = prepared.save(Path(place) / "prepared")
    ...     loaded = datafix.load(folder, in_memory=False)
    ...     print(len(loaded.train), loaded.train.features[4:].ravel())
    6 [4. 5.]
    """
    folder = Path(folder).expanduser()
    manifest = read_manifest(folder)
    prepared: Prepared = joblib.load(folder / LEARNED)
    parts: dict[str, Any] = {}
    for name, told in manifest["parts"].items():
        found = {
            field: _found(folder, manifest["arrays"], spec, in_memory=in_memory)
            for field, spec in told.items()
            if spec not in (None, KEPT)
        }
        parts[name] = replace(getattr(prepared, name), **found)
    return replace(prepared, **parts)


def _pieces(fields: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield all rows at once, or some at a time where they are on disk."""
    if not any(map(_is_stored, fields.values())):
        yield fields
        return
    for start in range(0, max(1, len(fields["index"])), ROWS_AT_ONCE):
        rows = slice(start, start + ROWS_AT_ONCE)
        yield {field: _cut(value, rows) for field, value in fields.items()}


def _is_stored(value: Any) -> bool:
    return isinstance(value, StoredRows) or (isinstance(value, dict) and any(map(_is_stored, value.values())))


def _cut(value: Any, rows: slice) -> Any:
    if isinstance(value, dict):
        return {name: _cut(array, rows) for name, array in value.items()}
    return value[rows] if _is_stored(value) else value


def _without_arrays(prepared: Prepared, told: dict[str, Any]) -> Prepared:
    lean: dict[str, Any] = {name: _lean(part, told[name]) for name, part in prepared.parts.items()}
    return replace(prepared, **lean, split=prepared.split.without_table())


def _lean(part: Part, told: dict[str, Any]) -> Part:
    gone: dict[str, Any] = {field: None for field in (*FIELDS, ROLES) if told.get(field) != KEPT}
    return replace(part, **gone)


def _write_readable(prepared: Prepared, draft: Path) -> None:
    """Write for people, and for tools that cannot unpickle, what the columns and classes are and what was changed."""
    schema = {
        "kinds": prepared.kinds,
        "classes": None if prepared.classes_ is None else prepared.classes_.tolist(),
        "rows": {name: len(part) for name, part in prepared.parts.items()},
        "pipeline": repr(prepared.pipeline),
    }
    (draft / SCHEMA).write_text(json.dumps(schema, indent=1, ensure_ascii=False, default=str), encoding="utf-8")
    changes = prepared.changes.to_frame()
    for name in ("column", "before", "after"):
        changes[name] = [None if value is None else json.dumps(value, default=str) for value in changes[name]]
    changes.to_parquet(draft / CHANGES)


def _found(folder: Path, arrays: dict[str, Any], spec: dict[str, Any], *, in_memory: bool) -> Any:
    if "files" in spec:
        return read_roles([folder / file for file in spec["files"]], in_memory=in_memory)
    if "dict" in spec:
        return {key: _found(folder, arrays, each, in_memory=in_memory) for key, each in spec["dict"].items()}
    stored = stored_array(folder, spec["array"], arrays[spec["array"]])
    if not in_memory:
        return stored
    return getattr(sparse, spec["class"])(stored[:]) if "class" in spec else stored[:]

"""What was learned from the training rows of a lazy frame, and the way of all rows to a folder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import narwhals as nw
import numpy as np
import pyarrow as pa

from datafix.changes import ChangeLog
from datafix.columns import Kind, as_frame, is_missing
from datafix.engines import Partitions, RemotePartitions, looked_at, of_partition, partitions_of
from datafix.errors import TableError
from datafix.preparation.chunks import encoded
from datafix.preparation.part_shards import Layout, PartJoiner, layout_of, n_full_rows, write_shards
from datafix.preparation.part_writer import PartWriter, refuse_objects
from datafix.preparation.prepared import Part, Prepared
from datafix.preparation.roles import roles_of, roles_told, write_roles
from datafix.preparation.storage import finish
from datafix.splitting import LazySplit, Split
from datafix.store import FolderWriter

LAYOUT_ROWS = 4096
"""Rows that show how all are stored."""

_Written = tuple[dict[str, np.ndarray], dict[str, Any]]
"""Positions of the rows that were written, by part, and what is stored how."""


@dataclass(frozen=True)
class LazyPrepared:
    """A pipeline that was fitted on the training rows of a lazy frame, and the parts that it is to prepare.

    Made by :func:`datafix.prepare` with the split of a lazy frame.

    Attributes
    ----------
    pipeline : the fitted pipeline, or None
    target_transformer : the fitted transformer of the target, or None
    classes_ : ndarray of shape (classes,) or None
        Class names by code; None for a quantity.
    kinds : dict of str to kind
        Kind of every raw column that is a feature.
    split : LazySplit
    n_train : int or None
        Rows of the training part when its target was looked at; None without a target.
    """

    pipeline: Any
    target_transformer: Any
    classes_: np.ndarray | None
    kinds: dict[str, Kind]
    split: LazySplit
    n_train: int | None = None

    def save(self, folder: str | Path, *, workers: bool = True, pack: bool = True) -> Path:
        """Prepare every part, partition by partition, and write it to a folder, whole or not at all.

        Some partitions are in memory at a time. ``datafix.load(folder, in_memory=False)`` gives a `Prepared` whose
        arrays are read from disk, for ``to_tf_data`` and ``make_dataset``. Its ``index`` and ``split`` count the rows
        of the frame in the order of its partitions; repairs are not recorded. Groups and ids, where the split was told
        of them, are the ``roles`` of its parts.

        Parameters
        ----------
        folder : path
            Must not exist. It may be moved later.
        workers : bool, default=True
            Whether the workers of Dask and Spark write shards of their partitions themselves. The folder must then be
            on a disk that all of them see; rows stand in the order of the frame but for the last few of each
            partition, which do not fill a block and come at the end of their part. If False, all rows come through
            this process, in order, as those of polars and DuckDB do.
        pack : bool, default=True
            As of ``Prepared.save``.

        Returns
        -------
        folder : Path

        Raises
        ------
        ParameterError
            If the folder exists.
        TableError
            If a part has no rows, a partition fails or a worker does not see the folder; it is named, and nothing is
            left behind. If the frame gives other training rows than `prepare` counted.

        Examples
        --------
        >>> import tempfile
        >>> import datafix
        >>> import polars as pl
        >>> people = pl.LazyFrame({"age": range(100), "city": ["Bern", "Basel"] * 50, "y": ["no", "yes"] * 50})
        >>> parts = datafix.split(people, "y", assign="hash")
        >>> prepared = datafix.prepare(datafix.TablePreprocessor(), split=parts)
        >>> with tempfile.TemporaryDirectory() as place:
        ...     folder = prepared.save(Path(place) / "prepared")
        ...     datafix.load(folder, in_memory=False)
        Prepared(train=63, validation=23, test=14, 0 changes)
        """
        with FolderWriter(folder) as writer:
            partitions = partitions_of(self.split.X)
            if workers and isinstance(partitions, RemotePartitions):
                rows, told = self._join(writer, partitions, pack)
            else:
                rows, told = self._write(writer, partitions, pack)
            for name, written in rows.items():
                if not len(written):
                    raise TableError(
                        f"The {name} part of the lazy frame has no rows. Give larger shares, or another random_state."
                    )
            if self.n_train is not None and len(rows["train"]) != self.n_train:
                raise TableError(
                    f"The lazy frame gives {len(rows['train'])} training rows, and gave {self.n_train} to prepare: "
                    "what it reads has changed since, or it draws rows anew each time. Mend that, and prepare it again."
                )
            made = {name: Part(None, index=index) for name, index in rows.items()}
            prepared = Prepared(
                train=made["train"],
                validation=made.get("validation"),
                test=made.get("test"),
                pipeline=self.pipeline,
                target_transformer=self.target_transformer,
                classes_=self.classes_,
                kinds=self.kinds,
                changes=ChangeLog(n_rows=sum(map(len, rows.values()))),
                row_steps=[],
                split=Split(rows["train"], test=rows.get("test"), validation=rows.get("validation")),
            )
            return finish(writer, prepared, told)

    def _write(self, writer: FolderWriter, partitions: Partitions, pack: bool) -> _Written:
        """Write the rows of all parts here, in one pass; return their positions, and what is stored how."""
        parts = {name: PartWriter(writer, name, pack=pack) for name in self.split.parts}
        positions: dict[str, list[np.ndarray]] = {name: [] for name in parts}
        files: dict[str, list[str]] = {name: [] for name in parts}
        start = 0
        for number, (n_rows, found) in enumerate(partitions.each(self._prepare())):
            for name, (fields, own, roles) in found.items():
                with of_partition(number, partitions.engine):
                    parts[name].append(**fields, index=start + own)
                    refuse_objects(parts[name].told, f"partition {number}")
                positions[name].append(start + own)
                files[name] += _roles_files(writer.draft, name, f"{number:05d}", roles)
            start += n_rows
        rows = {name: np.concatenate([np.zeros(0, dtype=np.int64), *own]) for name, own in positions.items()}
        return rows, {name: part.told | roles_told(files[name]) for name, part in parts.items()}

    def _join(self, writer: FolderWriter, partitions: RemotePartitions, pack: bool) -> _Written:
        """Let workers write the rows of all parts, in one pass; return their positions, and what is stored how."""
        names = list(self.split.parts)
        show = partial(_layout, prepare=self._prepare(), names=names, pack=pack)
        head = partitions.head(LAYOUT_ROWS)
        layout: Layout = looked_at(show, head, 0, columns=partitions.columns, engine=partitions.engine)
        parts = {name: PartJoiner(writer, name, layout) for name in names}
        write = partial(_written_by_part, draft=writer.draft.absolute(), prepare=self._prepare(), layout=layout)
        start = 0
        full: dict[str, list[str]] = {name: [] for name in names}
        rest: dict[str, list[str]] = {name: [] for name in names}
        for number, (n_rows, found) in enumerate(partitions.gather(write)):
            for name, (written, own, files) in found.items():
                with of_partition(number, partitions.engine):
                    parts[name].join(written, start + own)
                full[name] += files[0]
                rest[name] += files[1]
            start += n_rows
        told = {name: layout.told[name] | roles_told(full[name] + rest[name]) for name in names}
        return {name: part.finish() for name, part in parts.items()}, told

    def _prepare(self) -> Callable[[Any, int], Any]:
        """Return what prepares a partition; it can be sent to another process."""
        empty = as_frame(partitions_of(self.split.X).empty())
        return partial(
            _by_part,
            names=list(self.split.parts),
            told=self.split.part_names,
            features=list(self.kinds),
            target=self.split.target,
            target_dtype=None if self.split.target is None else empty.schema[self.split.target],
            sample_weight=self.split.sample_weight,
            roles=self.split.roles,
            schema=roles_of(empty, self.split.roles).schema,
            encode=partial(encoded, self.pipeline, self.target_transformer),
        )


def _layout(head: Any, number: int, *, prepare: Callable[[Any, int], Any], names: list[str], pack: bool) -> Layout:
    """Return how rows are stored, by the first of them: those of the part that has most."""
    _, found = prepare(head, number)
    if not found:
        raise TableError("there are no rows to prepare. Check how the frame was read or filtered.")
    fields, *_ = max(found.values(), key=lambda rows: len(rows[1]))
    return layout_of(fields, names, pack=pack)


def _written_by_part(
    rows: Any, number: int, *, draft: Path, prepare: Callable[[Any, int], Any], layout: Layout
) -> tuple[int, dict[str, tuple[dict[str, Any], np.ndarray, tuple[list[str], list[str]]]]]:
    """Write a partition's rows to shards; return their number, and by their part what was written and of which rows.

    The files of groups and ids of full blocks, and of the rows left, come third.
    """
    n_rows, found = prepare(rows, number)
    told = {}
    for name, (fields, own, roles) in found.items():
        written = write_shards(draft, name, number, layout, fields)
        at = n_full_rows(written)
        full = _roles_files(draft, name, f"{number:05d}", roles[:at])
        rest = _roles_files(draft, name, f"rest-{number:05d}", roles[at:])
        told[name] = written, own, (full, rest)
    return n_rows, told


def _roles_files(draft: Path, part: str, name: str, roles: pa.Table) -> list[str]:
    """Write the groups and ids of some rows, where there are any, and return the path of the file."""
    return [write_roles(draft, part, name, [roles], roles.schema)] if roles.num_columns and len(roles) else []


def _by_part(
    rows: Any,
    _number: int,
    *,
    names: list[str],
    told: Callable[[Any], np.ndarray],
    features: list[str],
    target: str | None,
    target_dtype: nw.dtypes.DType | None,
    sample_weight: str | None,
    roles: list[str],
    schema: pa.Schema,
    encode: Callable[[Any, Any, Any], dict[str, Any]],
) -> tuple[int, dict[str, tuple[dict[str, Any], np.ndarray, pa.Table]]]:
    """Return how many rows a partition has, and by the name of their part what becomes of them and where they stand.

    Their groups and ids come third.
    """
    frame = as_frame(rows)
    part = told(rows)
    found = {}
    for name in names:
        own = np.flatnonzero(part == name)
        if len(own):
            some = frame[own]
            if target is not None and (missing := is_missing(some[target])).any():
                raise TableError(
                    f"{target!r} is missing on {missing.sum()} of the {name} rows, the first at row "
                    f"{own[missing.argmax()]} of the partition. Drop such rows before you split."
                )
            y = None if target is None else _as_in_the_frame(some[target], target_dtype).to_native()
            weight = None if sample_weight is None else some[sample_weight].to_numpy()
            found[name] = encode(some.select(features).to_native(), y, weight), own, roles_of(some, roles, schema)
    return len(frame), found


def _as_in_the_frame(target: nw.Series[Any], dtype: Any) -> nw.Series[Any]:
    """Return numbers as the frame has them, where a file or a partition has them as others."""
    if target.dtype == dtype or not (target.dtype.is_numeric() and dtype.is_numeric()):
        return target
    after = target.cast(dtype)
    if not (after.cast(nw.Float64) == target.cast(nw.Float64)).all():
        raise TableError(
            f"{target.name!r} is {target.dtype} here and {dtype} in the frame, which cannot hold these numbers. Give "
            "the frame one dtype when it is read."
        )
    return after

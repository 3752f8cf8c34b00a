"""What was learned from the training rows of a lazy frame, and the way of all rows to a folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from datafix.changes import ChangeLog
from datafix.columns import Kind, as_frame
from datafix.engines import looked_at, partitions_of
from datafix.errors import TableError
from datafix.preparation.chunks import encoded
from datafix.preparation.part_writer import PartWriter, refuse_objects
from datafix.preparation.prepared import Part, Prepared
from datafix.preparation.storage import finish
from datafix.splitting import LazySplit, Split
from datafix.store import FolderWriter


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
    sample_weight : str or None
        Name of its column.
    """

    pipeline: Any
    target_transformer: Any
    classes_: np.ndarray | None
    kinds: dict[str, Kind]
    split: LazySplit
    sample_weight: str | None = None

    def save(self, folder: str | Path) -> Path:
        """Prepare every part, partition by partition, and write it to a folder, whole or not at all.

        One partition is in memory at a time. ``datafix.load(folder, in_memory=False)`` gives a `Prepared` whose
        arrays are read from disk, for ``to_tf_data`` and ``make_dataset``. Its ``index`` and ``split`` count the rows
        in the order in which they were written, training rows first; repairs are not recorded.

        Parameters
        ----------
        folder : path
            Must not exist. It may be moved later.

        Returns
        -------
        folder : Path

        Raises
        ------
        ParameterError
            If the folder exists.
        TableError
            If a part has no rows, or a partition fails; it is named, and nothing is left behind.

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
            parts = {name: PartWriter(writer, name) for name in self.split.parts}
            ends = [0]
            for name, frame in self.split.parts.items():
                ends.append(ends[-1] + self._write(name, frame, parts[name], ends[-1]))
            rows = {name: np.arange(*ends[at : at + 2]) for at, name in enumerate(parts)}
            made = {name: Part(None, index=index) for name, index in rows.items()}
            prepared = Prepared(
                train=made["train"],
                validation=made.get("validation"),
                test=made.get("test"),
                pipeline=self.pipeline,
                target_transformer=self.target_transformer,
                classes_=self.classes_,
                kinds=self.kinds,
                changes=ChangeLog(n_rows=ends[-1]),
                row_steps=[],
                split=Split(rows["train"], test=rows.get("test"), validation=rows.get("validation")),
            )
            return finish(writer, prepared, parts)

    def _write(self, name: str, frame: Any, part: PartWriter, start: int) -> int:
        """Write the rows of one part, numbered from ``start``, and return how many they are."""
        partitions = partitions_of(frame)
        n_rows = 0
        for number, rows in enumerate(partitions.held()):
            found = looked_at(self._fields, rows, number, columns=partitions.columns, engine=partitions.engine)
            size = len(as_frame(rows))
            part.append(**found, index=np.arange(start + n_rows, start + n_rows + size))
            refuse_objects(part.told, f"partition {number}")
            n_rows += size
        if not n_rows:
            raise TableError(
                f"The {name} part of the lazy frame has no rows. Give larger shares, or another random_state."
            )
        return n_rows

    def _fields(self, rows: Any, number: int) -> dict[str, Any]:
        frame = as_frame(rows)
        target, weight = self.split.target, self.sample_weight
        return encoded(
            self.pipeline,
            self.target_transformer,
            frame.select(list(self.kinds)).to_native(),
            None if target is None else frame[target].to_native(),
            None if weight is None else frame[weight].to_numpy(),
        )

"""What was learned from the training rows of a lazy frame, and the way of all rows to a folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import narwhals as nw
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
        of the frame in the order of its partitions; repairs are not recorded.

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
            rows = self._write(parts)
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
            return finish(writer, prepared, parts)

    def _write(self, parts: dict[str, PartWriter]) -> dict[str, np.ndarray]:
        """Write the rows of all parts in one pass, and return their positions."""
        partitions = partitions_of(self.split.X)
        positions: dict[str, list[np.ndarray]] = {name: [] for name in parts}
        start = 0
        for number, rows in enumerate(partitions.held()):
            found = looked_at(self._by_part, rows, number, columns=partitions.columns, engine=partitions.engine)
            for name, (fields, own) in found.items():
                parts[name].append(**fields, index=start + own)
                refuse_objects(parts[name].told, f"partition {number}")
                positions[name].append(start + own)
            start += len(as_frame(rows))
        for name, written in positions.items():
            if not written:
                raise TableError(
                    f"The {name} part of the lazy frame has no rows. Give larger shares, or another random_state."
                )
        return {name: np.concatenate(written) for name, written in positions.items()}

    def _by_part(self, rows: Any, number: int) -> dict[str, tuple[dict[str, Any], np.ndarray]]:
        """Return what becomes of a partition's rows, and their positions in it, by the name of their part."""
        names = self.split.part_names(rows)
        chosen = {name: np.flatnonzero(names == name) for name in self.split.parts}
        frame = as_frame(rows)
        return {name: (self._fields(frame[own]), own) for name, own in chosen.items() if len(own)}

    def _fields(self, frame: nw.DataFrame[Any]) -> dict[str, Any]:
        target, weight = self.split.target, self.sample_weight
        return encoded(
            self.pipeline,
            self.target_transformer,
            frame.select(list(self.kinds)).to_native(),
            None if target is None else frame[target].to_native(),
            None if weight is None else frame[weight].to_numpy(),
        )

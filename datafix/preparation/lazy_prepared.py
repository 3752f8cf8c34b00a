"""What was learned from the training rows of a lazy frame, and the way of all rows to a folder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from datafix.changes import ChangeLog
from datafix.columns import Kind, as_frame
from datafix.engines import partitions_of
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
        prepare = partial(
            _by_part,
            names=list(parts),
            told=self.split.part_names,
            features=list(self.kinds),
            target=self.split.target,
            sample_weight=self.sample_weight,
            encode=partial(encoded, self.pipeline, self.target_transformer),
        )
        positions: dict[str, list[np.ndarray]] = {name: [] for name in parts}
        start = 0
        for number, (n_rows, found) in enumerate(partitions_of(self.split.X).each(prepare)):
            for name, (fields, own) in found.items():
                parts[name].append(**fields, index=start + own)
                refuse_objects(parts[name].told, f"partition {number}")
                positions[name].append(start + own)
            start += n_rows
        for name, written in positions.items():
            if not written:
                raise TableError(
                    f"The {name} part of the lazy frame has no rows. Give larger shares, or another random_state."
                )
        return {name: np.concatenate(written) for name, written in positions.items()}


def _by_part(
    rows: Any,
    _number: int,
    *,
    names: list[str],
    told: Callable[[Any], np.ndarray],
    features: list[str],
    target: str | None,
    sample_weight: str | None,
    encode: Callable[[Any, Any, Any], dict[str, Any]],
) -> tuple[int, dict[str, tuple[dict[str, Any], np.ndarray]]]:
    """Return how many rows a partition has, and by the name of their part what becomes of them and where they stand."""
    frame = as_frame(rows)
    part = told(rows)
    found = {}
    for name in names:
        own = np.flatnonzero(part == name)
        if len(own):
            some = frame[own]
            y = None if target is None else some[target].to_native()
            weight = None if sample_weight is None else some[sample_weight].to_numpy()
            found[name] = encode(some.select(features).to_native(), y, weight), own
    return len(frame), found

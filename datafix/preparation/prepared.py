"""What came out of the preparation: features of every part, and what was learned."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from datafix.changes import ChangeLog
from datafix.columns import Kind
from datafix.preparation.fit_record import FitRecord
from datafix.preparation.storage import save
from datafix.splitting import Split


@dataclass(frozen=True)
class Part:
    """The rows of one part, prepared.

    Attributes
    ----------
    features : ndarray, sparse matrix or dataframe of shape (rows, features), or as given
        What the pipeline made of the rows; images where no pipeline was given.
    target : ndarray of shape (rows,) or None
        Class codes 0..K-1, or the (transformed) quantity.
    sample_weight : float64 ndarray of shape (rows,) or None
    index : int64 ndarray of shape (rows,)
        Position of each row in the table given; -1 for a row that a row step made.
    roles : dataframe of shape (rows, 1 or 2), pyarrow Dataset, or None
        Groups and ids of the rows of a lazy frame whose split was told of them, under the names of their columns; on
        disk, with ``load(in_memory=False)``, a Dataset (``roles.take([3, 5]).to_pandas()``).
    """

    features: Any
    target: np.ndarray | None = None
    sample_weight: np.ndarray | None = None
    index: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    roles: Any = None

    def __len__(self) -> int:
        return len(self.index)


@dataclass(frozen=True)
class Prepared:
    """Prepared parts of one table and everything that was learned from its training rows.

    Made by :func:`datafix.prepare`.

    Attributes
    ----------
    train, validation, test : Part or None
        None where the split has no such part.
    pipeline : the fitted pipeline, or None
    target_transformer : the fitted transformer of the target, or None
    classes_ : ndarray of shape (classes,) or None
        Class names by code; None for a quantity.
    kinds : dict of str to kind, or None
        Kind of every raw column; None for images.
    changes : ChangeLog
        Every repair, by row position.
    row_steps : list of (name, fitted step)
    split : Split
    record : FitRecord or None
    """

    train: Part
    validation: Part | None
    test: Part | None
    pipeline: Any
    target_transformer: Any
    classes_: np.ndarray | None
    kinds: dict[str, Kind] | None
    changes: ChangeLog
    row_steps: list[tuple[str, Any]]
    split: Split
    record: FitRecord | None = None

    @property
    def parts(self) -> dict[str, Part]:
        """The parts that exist, by name, training first."""
        named = {"train": self.train, "validation": self.validation, "test": self.test}
        return {name: part for name, part in named.items() if part is not None}

    def save(self, folder: str | Path, *, train: Iterable[Any] | None = None, pack: bool = True) -> Path:
        """Write all of it to a folder, whole or not at all; :func:`datafix.load` reads it back.

        Arrays go to shards of blocks (``datafix.store``), packed where that pays; beside them stand what was
        learned (``learned.joblib``), the kinds of the columns and the classes (``schema.json``), the repairs
        (``changes.parquet``), and ``manifest.json``, with the size or digest of every file.

        Parameters
        ----------
        folder : path
            Must not exist. It may be moved later.
        train : iterable of X, (X, y) or (X, y, sample_weight), optional
            For training rows that exceed memory: chunks of them, which take the place of the training part.
            What was learned from a sample in memory transforms each; nothing is fitted, no row step is
            taken, and no repair recorded. ``index`` counts the rows of the chunks. Leave out the held-out rows.
        pack : bool, default=True
            Whether dense arrays are packed where that pays. The workers of a tf.data service
            (``emit.service_dataset``) read what is not.

        Returns
        -------
        folder : Path

        Raises
        ------
        ParameterError
            If the folder exists.
        TableError
            If a chunk does not fit to what was learned or to the chunks before it.

        Examples
        --------
        >>> import tempfile
        >>> import datafix
        >>> from sklearn.preprocessing import StandardScaler
        >>> sample, split = np.array([[0.0], [2.0], [9.0]]), datafix.Split(train=[0, 1], test=[2])
        >>> prepared = datafix.prepare(StandardScaler(), sample, ["a", "b", "a"], split=split)
        >>> chunks = ((np.full((2, 1), start), ["b", "a"]) for start in (3.0, 5.0))
        >>> with tempfile.TemporaryDirectory() as place:
        ...     large = datafix.load(prepared.save(Path(place) / "large", train=chunks), in_memory=False)
        ...     print(large.train.features[:].ravel(), large.train.target[:], large.test.features[:].ravel())
        [2. 2. 4. 4.] [1 0 1 0] [8.]
        """
        return save(self, folder, train=train, pack=pack)

    def __repr__(self) -> str:
        sizes = ", ".join(f"{name}={len(part)}" for name, part in self.parts.items())
        return f"Prepared({sizes}, {len(self.changes)} changes)"

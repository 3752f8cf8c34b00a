"""A dataset with the roles of its columns, whatever it came as."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import narwhals as nw
import numpy as np
import pandas as pd

from datafix import columns as cols
from datafix.errors import TableError
from datafix.fingerprint import row_hashes, value_hashes
from datafix.images import ImageFolder
from datafix.reading import read_images, read_table
from datafix.sketches import TableSketch
from datafix.statistics import ColumnStatistics, summarize
from datafix.task import Task, as_target, infer_task

Part = Literal["train", "test"]


class Table:
    """Features with their target, groups, times, ids and weights, one row a sample.

    Parameters
    ----------
    data : dataframe, array, images, path or ImageFolder
        pandas, polars or pyarrow frame (lazy frames are collected), array of shape
        (rows, features), images of shape (rows, height, width[, channels]), a path to a CSV or
        Parquet file, or a folder of images with one sub-folder a class.
    target, groups, time, ids, sample_weight : str or array-like of shape (rows,), optional
        A column's name, or the values. Named target, ids and weights are no features.
    part : {"train", "test"}

    Attributes
    ----------
    frame : narwhals.DataFrame
        The features; for images a frame without columns.
    images : ndarray of shape (rows, height, width, channels) or None
    files : ImageFolder or None
        What the files of a folder are, where one was read whatever they are; ``images`` then are small ones.
    target : narwhals.Series or None
    groups, time, ids, sample_weight : narwhals.Series or None

    Raises
    ------
    TableError
        If the data are empty, cannot be read, or a role names no column or has another length.

    Examples
    --------
    >>> table = Table({"a": [1, 2], "y": ["no", "yes"]}, target="y")
    >>> table.columns, table.n_rows, table.target.to_list()
    (['a'], 2, ['no', 'yes'])
    """

    whole: TableSketch | None = None
    """What one pass over all rows found, where the table holds but a sample of them."""

    source: Any = None
    """The lazy frame from which they were drawn."""

    def __init__(
        self,
        data: Any,
        *,
        target: Any = None,
        groups: Any = None,
        time: Any = None,
        ids: Any = None,
        sample_weight: Any = None,
        part: Part = "train",
    ) -> None:
        self.part: Part = part
        frame, self.images, labels = _opened(data)
        self.files = data if isinstance(data, ImageFolder) else None
        self.n_rows = len(frame) if self.images is None else len(self.images)
        if self.n_rows == 0:
            raise TableError(f"The {part} table has no rows. Check how it was read or filtered.")
        if self.images is None and not frame.columns:
            raise TableError(f"The {part} table has no columns.")
        if target is None and labels is not None:
            target = labels
        self.target = self._role("target", target, frame)
        self.groups = self._role("groups", groups, frame)
        self.time = self._role("time", time, frame)
        self.ids = self._role("ids", ids, frame)
        self.sample_weight = self._role("sample_weight", sample_weight, frame)
        self.roles = {
            name: role
            for name, role in zip(
                ("target", "groups", "time", "ids", "sample_weight"),
                (target, groups, time, ids, sample_weight),
                strict=True,
            )
            if isinstance(role, str)
        }
        apart = {self.roles[name] for name in ("target", "ids", "sample_weight") if name in self.roles}
        self.frame = frame.drop(sorted(apart)) if apart else frame
        if self.images is None and not self.frame.columns:
            raise TableError(f"The {part} table has no column beside {sorted(apart)}: nothing to learn from.")

    def __repr__(self) -> str:
        return f"Table({self.part}, shape={self.shape})"

    @property
    def shape(self) -> tuple[int, ...]:
        """Rows and features, or the shape of the images."""
        if self.files is not None:
            return self.files.shape
        return self.images.shape if self.images is not None else self.frame.shape

    @property
    def inferred_task(self) -> Task:
        """What the target is, see :func:`datafix.task.infer_task`; by all rows where these are a sample."""
        if self.whole is not None and "target" in self.roles:
            return self.whole.columns[self.roles["target"]].task
        return infer_task(self._known_target())

    @property
    def columns(self) -> list[str]:
        """Names of the features, in order; none for images."""
        return list(self.frame.columns)

    @cached_property
    def kinds(self) -> dict[str, cols.Kind]:
        """Kind of every feature."""
        return {name: figures.kind for name, figures in self.statistics.items()}

    @cached_property
    def statistics(self) -> dict[str, ColumnStatistics]:
        """Figures of every feature, gathered in one pass."""
        return summarize(self.frame) if self.columns else {}

    @property
    def n_all(self) -> int:
        """Rows, those of which these are a sample with them."""
        return self.n_rows if self.whole is None else self.whole.n_rows

    @property
    def all_statistics(self) -> dict[str, ColumnStatistics]:
        """Figures of every feature on all rows, those of which these are a sample with them."""
        if self.whole is None:
            return self.statistics
        return {name: self.whole.columns[name].statistics for name in self.columns}

    @property
    def all_hashes(self) -> np.ndarray:
        """Canonical hashes of the features of all rows, uint64 of shape (all rows,)."""
        return self.hashes if self.whole is None else self.whole.hashes.of("features")

    def all_role_hashes(self, role: Literal["groups", "ids"]) -> np.ndarray:
        """Return the hashes of a role's values on all rows, uint64 of shape (all rows,)."""
        if self.whole is not None:
            return self.whole.hashes.of(role)
        values = self.groups if role == "groups" else self.ids
        return np.zeros(0, dtype=np.uint64) if values is None else value_hashes(values)

    @cached_property
    def hashes(self) -> np.ndarray:
        """Canonical hash of each row's features, uint64 of shape (rows,)."""
        if self.files is not None:
            return self.files.digests
        return row_hashes(self.images if self.images is not None else self.frame)

    @cached_property
    def readable(self) -> np.ndarray:
        """Which rows could be read, bool of shape (rows,): of a folder some images may not."""
        return np.ones(self.n_rows, dtype=bool) if self.files is None else self.files.readable

    @cached_property
    def pixel_range(self) -> tuple[float, float]:
        """The smallest and the largest pixel; of files 0 and 255."""
        if self.files is not None or self.images is None:
            return 0.0, 255.0
        finite = self.images if self.images.dtype.kind != "f" else self.images[np.isfinite(self.images)]
        low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
        return low, high if high > low else low + 1.0

    def names(self, rows: np.ndarray) -> list[str]:
        """Return what rows are called in a report: of a folder the files, else positions."""
        return [self.files.files[row].name if self.files is not None else str(row) for row in rows.tolist()]

    def pictures(self, rows: np.ndarray) -> list[np.ndarray]:
        """Return images to be shown, of a folder in the ratio of their files, each (height, width, channels)."""
        if self.files is not None:
            return [self.files.picture(row) for row in rows.tolist()]
        return [] if self.images is None else list(self.images[rows])

    @cached_property
    def _factorized(self) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        return {}

    def series(self, column: str) -> nw.Series[Any]:
        """Return one feature."""
        return self.frame[column]

    def numbers(self, column: str) -> np.ndarray:
        """Return one feature as float64 of shape (rows,), missing as NaN."""
        return cols.as_numbers(self.frame[column])

    def factorize(self, column: str) -> tuple[np.ndarray, np.ndarray]:
        """Return one feature as codes (-1 missing) and its distinct values; computed once."""
        if column not in self._factorized:
            self._factorized[column] = cols.factorize(self.frame[column])
        return self._factorized[column]

    def value_counts(self, column: str) -> tuple[np.ndarray, np.ndarray]:
        """Return the distinct values of a feature and how often each occurs, missing left out."""
        codes, uniques = self.factorize(column)
        return uniques, np.bincount(codes[codes >= 0], minlength=len(uniques))

    def counts_all(self, column: str) -> bool:
        """Tell whether the values of a feature are counted on all rows, those of which these are a sample with them."""
        return self.whole is None or self.whole.columns[column].counts is not None

    def all_value_counts(self, column: str) -> tuple[np.ndarray, np.ndarray]:
        """Return the distinct values of a feature and how often each occurs on all rows, where they were counted."""
        return self._counted(column, *self.value_counts(column))

    def most_frequent(self, column: str) -> tuple[Any, float]:
        """Return the most frequent value of a feature and its share of all rows (None: missing)."""
        uniques, counts = self.value_counts(column)
        n_missing = self.n_rows - int(counts.sum())
        if not len(counts) or n_missing > counts.max():
            return None, n_missing / self.n_rows
        top = int(counts.argmax())
        value = uniques[top]
        return value.item() if isinstance(value, np.generic) else value, float(counts[top] / self.n_rows)

    def class_codes(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the target as codes (-1 missing) and its distinct values in order of appearance."""
        return cols.factorize(self._known_target())

    def all_class_counts(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the target's distinct values and how often each occurs on all rows; those of the sample first."""
        codes, classes = self.class_codes()
        counts = np.bincount(codes[codes >= 0], minlength=len(classes))
        return self._counted(self.roles.get("target"), classes, counts)

    def _known_target(self) -> nw.Series[Any]:
        if self.target is None:
            raise TableError(f"The {self.part} table has no target. Name one: target=...")
        return self.target

    def _counted(self, column: str | None, values: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the values of the rows held, then those of all others, and how often each occurs on all rows."""
        known = None if self.whole is None or column is None else self.whole.columns[column].counts
        if known is None:
            return values, counts
        here = set(values.tolist())
        every = [*values.tolist(), *(value for value in known if value not in here)]
        named = np.empty(len(every), dtype=object)
        named[:] = every
        return named, np.array([known.get(value, 0) for value in every], dtype=np.int64)

    def _role(self, role: str, given: Any, frame: nw.DataFrame[Any]) -> nw.Series[Any] | None:
        if given is None:
            return None
        if isinstance(given, str):
            if given not in frame.columns:
                raise TableError(
                    f"{role}={given!r} is no column of the {self.part} table. It has {_listed(frame.columns)}."
                )
            return frame[given]
        if isinstance(given, list) and len(given) != self.n_rows and {*map(str, given)} <= {*frame.columns}:
            raise TableError(
                f"{role} needs one column, or one value a row; got the columns {given!r}. Take each by itself."
            )
        series = as_target(given, who=role)
        if len(series) != self.n_rows:
            raise TableError(
                f"{role} needs one value a row: the {self.part} table has {self.n_rows} rows, got {len(series)} values."
            )
        return series


def _opened(data: Any) -> tuple[nw.DataFrame[Any], np.ndarray | None, np.ndarray | None]:
    """Return features, images and the labels that came with them."""
    if isinstance(data, ImageFolder):
        return _without_columns(len(data.images)), data.images, data.labels
    if isinstance(data, str | Path):
        if Path(data).is_dir():
            images, labels = read_images(data)
            return _without_columns(len(images)), images, labels
        return cols.as_frame(read_table(data)), None, None
    if isinstance(data, dict):
        data = _frame_of_dict(data)
    if isinstance(data, np.ndarray) and data.ndim in (3, 4):
        if data.dtype.kind not in "uifb":
            raise TableError(f"Images must be numbers, got dtype {data.dtype}.")
        return _without_columns(len(data)), data if data.ndim == 4 else data[..., None], None
    return cols.as_frame(data), None, None


def _frame_of_dict(data: dict[str, Any]) -> pd.DataFrame:
    lengths = {name: len(values) for name, values in data.items()}
    if len(set(lengths.values())) > 1:
        raise TableError(f"Columns must have one length, got {lengths}.")
    return pd.DataFrame(data)


def _without_columns(n_rows: int) -> nw.DataFrame[Any]:
    return cols.as_frame(np.empty((n_rows, 0)))


def _listed(names: list[str]) -> str:
    return f"{names}" if len(names) <= 12 else f"{names[:12]} and {len(names) - 12} more"

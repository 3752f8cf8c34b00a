"""Rows on disk in the order of an epoch: windows of blocks, read ahead in a thread."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import Any, NamedTuple

import numpy as np
from scipy import sparse

from datafix.store import StoredRows, WindowOrder


class WindowReader:
    """Reads any run of an epoch's order; a function of numbers alone, but for what it keeps to be quick.

    Three windows are kept: the one that is served, the one before it, since a batch may begin there,
    and the next, which a thread reads meanwhile.

    Parameters
    ----------
    arrays : list of StoredArray, StoredSparse or ndarray
        Of as many rows.
    order : WindowOrder
    """

    def __init__(self, arrays: Sequence[Any], order: WindowOrder) -> None:
        self.arrays, self.order = list(arrays), order
        self._windows: OrderedDict[tuple[int, int], Future[_Window]] = OrderedDict()
        self._lock = Lock()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="datafix-window")

    def read(self, epoch: int, start: int, stop: int) -> list[np.ndarray]:
        """Return rows ``start`` to ``stop`` of the epoch's order, one ndarray an array, then their positions."""
        starts = self.order.starts(epoch)
        first, last = np.searchsorted(starts, [start, stop - 1], side="right") - 1
        out = [np.empty((stop - start, *array.shape[1:]), _dtype_read(array)) for array in (*self.arrays, _POSITIONS)]
        for number in range(int(first), int(last) + 1):
            low, high = max(start, int(starts[number])), min(stop, int(starts[number + 1]))
            if low < high:
                places = slice(low - int(starts[number]), high - int(starts[number]))
                self._window(epoch, number).into([part[low - start : high - start] for part in out], places)
        return out

    def _window(self, epoch: int, number: int) -> _Window:
        with self._lock:
            wanted = self._begun(epoch, number)
            if number + 1 < self.order.n_windows:
                self._begun(epoch, number + 1)
            while len(self._windows) > 3:
                self._windows.popitem(last=False)
        try:
            return wanted.result()
        except BaseException:
            # What is mended on disk may be read again.
            self._windows.pop((epoch, number), None)
            raise

    def _begun(self, epoch: int, number: int) -> Future[_Window]:
        if (epoch, number) not in self._windows:
            self._windows[epoch, number] = self._thread.submit(self._read, epoch, number)
        self._windows.move_to_end((epoch, number))
        return self._windows[epoch, number]

    def _read(self, epoch: int, number: int) -> _Window:
        blocks = self.order.blocks(epoch, number)
        places = self.order.places(epoch, number)
        rows = self.order.rows_at(blocks, np.arange(len(places)))
        values = [_rows_of(array, blocks, rows, self.order.block_rows) for array in self.arrays]
        return _Window([*values, rows], places)


class _Window(NamedTuple):
    arrays: list[Any]
    places: np.ndarray

    def into(self, out: list[np.ndarray], places: slice) -> None:
        chosen = self.places[places]
        for array, part in zip(self.arrays, out, strict=True):
            if sparse.issparse(array):
                part[...] = array[chosen].toarray()
            else:
                # Anything but "raise" spares NumPy a second copy; no place is out of bounds.
                np.take(array, chosen, axis=0, out=part, mode="clip")


_POSITIONS = np.empty(0, dtype=np.int64)


def _rows_of(array: Any, blocks: np.ndarray, rows: np.ndarray, block_rows: int) -> Any:
    if isinstance(array, StoredRows) and array.block_rows == block_rows:
        values = array.read_blocks(blocks)
    else:
        values = array[rows]
    if values.dtype.kind == "U":
        return np.char.encode(values, "utf-8").astype(_dtype_read(array))
    return values.astype(_dtype_read(array), copy=False)


def _dtype_read(array: Any) -> np.dtype[Any]:
    """Floats and sparse matrices come as float32, text as UTF-8, all else as it is."""
    if array.dtype.kind == "U":
        return np.dtype(f"S{array.dtype.itemsize}")
    if array.dtype.kind == "f" or sparse.issparse(array) or (array.ndim == 2 and hasattr(array, "toarray")):
        return np.dtype(np.float32)
    return array.dtype.newbyteorder("=")

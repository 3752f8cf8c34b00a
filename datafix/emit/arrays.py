"""Bare data made ready for a dataset: checked once, as arrays that line up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import narwhals as nw
import numpy as np
import pandas as pd
from scipy import sparse

from datafix.columns import as_frame, as_numbers, kind_of
from datafix.errors import ParameterError, TableError
from datafix.store import StoredRows

_ROWS_AT_ONCE = 65_536


@dataclass(frozen=True, eq=False)
class Sequences:
    """Sequences of numbers of different lengths, one after the other in ``values``.

    Row i is ``values[row_splits[i] : row_splits[i + 1]]``, as in a RaggedTensor.
    """

    values: np.ndarray
    row_splits: np.ndarray

    @property
    def shape(self) -> tuple[int, None]:
        """Rows, and a length that is not one."""
        return len(self.row_splits) - 1, None

    @property
    def ndim(self) -> int:
        """Two: rows of numbers."""
        return 2


class Aligned(NamedTuple):
    """Features, targets and weights of the same rows, ready to be cut into batches.

    ``features`` and ``target`` are an ndarray, or a dict of ndarrays; features may also be
    text (an object array of str), a CSR matrix or `Sequences`, or a dict with such;
    ``target`` and ``sample_weight`` may be None.
    """

    features: Any
    target: Any
    sample_weight: np.ndarray | StoredRows | None
    n_rows: int


def aligned(X: Any, y: Any, sample_weight: Any, *, who: str) -> Aligned:
    """Check features, targets and weights against each other, and return them as arrays.

    Parameters
    ----------
    X, y, sample_weight : see ``make_dataset``
    who : str
        Whose name an error bears.

    Raises
    ------
    ParameterError
        If lengths differ, there is no row, or weights cannot be meant.
    TableError
        If values are no numbers, or not finite.
    """
    features = _arrays(X, "X", who)
    target = None if y is None else _arrays(y, "y", who)
    weight = None if sample_weight is None else _weights(sample_weight, who)
    n_rows = _common_length({"X": features, "y": target, "sample_weight": weight}, who)
    for role, value in (("X", features), ("y", target)):
        for name, array in _leaves(value, role):
            _refuse_not_finite(array, name, who)
    return Aligned(features, target, weight, n_rows)


def _arrays(value: Any, role: str, who: str) -> Any:
    if isinstance(value, dict):
        if not value:
            raise ParameterError(f"{who} needs at least one array in {role}, got an empty dict.")
        return {str(name): _array(part, f"{role}[{name!r}]", who) for name, part in value.items()}
    return _array(value, role, who)


def _array(value: Any, role: str, who: str) -> Any:
    if isinstance(value, StoredRows):
        return _on_disk(value, role, who)
    if sparse.issparse(value):
        with np.errstate(over="ignore"):
            return sparse.csr_matrix(value, dtype=np.float32)
    if not isinstance(value, np.ndarray) and (hasattr(value, "columns") or hasattr(value, "column_names")):
        return _matrix(as_frame(value, who=who), role, who)
    if role.startswith("X") and (ragged := _sequences(value, role, who)) is not None:
        return ragged
    array = np.asarray(value)
    _refuse_no_rows(array, value, role, who)
    if role.startswith("X") and array is not value and (ragged := _sequences(array, role, who)) is not None:
        return ragged
    if role.startswith("X") and (texts := _texts(array)) is not None:
        return texts
    if array.dtype == object:
        array = _numbers_of_objects(array, role, who)
    if array.dtype.kind not in "biuf":
        raise TableError(
            f"{who} needs numbers in {role}, got values of dtype {array.dtype}. "
            "Encode text and times first: datafix.prepare does, for features and target."
        )
    if array.dtype.kind == "f" and array.dtype != np.float32:
        # Keras computes in float32; what overflows is refused below, by name.
        with np.errstate(over="ignore"):
            return array.astype(np.float32)
    return array


def _refuse_no_rows(array: np.ndarray, value: Any, role: str, who: str) -> None:
    if not array.ndim:
        parts = ": give its features, target and sample_weight" if hasattr(value, "features") else ""
        raise TableError(f"{who} needs an array, a frame or a dict of them in {role}, got {value!r:.80}{parts}.")


def _on_disk(rows: StoredRows, role: str, who: str) -> StoredRows:
    if rows.dtype.kind not in ("biufU" if role.startswith("X") else "biuf"):
        raise TableError(f"{who} needs numbers in {role}, got {rows!r}. Encode text and times before they are saved.")
    if bad := rows.not_finite["count"]:
        row, *rest = rows.not_finite["first"]
        column = f", column {rest[0]}" if len(rest) == 1 else ""
        raise TableError(
            f"{who} needs finite float32 values in {role}, got {bad} that are NaN or infinite, "
            f"the first in row {row}{column}. Impute them, or drop the rows, before they are saved."
        )
    return rows


def _sequences(value: Any, role: str, who: str) -> Sequences | None:
    """Return rows of different lengths, or None where value is something else."""
    if hasattr(value, "row_splits"):
        if value.values.shape.rank != 1:
            raise TableError(f"{who} needs one-dimensional sequences in {role}, got a RaggedTensor of {value.shape}.")
        return Sequences(value.values.numpy(), value.row_splits.numpy())
    if not isinstance(value, list) and str(getattr(value, "dtype", "")) != "object":
        return None
    rows = list(value)
    if not rows or not all(isinstance(row, list | tuple | np.ndarray) for row in rows):
        return None
    if isinstance(value, list) and len({len(row) for row in rows}) == 1:
        return None
    return _joined(rows, role, who)


def _joined(rows: list[Any], role: str, who: str) -> Sequences:
    parts = [np.asarray(row if _is_flat(row) else None) for row in rows]
    bad = [at for at, part in enumerate(parts) if part.ndim != 1 or (len(part) and part.dtype.kind not in "biuf")]
    if bad:
        raise TableError(
            f"{who} needs sequences of numbers in {role}, got {rows[bad[0]]!r:.60} in row {bad[0]}. "
            "Tokenise text first, or give one str a row."
        )
    values = np.concatenate([part for part in parts if len(part)] or [np.zeros(0)])
    values = values.astype(np.float32 if values.dtype.kind == "f" else np.int64, copy=False)
    return Sequences(values, np.cumsum([0, *map(len, parts)], dtype=np.int64))


def _is_flat(row: Any) -> bool:
    return not any(isinstance(value, list | tuple | np.ndarray) for value in row)


def _texts(array: np.ndarray) -> np.ndarray | None:
    """Return an array of text with "" for what is missing, or None where it is something else."""
    if array.dtype.kind in "US":
        return array.astype(object)
    if array.dtype != object:
        return None
    missing = pd.isna(array)
    flat = array[~missing]
    if not len(flat) or not all(isinstance(value, str | bytes) for value in flat):
        return None
    return np.where(missing, "", array)


def _numbers_of_objects(array: np.ndarray, role: str, who: str) -> np.ndarray:
    try:
        return array.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise TableError(
            f"{who} needs numbers in {role}, got values that are none ({error}). "
            "Encode text and times first: datafix.prepare does, for features and target."
        ) from error


def _matrix(frame: nw.DataFrame[Any], role: str, who: str) -> np.ndarray:
    other = {name: kind for name in frame.columns if (kind := kind_of(frame[name])) not in ("number", "boolean")}
    if other:
        raise TableError(
            f"{who} needs number or boolean columns in {role}, got {dict(list(other.items())[:5])}. "
            "Encode these columns first, with TablePreprocessor and datafix.prepare."
        )
    matrix = np.empty((len(frame), len(frame.columns)), dtype=np.float32)
    for position, name in enumerate(frame.columns):
        matrix[:, position] = as_numbers(frame[name])
    return matrix


def _weights(sample_weight: Any, who: str) -> np.ndarray | StoredRows:
    is_stored = isinstance(sample_weight, StoredRows)
    weight = sample_weight if is_stored else np.asarray(sample_weight, dtype=np.float32)
    if weight.ndim != 1:
        raise ParameterError(f"{who} needs one sample_weight a row, got an array of shape {weight.shape}.")
    if is_stored:  # none is negative where `prepare` let them be written
        return _on_disk(sample_weight, "sample_weight", who)
    if bad := int(np.count_nonzero(~(np.isfinite(weight) & (weight >= 0)))):
        raise ParameterError(
            f"{who} needs finite sample_weight of 0 or more, got {bad} that are not, "
            f"the first in row {int(np.argmin(np.isfinite(weight) & (weight >= 0)))}."
        )
    return weight


def _common_length(parts: dict[str, Any], who: str) -> int:
    lengths = {name: array.shape[0] for role, value in parts.items() for name, array in _leaves(value, role)}
    if len(set(lengths.values())) != 1:
        said = ", ".join(f"{name} {length}" for name, length in lengths.items())
        raise ParameterError(f"{who} needs as many rows everywhere, got {said}.")
    n_rows = int(next(iter(lengths.values())))
    if n_rows == 0:
        raise ParameterError(f"{who} needs at least one row, got none.")
    if empty := [name for name, array in _leaves(parts["X"], "X") if 0 in array.shape[1:]]:
        raise ParameterError(f"{who} needs at least one value a row, got none in {empty[0]}.")
    return n_rows


def _leaves(value: Any, role: str) -> list[tuple[str, Any]]:
    if value is None:
        return []
    if isinstance(value, dict):
        return [(f"{role}[{name!r}]", array) for name, array in value.items()]
    return [(role, value)]


def _refuse_not_finite(array: Any, name: str, who: str) -> None:
    if isinstance(array, StoredRows):
        return  # looked at when it was written
    values = array.data if sparse.issparse(array) else array.values if isinstance(array, Sequences) else array
    # A finite sum has no NaN and no infinity in it, and needs no second array.
    with np.errstate(invalid="ignore", over="ignore"):
        if values.dtype.kind != "f" or np.isfinite(values.sum(dtype=np.float64)):
            return
    if sparse.issparse(array):
        count, (at,) = _not_finite(values)
        row = int(np.searchsorted(array.indptr, at, side="right")) - 1
        position: tuple[int, ...] = (row, int(array.indices[at]))
    elif isinstance(array, Sequences):
        count, (at,) = _not_finite(values)
        row = int(np.searchsorted(array.row_splits, at, side="right")) - 1
        position = (row, int(at - array.row_splits[row]))
    else:
        count, position = _not_finite(values)
    column = f", column {position[1]}" if len(position) == 2 else ""
    raise TableError(
        f"{who} needs finite float32 values in {name}, got {count} that are NaN or infinite, "
        f"the first in row {position[0]}{column}. Impute them, or drop the rows, before training."
    )


def _not_finite(values: np.ndarray) -> tuple[int, tuple[int, ...]]:
    count = 0
    position: tuple[int, ...] = ()
    for start in range(0, len(values), _ROWS_AT_ONCE):
        bad = ~np.isfinite(values[start : start + _ROWS_AT_ONCE])
        if not count and bad.any():
            first = np.unravel_index(int(np.argmax(bad)), bad.shape)
            position = (start + int(first[0]), *map(int, first[1:]))
        count += int(np.count_nonzero(bad))
    return count, position

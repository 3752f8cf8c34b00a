"""Dask's dataframes, read where their partitions are."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial, reduce
from typing import Any
from uuid import uuid4

import dask.dataframe as dd
import numpy as np
import pandas as pd
from dask.base import compute
from dask.delayed import delayed

from datafix.engines.partitions import Result, looked_at, unreadable
from datafix.engines.remote_partitions import RemotePartitions
from datafix.errors import TableError

_FAN_IN = 8
_AT_A_TIME = 16
_EXACT = 2**53


class DaskPartitions(RemotePartitions):
    """The partitions of a Dask DataFrame, as pandas DataFrames."""

    engine = "Dask"

    def empty(self) -> pd.DataFrame:
        """Return the frame's columns without rows."""
        return self.frame._meta  # noqa: SLF001 (what Dask's own documentation tells to use)

    def head(self, n_rows: int) -> pd.DataFrame:
        """Return the first rows of the first partition that has some."""
        found = self.empty()
        for number in range(self.frame.npartitions):
            try:
                found = self.frame.get_partition(number).head(n_rows)
            except Exception as error:
                raise unreadable(number, self.engine, error) from error
            if len(found):
                break
        return found

    def select(self, columns: list[str]) -> dd.DataFrame:
        """Return some columns."""
        return self.frame[columns]

    def map(self, function: Callable[[Any], Any]) -> dd.DataFrame:
        """Return the frame that the function makes of each partition, where it is."""
        checked = partial(_with_all_digits, function=function, kinds=self._kinds())
        return self.frame.map_partitions(checked, meta=function(self.empty()), align_dataframes=False)

    def each(self, function: Callable[[Any, int], Result]) -> Iterator[Result]:
        """Yield what the function finds in each partition; some are looked at at a time, where they are."""
        found = self._looked_at(function)
        for start in range(0, len(found), _AT_A_TIME):
            yield from self._computed(found[start : start + _AT_A_TIME])

    def gather(self, function: Callable[[Any, int], Result]) -> Iterator[Result]:
        """Yield what the function finds in each partition, once all were looked at."""
        yield from self._computed(self._looked_at(function))

    def fold(self, function: Callable[[Any, int], Result], merge: Callable[[Result, Result], Result]) -> Result:
        """Look at each partition where it is, and merge what is found by a tree."""
        found, join = self._looked_at(function), delayed(_merged, pure=False)
        while len(found) > 1:
            found = [join(merge, found[start : start + _FAN_IN]) for start in range(0, len(found), _FAN_IN)]
        (result,) = self._computed(found)
        return result

    def _looked_at(self, function: Callable[[Any, int], Any]) -> list[Any]:
        look = delayed(looked_at, pure=False)
        checked = partial(_with_all_digits, function=function, kinds=self._kinds())
        looks = f"{looked_at.__name__}-{uuid4().hex}"
        return [
            look(checked, part, number, columns=self.columns, engine=self.engine, dask_key_name=f"{looks}-{number}")
            for number, part in enumerate(self.frame.to_delayed())
        ]

    def _kinds(self) -> dict[str, str]:
        """Return NumPy's kind of each column of whole numbers or floats without gaps of their own, by its name."""
        dtypes = self.empty().dtypes.items()
        return {name: dtype.kind for name, dtype in dtypes if isinstance(dtype, np.dtype) and dtype.kind in "iuf"}

    def _computed(self, found: list[Any]) -> tuple[Any, ...]:
        try:
            return tuple(compute(*found))  # type: ignore[no-untyped-call]  # Dask has no types here
        except TableError:
            raise
        except Exception as error:
            raise unreadable(self._first_unreadable(error), self.engine, error) from error

    def _first_unreadable(self, error: Exception) -> int | None:
        """Return the number of the partition that failed, or None where that cannot be told."""
        if (killed := getattr(error, "task", None)) is not None:  # what kills workers is not run again
            own = re.fullmatch(rf"{looked_at.__name__}-\w+-(\d+)", str(killed))
            keys = [part.key for part in self.frame.to_delayed()]
            return int(own[1]) if own else keys.index(killed) if killed in keys else None
        for number, part in enumerate(self.frame.to_delayed()):
            try:
                delayed(len)(part).compute()
            except Exception:  # noqa: BLE001 (the failure itself is told already; here is asked where)
                return number
        return None


def _with_all_digits(part: pd.DataFrame, *rest: Any, function: Callable[..., Result], kinds: dict[str, str]) -> Result:
    """Return what the function makes of a partition, if wide whole numbers are floats in all partitions or in none."""
    for name, kind in kinds.items():
        if name not in part.columns or {kind, part[name].dtype.kind} not in ({"i", "f"}, {"u", "f"}):
            continue
        if (part[name].abs() >= _EXACT).any():
            raise TableError(
                f"Dask has {name!r} as {'floats' if kind == 'f' else 'whole numbers'}, and this partition as "
                f"{part[name].dtype}: whole numbers beyond 2**53 lose digits as floats, where they have gaps, so that "
                "ids are no longer the same in all partitions. Read whole numbers with their gaps: "
                'dd.read_parquet(..., dtype_backend="numpy_nullable").'
            )
    return function(part, *rest)


def _merged(merge: Callable[[Result, Result], Result], found: list[Result]) -> Result:
    return reduce(merge, found)

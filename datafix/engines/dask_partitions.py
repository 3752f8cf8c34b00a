"""Dask's dataframes, read where their partitions are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import reduce
from typing import Any

import dask.dataframe as dd
import pandas as pd
from dask.delayed import delayed

from datafix.engines.partitions import Partitions, Result, looked_at, unreadable
from datafix.errors import TableError

_FAN_IN = 8


class DaskPartitions(Partitions):
    """The partitions of a Dask DataFrame, as pandas DataFrames."""

    engine = "Dask"

    def empty(self) -> pd.DataFrame:
        """Return the frame's columns without rows."""
        return self.frame._meta  # noqa: SLF001 (what Dask's own documentation tells to use)

    def held(self) -> Iterator[pd.DataFrame]:
        """Yield each partition, brought into this process."""
        for number in range(self.frame.npartitions):
            yield self.frame.get_partition(number).compute()

    def map(self, function: Callable[[Any], Any]) -> dd.DataFrame:
        """Return the frame that the function makes of each partition, where it is."""
        return self.frame.map_partitions(function, meta=function(self.empty()), align_dataframes=False)

    def fold(self, function: Callable[[Any, int], Result], merge: Callable[[Result, Result], Result]) -> Result:
        """Look at each partition where it is, and merge what is found by a tree."""
        look, join = delayed(looked_at, pure=False), delayed(_merged, pure=False)
        found = [
            look(function, part, number, columns=self.columns, engine=self.engine)
            for number, part in enumerate(self.frame.to_delayed())
        ]
        while len(found) > 1:
            found = [join(merge, found[start : start + _FAN_IN]) for start in range(0, len(found), _FAN_IN)]
        try:
            result: Result = found[0].compute()
        except TableError:
            raise
        except Exception as error:
            raise unreadable(self._first_unreadable(), self.engine, error) from error
        return result

    def _first_unreadable(self) -> int:
        """Return the number of the first partition that fails, computed one by one."""
        for number, part in enumerate(self.frame.to_delayed()):
            try:
                delayed(len)(part).compute()
            except Exception:  # noqa: BLE001 (the failure itself is told already; here is asked where)
                return number
        return self.frame.npartitions - 1


def _merged(merge: Callable[[Result, Result], Result], found: list[Result]) -> Result:
    return reduce(merge, found)

"""How many values differ, from the smallest of their hashes."""

from __future__ import annotations

import numpy as np

KEPT = 2**15


class DistinctValues:
    """The smallest distinct hashes of what was seen: exact while they are few, an estimate beyond.

    Parameters
    ----------
    hashes : uint64 ndarray
        Of values; equal values have equal hashes.

    Notes
    -----
    The k smallest of n distinct hashes, spread evenly over all 64-bit numbers, tell n with a relative standard error of
    1 / sqrt(k - 2), here 0.55 % (Bar-Yossef, Jayram, Kumar, Sivakumar and Trevisan, RANDOM 2002; Beyer, Haas, Reinwald,
    Sismanis and Gemulla, SIGMOD 2007). Two of them merge without loss.

    Examples
    --------
    >>> few = DistinctValues(np.array([7, 7, 9], dtype=np.uint64))
    >>> few.merge(DistinctValues(np.array([9, 12], dtype=np.uint64)))
    >>> few.count, few.is_exact
    (3, True)
    """

    def __init__(self, hashes: np.ndarray) -> None:
        if len(hashes) > 4 * KEPT:  # a few more than are needed, without a sort of all
            bound = np.uint64(int(2.0**64 * min(1.0, 2.0 * KEPT / len(hashes))) - 1)
            least = _distinct(hashes[hashes <= bound])
            if len(least) >= KEPT:
                self.hashes = least[:KEPT]
                return
        self.hashes = _distinct(hashes)[:KEPT]

    def merge(self, other: DistinctValues) -> None:
        """Take in what another has seen."""
        self.hashes = _distinct(np.concatenate([self.hashes, other.hashes]))[:KEPT]

    @property
    def is_exact(self) -> bool:
        """Whether the count is no estimate."""
        return len(self.hashes) < KEPT

    @property
    def count(self) -> int:
        """How many values differ."""
        if self.is_exact:
            return len(self.hashes)
        return round((KEPT - 1) / (float(self.hashes[-1]) / 2.0**64))


def _distinct(hashes: np.ndarray) -> np.ndarray:
    """Return the distinct hashes, sorted: ``numpy.unique`` takes a table of them, which is thrice as slow."""
    hashes = np.sort(hashes)
    return hashes[np.append(True, hashes[1:] != hashes[:-1])] if len(hashes) else hashes

"""What was fitted on, known by its hashes alone."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from datafix.fingerprint import row_hashes

SKETCH = 10_000_000


@dataclass(frozen=True)
class FitRecord:
    """What was fitted on, known by its hashes alone.

    Up to ten million distinct rows are kept whole; beyond, those with the smallest hashes, which are a random
    sample of the contents (Bar-Yossef et al., RANDOM 2002).

    Attributes
    ----------
    n_rows : int
    digest : str
        SHA-256 of the sorted hashes of all rows, as hexadecimal text.
    hashes : uint64 ndarray
        Distinct hashes of the raw training rows to float32 precision, sorted.
    share : float
        Share of all contents of which the record knows whether they were fitted on; 1 unless it is a sketch.
    """

    n_rows: int
    digest: str
    hashes: np.ndarray = field(repr=False, compare=False)
    share: float = 1.0

    @classmethod
    def of(cls, X: Any, *, most: int = SKETCH) -> FitRecord:
        """Record the rows of a table, an array or images; ``most`` distinct hashes at most are kept.

        Examples
        --------
        >>> record = FitRecord.of([[1.0], [2.0], [2.0]])
        >>> record.n_rows, record.seen([[2.0], [3.0]])
        (3, array([ True, False]))
        """
        every = np.sort(row_hashes(X, precision="float32"))
        distinct = np.unique(every)
        kept = distinct[:most]
        share = 1.0 if len(kept) == len(distinct) else float(kept[-1]) / 2.0**64
        return cls(len(every), hashlib.sha256(every.tobytes()).hexdigest(), kept, share)

    def seen(self, X: Any) -> np.ndarray:
        """Tell which rows of X were certainly fitted on, bool of shape (rows,)."""
        return np.isin(row_hashes(X, precision="float32"), self.hashes, kind="sort")

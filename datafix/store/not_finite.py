"""What is NaN or infinite among the numbers written, so that a reader need not read them all to know."""

from __future__ import annotations

from typing import Any

import numpy as np


class NotFinite:
    """Counts values that are NaN, or infinite as float32, and remembers the first one's place."""

    def __init__(self) -> None:
        self.count = 0
        self.first: tuple[int, ...] = ()

    def see(self, values: np.ndarray, first_row: int) -> None:
        """Look at the rows of an array."""
        if values.dtype.kind != "f":
            return
        with np.errstate(invalid="ignore", over="ignore"):
            if np.isfinite(values.sum(dtype=np.float32)):
                return
            bad = ~np.isfinite(values.astype(np.float32, copy=False))
        if bad.any():
            at = np.unravel_index(int(np.argmax(bad)), bad.shape)
            self.first = self.first or (first_row + int(at[0]), *map(int, at[1:]))
            self.count += int(np.count_nonzero(bad))

    def told(self) -> dict[str, Any]:
        """Return it for the manifest."""
        return {"count": self.count, "first": list(self.first)}

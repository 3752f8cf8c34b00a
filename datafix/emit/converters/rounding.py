"""Where scikit-learn's own arithmetic loses digits, no other order of summation can equal it."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from datafix.emit.symbols import Column
from datafix.errors import DatafixWarning

_TOLERANCE = 1e-12
_ULP = np.finfo(np.float64).eps


def tell_of_rounding(magnitudes: Any, unit: Any, columns: list[Column], who: str) -> None:
    """Warn where sums of terms of these magnitudes are not exact to 1e-12.

    Parameters
    ----------
    magnitudes : ndarray
        Sums of the absolute values of the terms that each output adds up.
    unit : ndarray or float
        What one is in the outputs: they may differ by 1e-12 of it.
    columns : list of Column
        Those that the step reads.
    who : str
    """
    lost = float(np.max(_ULP * np.asarray(magnitudes) / np.maximum(unit, np.finfo(np.float64).tiny), initial=0.0))
    if lost > _TOLERANCE:
        warnings.warn(
            f"{who} adds up terms so large, of {len(columns)} columns, that scikit-learn rounds them to about "
            f"{lost:.0e}; the exported model rounds as much, but not alike. Scale the columns first "
            "(StandardScaler), as such a step needs anyway.",
            DatafixWarning,
            stacklevel=3,
        )

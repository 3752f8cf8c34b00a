"""What a network's outputs can be, whatever its last layer is called."""

from __future__ import annotations

import numpy as np

NEAR_ONE = 1e-3
LEANING = 3.0
"""How many times further the outputs go to one side than to the other, for a head that is bent."""


def head_of(outputs: np.ndarray) -> str | None:
    """Return the kind of head from outputs of a last layer whose weights were made huge, with both signs.

    Parameters
    ----------
    outputs : float64 ndarray of shape (rows, width)

    Returns
    -------
    head : {"softmax", "sigmoid", "tanh", "relu", "leaky_relu", "constant", "linear"} or None
        "relu" are all whose outputs are never below 0; "leaky_relu" all that are bent, such as ELU and GELU;
        "constant" outputs that no weight changes. None where no output is finite.
    """
    outputs = outputs[np.isfinite(outputs).all(axis=1)]
    if not len(outputs):
        return None
    low, high = float(outputs.min()), float(outputs.max())
    if low >= 0 and (np.abs(outputs.sum(axis=1) - 1) < NEAR_ONE).all():
        return "softmax"
    if np.ptp(outputs, axis=0).max() == 0:
        return "constant"
    if low >= 0 and high <= 1:
        return "sigmoid"
    if low >= 0:
        return "relu"
    if low >= -1 and high <= 1:
        return "tanh"
    return "leaky_relu" if high > LEANING * -low else "linear"

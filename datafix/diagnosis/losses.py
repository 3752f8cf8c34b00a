"""Which loss a model was compiled with, whatever it is called."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

KNOWN: dict[str, type[keras.losses.Loss]] = {
    "binary_crossentropy": keras.losses.BinaryCrossentropy,
    "categorical_crossentropy": keras.losses.CategoricalCrossentropy,
    "sparse_categorical_crossentropy": keras.losses.SparseCategoricalCrossentropy,
    "mean_squared_error": keras.losses.MeanSquaredError,
    "mean_absolute_error": keras.losses.MeanAbsoluteError,
    "binary_focal_crossentropy": keras.losses.BinaryFocalCrossentropy,
    "categorical_focal_crossentropy": keras.losses.CategoricalFocalCrossentropy,
    "mean_absolute_percentage_error": keras.losses.MeanAbsolutePercentageError,
    "mean_squared_logarithmic_error": keras.losses.MeanSquaredLogarithmicError,
    "huber": keras.losses.Huber,
    "log_cosh": keras.losses.LogCosh,
    "hinge": keras.losses.Hinge,
    "squared_hinge": keras.losses.SquaredHinge,
    "categorical_hinge": keras.losses.CategoricalHinge,
    "kl_divergence": keras.losses.KLDivergence,
    "poisson": keras.losses.Poisson,
    "cosine_similarity": keras.losses.CosineSimilarity,
}
CROSS_ENTROPIES = (
    "binary_crossentropy",
    "categorical_crossentropy",
    "sparse_categorical_crossentropy",
    "binary_focal_crossentropy",
    "categorical_focal_crossentropy",
)
DISTANCES = ("mean_squared_error", "mean_absolute_error", "huber", "log_cosh", "mean_squared_logarithmic_error")
OF_NUMBERS = (*DISTANCES, "poisson")
"""Losses by which one output learns a number, be it a count or a grade."""
OUTPUTS = np.array([[0.2, 0.5, 0.3], [0.7, 0.1, 0.2]], dtype=np.float32)
ONE_HOT = np.array([[0, 1, 0], [1, 0, 0]], dtype=np.float32)
CODES = np.array([1, 0])


def loss_of(model: Any) -> tuple[str, bool]:
    """Return the canonical name of the model's loss, "" where it is not known, and whether it takes logits.

    A function of the user's own is known by its values, where they are those of a loss of Keras.
    """
    loss: Any = getattr(model, "loss", None)
    if isinstance(loss, (list, tuple)) and len(loss) == 1:
        loss = loss[0]
    if isinstance(loss, str):
        loss = keras.losses.get(loss)
    for name, kind in KNOWN.items():
        if type(loss) is kind:
            return name, bool(loss.get_config().get("from_logits", False))
    name = getattr(loss, "__name__", "")
    if name in KNOWN and getattr(loss, "__module__", "").startswith("keras"):
        return name, False
    return _by_values(loss) if callable(loss) else ("", False)


def _by_values(loss: Any) -> tuple[str, bool]:
    for name, kind in KNOWN.items():
        for from_logits in (False, True) if name in CROSS_ENTROPIES else (False,):
            known: Any = kind(**({"from_logits": True} if from_logits else {}))
            labels = CODES if name.startswith("sparse") else ONE_HOT
            value = _value(loss, labels)
            if value is not None and np.isclose(value, float(known(labels, OUTPUTS)), rtol=1e-4):
                return name, from_logits
    return "", False


def _value(loss: Any, labels: np.ndarray) -> float | None:
    """Return a loss of the user's own on known outputs, None where it does not take such labels."""
    try:
        return float(
            np.mean(np.asarray(loss(keras.ops.convert_to_tensor(labels), keras.ops.convert_to_tensor(OUTPUTS))))
        )
    except Exception:  # noqa: BLE001 - what a user's function raises is not known; it is then none of Keras' losses
        return None

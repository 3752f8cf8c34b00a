"""The same resampling by OpenCV, for uint8: two to three times as fast, within a few grey levels."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import numpy as np
import tensorflow as tf

from datafix.augment.sampling import Sampling
from datafix.errors import ParameterError

_MOST_CHANNELS = 4


def check_engine(engine: str) -> None:
    """Raise where an engine is unknown or not installed."""
    if engine not in ("tensorflow", "opencv", "auto"):
        raise ParameterError(f'Compose needs engine="tensorflow", "opencv" or "auto", got {engine!r}.')
    if engine == "opencv" and find_spec("cv2") is None:
        raise ParameterError(
            "Compose needs OpenCV for engine='opencv', and it is not installed. "
            'Run pip install "datafix[opencv]", or say engine="tensorflow".'
        )


def takes(x: tf.Tensor, engine: str) -> bool:
    """Return whether OpenCV is to move these images: bytes, of up to four channels."""
    return x.dtype == tf.uint8 and (x.shape[3] or 99) <= _MOST_CHANNELS and (engine == "opencv" or _is_installed())


def sampled_by_opencv(x: tf.Tensor, matrices: tf.Tensor, size: tuple[Any, Any], sampling: Sampling) -> tf.Tensor:
    """Return what ``sampled`` returns, to within a few grey levels."""

    def moved(images: np.ndarray, six: np.ndarray, target: np.ndarray) -> np.ndarray:
        return _warped(images, six, target, sampling)

    target = tf.cast(tf.stack(size), tf.int32)
    result = tf.numpy_function(moved, [x, matrices[:, :2], target], tf.uint8, stateful=False)
    return tf.ensure_shape(result, [x.shape[0], None, None, x.shape[3]])


def _warped(images: np.ndarray, matrices: np.ndarray, size: np.ndarray, sampling: Sampling) -> np.ndarray:
    import cv2

    borders = {
        "constant": cv2.BORDER_CONSTANT,
        "nearest": cv2.BORDER_REPLICATE,
        "reflect": cv2.BORDER_REFLECT,
        "wrap": cv2.BORDER_WRAP,
    }
    kind = cv2.INTER_LINEAR if sampling.interpolation == "bilinear" else cv2.INTER_NEAREST
    height, width = size.tolist()
    result = np.empty((len(images), height, width, images.shape[3]), np.uint8)
    for image, matrix, target in zip(images, matrices, result, strict=True):
        cv2.warpAffine(
            image,
            matrix,
            (width, height),
            dst=target,
            flags=kind | cv2.WARP_INVERSE_MAP,
            borderMode=borders[sampling.fill_mode],
            borderValue=(sampling.fill_value,) * 4,
        )
    return result


def _is_installed() -> bool:
    return find_spec("cv2") is not None

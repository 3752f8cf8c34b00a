"""Augmented images for people to look at."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from PIL import Image

from datafix.augment.draws import row_seeds
from datafix.errors import ParameterError

_GAP = 2


def preview(
    images: Any,
    operation: Callable[..., Any],
    *,
    n_images: int = 4,
    n_variants: int = 6,
    seed: int = 0,
    path: str | Path | None = None,
) -> Image.Image:
    """Return a picture with a row an image: the image as it is, then variants of it.

    Parameters
    ----------
    images : array of shape (rows, height, width, channels)
        Of 1, 3 or 4 channels: integers, or floats, which are shown from their least to their most.
    operation : operation or callable
        Called as ``operation(images, seeds=seeds)``.
    n_images, n_variants : int
        Images from the first on, and variants of each.
    seed : int, default=0
    path : path, optional
        Also save it there.

    Returns
    -------
    picture : PIL.Image.Image
        A notebook shows it.

    Raises
    ------
    ParameterError
        If there are no such images.

    Examples
    --------
    >>> import numpy as np
    >>> from datafix.augment import Flip, preview
    >>> preview(np.zeros((9, 10, 12, 3), np.uint8), Flip()).size
    (100, 50)
    """
    shown = np.asarray(images)[:n_images]
    if shown.ndim != 4 or not len(shown) or shown.shape[3] not in (1, 3, 4):
        raise ParameterError(
            f"preview needs images of shape (rows, height, width, channels) of 1, 3 or 4 channels, got {shown.shape}."
        )
    if operation is None or not callable(operation) or isinstance(operation, type):
        raise ParameterError(f"preview needs an operation, such as Flip(), got {operation!r}.")
    rows = tf.range(len(shown), dtype=tf.int64)
    variants = [operation(shown, seeds=row_seeds(seed, epoch, rows)).numpy() for epoch in range(n_variants)]
    picture = _picture([_as_bytes(column, shown) for column in (shown, *variants)])
    if path is not None:
        picture.save(path)
    return picture


def _as_bytes(column: np.ndarray, shown: np.ndarray) -> np.ndarray:
    if shown.dtype == np.uint8:
        return column
    low, high = float(shown.min()), float(shown.max())
    shares = (column.astype(np.float64) - low) / ((high - low) or 1.0)
    return np.round(255 * np.clip(shares, 0, 1)).astype(np.uint8)


def _picture(columns: list[np.ndarray]) -> Image.Image:
    """Lay columns of images side by side, which may have sizes of their own."""
    height = max(column.shape[1] for column in columns) + _GAP
    width = max(column.shape[2] for column in columns) + _GAP
    n_images, channels = len(columns[0]), columns[0].shape[3]
    grid = np.full((n_images * height + _GAP, len(columns) * width + _GAP, channels), 255, np.uint8)
    for across, column in enumerate(columns):
        for down, image in enumerate(column):
            top, left = _GAP + down * height, _GAP + across * width
            grid[top : top + image.shape[0], left : left + image.shape[1]] = image
    return Image.fromarray(grid[..., 0] if channels == 1 else grid)

"""Smaller images."""

from __future__ import annotations

import numpy as np

BLOCK = 256


def reduced(images: np.ndarray, side: int) -> np.ndarray:
    """Return means over bands of rows and of columns, so that no side is longer than ``side``.

    Parameters
    ----------
    images : ndarray of shape (images, height, width, channels)
    side : int

    Returns
    -------
    smaller : float32 ndarray of shape (images, height, width, channels)
        The images themselves, as float32, where none is longer.

    Examples
    --------
    >>> reduced(np.arange(8.0).reshape(1, 2, 4, 1), 2)[0, ..., 0]
    array([[0.5, 2.5],
           [4.5, 6.5]], dtype=float32)
    """
    parts = [_block(images[start : start + BLOCK], side) for start in range(0, len(images), BLOCK)]
    return np.concatenate(parts) if parts else images.astype(np.float32)


def _block(images: np.ndarray, side: int) -> np.ndarray:
    pixels: np.ndarray = images.astype(np.float32)
    for axis in (1, 2):
        size = pixels.shape[axis]
        if size > side:
            starts = [band[0] for band in np.array_split(np.arange(size), side)]
            counts = np.diff([*starts, size]).reshape([-1 if k == axis else 1 for k in range(4)])
            pixels = np.add.reduceat(pixels, starts, axis=axis) / counts.astype(np.float32)
    return pixels

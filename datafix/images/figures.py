"""What pixels tell of an image."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

SIDE = 128
"""Larger images are looked at by means over squares of pixels: networks seldom see more."""
BLOCK = 256
LEVELS = 256
LUMA = np.array([0.299, 0.587, 0.114], dtype=np.float32)
ROUNDING = 1 / (12 * 255**2)
"""Variance that rounding to 256 levels adds to each pixel."""


class Figures(NamedTuple):
    """Figures of images, each float64 of shape (images,); in shares of the range of the pixels unless said.

    Parameters
    ----------
    mean
        Of the brightness.
    spread
        Standard deviation within a channel, the largest of the channels.
    darkest, lightest
        The 5th and the 99th percentile of the brightness, as in cleanvision.
    entropy
        Of the brightness in 256 levels, in bits (Shannon 1948).
    sharpness
        Standard deviation of the Laplacian by that of the brightness (Pech-Pacheco et al., ICPR 2000, made independent
        of contrast), both without what rounding adds; NaN where there is too little contrast to tell.
    fineness
        The same by the root mean square of the differences of neighbours: the frequency of what edges there are, some
        1.5 to 2 in photos, below 0.6 where a Gaussian of two pixels blurred them, whatever they show.
    colour
        The 99th percentile of how far the channels of a pixel are apart; 0 for images of one channel.
    """

    mean: np.ndarray
    spread: np.ndarray
    darkest: np.ndarray
    lightest: np.ndarray
    entropy: np.ndarray
    sharpness: np.ndarray
    fineness: np.ndarray
    colour: np.ndarray

    @classmethod
    def joined(cls, parts: list[Figures]) -> Figures:
        """Return the figures of all images of the parts, in order."""
        return cls(*(np.concatenate(values) for values in zip(*parts, strict=True)))


def figures_of(images: np.ndarray, low: float = 0.0, high: float = 255.0) -> Figures:
    """Return the figures of images.

    Parameters
    ----------
    images : ndarray of shape (images, height, width, channels)
        Missing and infinite values count as ``low``.
    low, high : float
        The range of the pixels.

    Examples
    --------
    >>> figures = figures_of(np.full((1, 4, 4, 3), 255, np.uint8))
    >>> figures.mean, figures.spread, figures.entropy
    (array([1.]), array([0.]), array([0.]))
    """
    parts = [_block(images[start : start + BLOCK], low, high) for start in range(0, len(images), BLOCK)]
    return Figures.joined(parts) if parts else Figures(*(np.zeros(0) for _ in Figures._fields))


def _block(images: np.ndarray, low: float, high: float) -> Figures:
    # Channels first: sums along an axis of three are ten times as slow.
    pixels = _reduced(np.ascontiguousarray(images.transpose(0, 3, 1, 2), dtype=np.float32))
    pixels = np.nan_to_num((pixels - np.float32(low)) / np.float32(high - low), nan=0.0, posinf=0.0, neginf=0.0)
    grey = np.einsum("ncij,c->nij", pixels, LUMA) if pixels.shape[1] == 3 else pixels.mean(axis=1)
    counts = _histograms(grey)
    shares = counts / counts.sum(axis=1, keepdims=True)
    bits = np.log2(shares, out=np.zeros_like(shares), where=shares > 0)
    reached = np.cumsum(shares, axis=1)
    level = np.arange(LEVELS) / (LEVELS - 1)
    sharpness, fineness = _edges(grey)
    return Figures(
        mean=grey.mean(axis=(1, 2), dtype=np.float64),
        spread=pixels.reshape(*pixels.shape[:2], -1).std(axis=2, dtype=np.float64).max(axis=1),
        darkest=level[(reached < 0.05).sum(axis=1)],
        lightest=level[(reached < 0.99 - 1e-9).sum(axis=1)],
        entropy=np.abs((shares * bits).sum(axis=1)),
        sharpness=sharpness,
        fineness=fineness,
        colour=_colour(pixels),
    )


def _reduced(images: np.ndarray) -> np.ndarray:
    """Return means over squares of pixels, so that no side is much longer than ``SIDE``; the last odd pixels go."""
    step = -(-max(images.shape[2:]) // SIDE)
    if step == 1:
        return images
    down, right = (min(step, size) for size in images.shape[2:])
    height, width = images.shape[2] // down, images.shape[3] // right
    cut = images[:, :, : height * down, : width * right]
    return cut.reshape(*images.shape[:2], height, down, width, right).mean(axis=(3, 5))


def _histograms(grey: np.ndarray) -> np.ndarray:
    """Return how many pixels have each of 256 levels, int64 of shape (images, levels)."""
    levels = np.clip(np.rint(grey.reshape(len(grey), -1) * (LEVELS - 1)), 0, LEVELS - 1).astype(np.int64)
    levels += np.arange(len(grey))[:, None] * LEVELS
    return np.bincount(levels.ravel(), minlength=len(grey) * LEVELS).reshape(len(grey), LEVELS)


def _edges(grey: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return sharpness and fineness."""
    untold = np.full(len(grey), np.nan)
    if min(grey.shape[1:]) < 3:
        return untold, untold
    inner = grey[:, 1:-1, 1:-1]
    around = grey[:, :-2, 1:-1] + grey[:, 2:, 1:-1] + grey[:, 1:-1, :-2] + grey[:, 1:-1, 2:]
    bends = np.maximum(_variance(around - 4 * inner) - 20 * ROUNDING, 0.0)
    steps = _variance(np.diff(grey, axis=1)) + _variance(np.diff(grey, axis=2)) - 4 * ROUNDING
    contrast = _variance(grey)
    told = contrast > 0.02**2
    sharpness = np.divide(bends, contrast - ROUNDING, out=untold.copy(), where=told)
    fineness = np.divide(bends, np.maximum(steps, ROUNDING), out=untold, where=told)
    return np.sqrt(sharpness), np.sqrt(fineness)


def _variance(values: np.ndarray) -> np.ndarray:
    return values.var(axis=(1, 2), dtype=np.float64)


def _colour(pixels: np.ndarray) -> np.ndarray:
    if pixels.shape[1] != 3:
        return np.zeros(len(pixels))
    red, green, blue = pixels.reshape(len(pixels), 3, -1).transpose(1, 0, 2)
    apart = np.maximum(np.maximum(red, green), blue) - np.minimum(np.minimum(red, green), blue)
    at = int(0.99 * (apart.shape[1] - 1))
    return np.partition(apart, at, axis=1)[:, at].astype(np.float64)

"""Pairs of images that are near copies beyond chance."""

from __future__ import annotations

import numpy as np
from sklearn.neighbors import NearestNeighbors

from datafix.images import reduced
from datafix.near_duplicates.chance import CHANCE
from datafix.near_duplicates.pairs import Pairs, no_pairs

SIDE = 32
"""Larger images are compared by means over as many rows and columns."""
CANDIDATES = 60
COARSE = 8
NEIGHBOURS = 20
FREQUENCIES = 5
LEAST_CORRELATION = 0.9
BLOCK = 128


def near_image_pairs(images: np.ndarray, rows: np.ndarray, side: np.ndarray | None = None) -> Pairs:
    """Return the pairs of these images that are near copies, as positions in ``rows``.

    Each image is compared with those whose lowest frequencies are about as strong (a shift leaves
    them so): pixel by pixel, by the correlation where the two overlap, the best of all small shifts.
    By chance, the number of neighbours within a distance grows with its D-th power, where D is the
    dimension of the data (Levina and Bickel, NeurIPS 2004; measured here between the tenth and the
    twentieth neighbour). Near copies are far closer than that lets expect.

    Parameters
    ----------
    images : ndarray of shape (images, height, width[, channels])
    rows : int64 ndarray of shape (rows,)
        Of distinct content.
    side : bool ndarray of shape (rows,), optional
        Only pairs of images on different sides.
    """
    small = _thumbnails(images, rows)
    n_near = min(CANDIDATES, len(small) - 1)
    if n_near < 2:
        return no_pairs()
    search = NearestNeighbors(n_neighbors=n_near, algorithm="brute").fit(_strengths(small))
    near = search.kneighbors(return_distance=False)
    if n_near > NEIGHBOURS and min(small.shape[1:3]) >= 4 * COARSE:
        near = _likeliest(small, near)
    first = np.repeat(np.arange(len(small)), near.shape[1])
    correlation = _best_correlations(small, near)
    bits = _bits(np.sqrt(2 * (1 - correlation)))
    close = (bits >= -np.log2(CHANCE)) & (correlation >= LEAST_CORRELATION)
    if side is not None:
        close &= side[near] != side[:, None]
    pairs = np.sort(np.column_stack([first, near.ravel()])[close.ravel()], axis=1)
    pairs, once = np.unique(pairs, axis=0, return_index=True)
    return Pairs(pairs, bits[close][once], correlation[close][once])


def _bits(distance: np.ndarray) -> np.ndarray:
    """Return -log2 of how many neighbours chance puts within each distance, of shape (rows, candidates)."""
    n_near = min(NEIGHBOURS, distance.shape[1])
    ordered = np.maximum(np.partition(distance, (n_near // 2 - 1, n_near - 1), axis=1), 1e-6)
    outer = ordered[:, n_near - 1]
    growth = float(np.median(np.log(outer / ordered[:, n_near // 2 - 1])))
    dimension = np.log(n_near / (n_near // 2)) / max(growth, 1e-3)
    closer = np.log2(outer[:, None] / np.maximum(distance, 1e-6))
    return np.asarray(dimension * closer - np.log2(n_near))


def _thumbnails(images: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Return float32 means of shape (rows, side, side, channels), in shares of the range of the pixels."""
    pixels = images.reshape(*images.shape[:3], -1)
    parts = [reduced(pixels[rows[start : start + BLOCK]], SIDE) for start in range(0, len(rows), BLOCK)]
    small = np.concatenate(parts) if parts else np.zeros((0, 1, 1, 1), dtype=np.float32)
    return small / (np.ptp(small) or 1.0)


def _strengths(small: np.ndarray) -> np.ndarray:
    """Return how strong the lowest frequencies are, float32 of shape (rows, frequencies), of length 1."""
    grey = small.mean(axis=3)
    found = np.abs(np.fft.rfft2(grey))
    low = np.concatenate([found[:, :FREQUENCIES, :FREQUENCIES], found[:, 1 - FREQUENCIES :, :FREQUENCIES]], axis=1)
    flat = low.reshape(len(small), -1)[:, 1:].astype(np.float32)  # the mean is brightness
    return flat / np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-6)


def _likeliest(small: np.ndarray, near: np.ndarray) -> np.ndarray:
    """Return the twenty candidates that correlate best while still coarse, where a small shift does not show."""
    coarse = _standardised(reduced(small, COARSE))
    kept = np.empty((len(near), NEIGHBOURS), dtype=near.dtype)
    for start in range(0, len(near), BLOCK):
        block = near[start : start + BLOCK]
        correlation = _correlations(coarse[start : start + BLOCK], coarse, block)
        best = np.argpartition(-correlation, NEIGHBOURS - 1, axis=1)[:, :NEIGHBOURS]
        kept[start : start + BLOCK] = np.take_along_axis(block, best, axis=1)
    return kept


def _best_correlations(small: np.ndarray, near: np.ndarray) -> np.ndarray:
    """Return the correlation of each thumbnail with its candidates, the best of all shifts by up to two pixels.

    Returns
    -------
    correlation : float64 ndarray of the shape of ``near``
    """
    height, width = small.shape[1:3]
    most = (min(2, height // 8), min(2, width // 8))
    shape = (height - 2 * most[0], width - 2 * most[1])
    inner = _standardised(small[:, most[0] : most[0] + shape[0], most[1] : most[1] + shape[1]])
    best = np.full(near.shape, -1.0)
    for down in range(2 * most[0] + 1):
        for right in range(2 * most[1] + 1):
            moved = _standardised(small[:, down : down + shape[0], right : right + shape[1]])
            for start in range(0, len(near), BLOCK):
                block = slice(start, start + BLOCK)
                np.maximum(best[block], _correlations(inner[block], moved, near[block]), out=best[block])
    return np.minimum(best, 1.0)


def _correlations(vectors: np.ndarray, others: np.ndarray, near: np.ndarray) -> np.ndarray:
    """Return the products of each vector with those of its candidates, of the shape of ``near``."""
    return np.matmul(others[near], vectors[:, :, None])[:, :, 0]


def _standardised(part: np.ndarray) -> np.ndarray:
    """Return images as vectors of mean 0 and length 1; blank ones stay 0, and correlate with nothing."""
    flat = part.reshape(len(part), -1)
    flat = flat - flat.mean(axis=1, keepdims=True)
    length = np.linalg.norm(flat, axis=1, keepdims=True)
    return np.where(length > 1e-3 * np.sqrt(flat.shape[1]), flat / np.maximum(length, 1e-9), 0)

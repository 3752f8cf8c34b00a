"""Pairs of images that are near copies beyond chance."""

from __future__ import annotations

import numpy as np
from sklearn.neighbors import NearestNeighbors

from datafix.near_duplicates.chance import CHANCE
from datafix.near_duplicates.pairs import Pairs, no_pairs

SIDE = 32
"""Larger images are compared by means over as many rows and columns."""
CANDIDATES = 60
NEIGHBOURS = 20
FREQUENCIES = 5
LEAST_CORRELATION = 0.9
BLOCK = 4096


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
    first = np.repeat(np.arange(len(small)), n_near)
    correlation = _best_correlations(small, first, near.ravel()).reshape(near.shape)
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
    bands = np.array_split(np.arange(pixels.shape[1]), min(SIDE, pixels.shape[1]))
    columns = np.array_split(np.arange(pixels.shape[2]), min(SIDE, pixels.shape[2]))
    small = np.empty((len(rows), len(bands), len(columns), pixels.shape[3]), dtype=np.float32)
    for start in range(0, len(rows), BLOCK):
        block = pixels[rows[start : start + BLOCK]].astype(np.float32)
        block = np.stack([block[:, band].mean(axis=1) for band in bands], axis=1)
        small[start : start + BLOCK] = np.stack([block[:, :, column].mean(axis=2) for column in columns], axis=2)
    return small / (np.ptp(small) or 1.0)


def _strengths(small: np.ndarray) -> np.ndarray:
    """Return how strong the lowest frequencies are, float32 of shape (rows, frequencies), of length 1."""
    grey = small.mean(axis=3)
    found = np.abs(np.fft.rfft2(grey))
    low = np.concatenate([found[:, :FREQUENCIES, :FREQUENCIES], found[:, 1 - FREQUENCIES :, :FREQUENCIES]], axis=1)
    flat = low.reshape(len(small), -1)[:, 1:].astype(np.float32)  # the mean is brightness
    return flat / np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-6)


def _best_correlations(small: np.ndarray, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return the correlation of pairs of thumbnails, the best of all shifts by up to two pixels, float64."""
    height, width = small.shape[1:3]
    most = (min(2, height // 8), min(2, width // 8))
    shape = (height - 2 * most[0], width - 2 * most[1])
    inner = _standardised(small[:, most[0] : most[0] + shape[0], most[1] : most[1] + shape[1]])
    best = np.full(len(first), -1.0)
    for down in range(2 * most[0] + 1):
        for right in range(2 * most[1] + 1):
            moved = _standardised(small[:, down : down + shape[0], right : right + shape[1]])
            for start in range(0, len(first), BLOCK):
                block = slice(start, start + BLOCK)
                here = np.einsum("ij,ij->i", inner[first[block]], moved[second[block]])
                np.maximum(best[block], here, out=best[block])
    return np.minimum(best, 1.0)


def _standardised(part: np.ndarray) -> np.ndarray:
    """Return images as vectors of mean 0 and length 1; blank ones stay 0, and correlate with nothing."""
    flat = part.reshape(len(part), -1)
    flat = flat - flat.mean(axis=1, keepdims=True)
    length = np.linalg.norm(flat, axis=1, keepdims=True)
    return np.where(length > 1e-3 * np.sqrt(flat.shape[1]), flat / np.maximum(length, 1e-9), 0)

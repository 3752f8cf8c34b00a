"""A multivariate normal distribution learned from rows with gaps, and what it expects in each cell."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

_RIDGE = 0.01
_TOLERANCE = 1e-3
_LEAST_VARIANCE = 1e-6
_CHUNK_BYTES = 32_000_000


@dataclass(frozen=True, eq=False)
class Gaussian:
    """The mean and covariance of standardised columns.

    Attributes
    ----------
    mean : ndarray of shape (columns,)
    covariance : ndarray of shape (columns, columns)
    """

    mean: np.ndarray
    covariance: np.ndarray

    def expected(self, Z: np.ndarray) -> np.ndarray:
        """Return what each cell is expected to be, given the other known cells of its row.

        Parameters
        ----------
        Z : float64 ndarray of shape (rows, columns)
            NaN where missing.

        Returns
        -------
        expected : float64 ndarray of shape (rows, columns)
            Of a known cell too: the cell itself is left out. Row by row, whatever rows stand beside it.
        """
        expected = np.empty_like(Z)
        for rows, inverse in _inverses(Z, self.covariance):
            gone = np.isnan(Z[rows])
            centred = np.where(gone, 0.0, Z[rows] - self.mean)
            # einsum adds up each row by itself; BLAS would round by the size of the table.
            weighed = np.einsum("nij,nj->ni", inverse, centred)
            filled = np.einsum("ni,ij->nj", weighed, self.covariance)
            own = np.where(gone, 1.0, np.einsum("nii->ni", inverse))
            expected[rows] = np.where(gone, filled, centred - weighed / own) + self.mean
        return expected


def fit_gaussian(Z: np.ndarray, *, max_iter: int = 20) -> Gaussian:
    """Return the distribution of the rows by expectation and maximisation.

    Parameters
    ----------
    Z : float64 ndarray of shape (rows, columns)
        NaN where missing; no column is all missing.
    max_iter : int, default=20
        Rounds at most; fewer where the covariance stands still.

    References
    ----------
    Dempster, Laird and Rubin, Maximum likelihood from incomplete data via the EM
    algorithm, J. R. Stat. Soc. B 39(1), 1977; with a ridge of 1 % on the diagonal.

    Examples
    --------
    >>> twice = np.array([[0.0, 0.0], [1.0, 2.0], [2.0, 4.0], [3.0, np.nan]])
    >>> float(fit_gaussian(twice).expected(twice)[3, 1].round(1))
    5.9
    """
    n_rows = len(Z)
    gone = np.isnan(Z)
    mean = np.nanmean(Z, axis=0)
    covariance = np.diag(np.nanvar(Z, axis=0) + _LEAST_VARIANCE)
    for _ in range(max_iter):
        filled = np.where(gone, 0.0, Z - mean)
        spread = np.zeros_like(covariance)
        for rows, inverse in _inverses(Z, covariance):
            filled[rows] = np.where(
                gone[rows], np.einsum("nij,nj->ni", inverse, filled[rows]) @ covariance, filled[rows]
            )
            spread += len(rows) * covariance - covariance @ inverse.sum(axis=0) @ covariance
        shift = filled.mean(axis=0)
        filled -= shift
        updated = (filled.T @ filled + spread) / n_rows
        updated[np.diag_indices_from(updated)] *= 1 + _RIDGE
        updated[np.diag_indices_from(updated)] += _LEAST_VARIANCE
        moved = np.abs(updated - covariance).max(initial=0.0)
        mean, covariance = mean + shift, updated
        if moved < _TOLERANCE:
            break
    return Gaussian(mean, covariance)


def _inverses(Z: np.ndarray, covariance: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield rows, and for each the inverse of the covariance of what it has, zero where it has not."""
    n_columns = Z.shape[1]
    gone = np.isnan(Z)
    patterns = pd.factorize(np.array([row.tobytes() for row in np.packbits(gone, axis=1)], dtype=object))[0]
    order = np.argsort(patterns, kind="stable")
    size = max(1, _CHUNK_BYTES // (8 * max(n_columns, 1) ** 2))
    for start in range(0, len(Z), size):
        rows = order[start : start + size]
        found, first, of_row = np.unique(patterns[rows], return_index=True, return_inverse=True)
        gaps = gone[rows[first]]
        # The identity where a column is missing, so that all have one shape.
        both = ~gaps[:, :, None] & ~gaps[:, None, :]
        inverse = np.linalg.inv(np.where(both, covariance, np.eye(n_columns)))
        yield rows, np.where(both, inverse, 0.0)[of_row.reshape(len(rows))] if len(found) else inverse

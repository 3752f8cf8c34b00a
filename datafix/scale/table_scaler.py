"""Numbers brought to one scale by scikit-learn's scalers, with bounded output where asked."""

from __future__ import annotations

from copy import copy
from numbers import Real
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.preprocessing import (
    MinMaxScaler,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
)
from sklearn.utils.validation import check_is_fitted

from datafix.engines import is_lazy
from datafix.errors import ParameterError, TableError
from datafix.learning import LearnsFromFigures
from datafix.matrix import refuse_all_missing, training_matrix, validate_matrix
from datafix.names import column_names
from datafix.scale.whole_table import deviations, extremes, set_moments
from datafix.sketches import TableSketch
from datafix.validation import transformed_by_partition

_MAX_QUANTILES = 1000


class TableScaler(LearnsFromFigures, OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """Bring every column of numbers to one scale.

    A constant column becomes 0; a missing value stays missing.

    Parameters
    ----------
    method : {"standard", "robust", "minmax", "quantile", "power"}, default="standard"
        Zero mean and unit variance; zero median and unit interquartile range;
        [0, 1]; ranks in [0, 1]; Yeo-Johnson, then standard.
    clip : float, optional
        Outputs are kept within [-clip, clip], so that no held-out extreme
        reaches the network.

    Attributes
    ----------
    scaler_ : StandardScaler, RobustScaler, MinMaxScaler, QuantileTransformer or PowerTransformer
        Fitted on float64. A robust scale that is zero in a column that is not
        constant (most values are equal) is the standard deviation there.
    constant_ : list of str
        Columns of one value: they tell a model nothing, and are left in place.

    Examples
    --------
    >>> scaler = TableScaler(clip=3.0).fit([[0.0, 5.0], [2.0, 5.0]])
    >>> scaler.transform([[0.0, 5.0], [999.0, 5.0]])
    array([[-1.,  0.],
           [ 3.,  0.]])
    """

    def __init__(self, *, method: str = "standard", clip: float | None = None) -> None:
        self.method = method
        self.clip = clip

    def fit(self, X: Any, y: Any = None) -> TableScaler:
        """Learn the scale of every column of X; y is ignored.

        Raises
        ------
        TableError
            If a number is infinite, a column holds text or no numbers, or numbers are so large that their scale is no
            float64.
        """
        self._check_parameters()
        matrix, seen = training_matrix(self, X)
        refuse_all_missing(self, column_names(self), matrix, task="learn a scale")
        if seen is not None:  # extremes of all rows, so that a column is constant where all are equal
            beyond = np.where([column.has_all for column in seen.columns.values()], np.nan, extremes(seen))
            matrix = np.vstack([matrix, beyond])
        with np.errstate(over="ignore", invalid="ignore"):  # what overflows is refused by name
            self.scaler_ = _fitted(self.method, matrix, seen)
            n_rows = len(matrix) if seen is None else seen.n_rows
            _refuse_overflow(self.scaler_, column_names(self), matrix, n_rows)
        self.constant_ = [name for name, flat in zip(column_names(self), _constant(matrix), strict=True) if flat]
        return self

    def transform(self, X: Any) -> np.ndarray:
        """Return X scaled, as float64; a lazy frame for a lazy one."""
        check_is_fitted(self)
        if is_lazy(X):
            return transformed_by_partition(self, X)
        matrix = validate_matrix(self, X, reset=False)
        if not len(matrix):  # scikit-learn's scalers refuse a frame without rows
            return matrix
        own = {"copy": False} if self.method == "standard" else {}  # the matrix is ours: no need of another
        scaled = self.scaler_.transform(matrix, **own)
        return scaled if self.clip is None else np.clip(scaled, -self.clip, self.clip)

    def _check_parameters(self) -> None:
        methods = ("standard", "robust", "minmax", "quantile", "power")
        if self.method not in methods:
            raise ParameterError(f"TableScaler needs method to be one of {methods}, got {self.method!r}.")
        if self.clip is not None and not (isinstance(self.clip, Real) and self.clip > 0):
            raise ParameterError(f"TableScaler needs clip to be None or a number above 0, got {self.clip!r}.")

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags


def _fitted(method: str, matrix: np.ndarray, seen: TableSketch | None) -> Any:
    scaler = _scaler(method, len(matrix)).set_output(transform="default")
    if method == "power":
        try:
            return _fit_power(scaler, matrix)
        except ValueError as error:  # SciPy searches between bounds that numbers as large as 1e150 turn round
            raise TableError(
                f"TableScaler finds no power for columns with numbers up to {np.nanmax(np.abs(matrix)):g} ({error}). "
                'Clip them first (QuantileClipper), or take method="quantile".'
            ) from error
    scaler.fit(matrix)
    if method == "standard":
        if seen is not None:
            set_moments(scaler, seen)
        # A constant column becomes 0 to the last bit.
        scaler.mean_ = np.where(_constant(matrix), np.nanmin(matrix, axis=0), scaler.mean_)
    if method == "robust":
        _replace_zero_scales(scaler, matrix, np.nanstd(matrix, axis=0) if seen is None else deviations(seen))
    return scaler


def _refuse_overflow(scaler: Any, names: list[str], matrix: np.ndarray, n_rows: int) -> None:
    """Raise TableError with the columns whose scale is no number, or on which they are none.

    Standard scores of n numbers lie within the square root of n (Samuelson, 1968): where they do not, squares were too
    large for float64.
    """
    ends = np.array([np.nanmin(matrix, axis=0), np.nanmax(matrix, axis=0)])
    scaled = scaler.transform(ends)
    is_broken = ~np.isfinite([*scaled, getattr(scaler, "scale_", np.ones(len(names)))]).all(axis=0)
    if isinstance(scaler, StandardScaler | PowerTransformer):
        is_broken |= (np.abs(scaled) > 2 * np.sqrt(n_rows) + 2).any(axis=0)
    broken = np.flatnonzero(is_broken)
    if len(broken):
        found = ", ".join(f"{names[j]!r} ({ends[0, j]:g} to {ends[1, j]:g})" for j in broken[:5])
        raise TableError(
            f"TableScaler needs numbers whose scale is a float64, got too large ones in {len(broken)} column(s): "
            f"{found}. Large numbers that hardly differ are ids: leave them out. Otherwise look at these rows: make "
            "broken cells missing (SentinelCleaner(values=...)), or clip them first "
            "(QuantileClipper)."
        )


def _scaler(method: str, n_rows: int) -> Any:
    if method == "quantile":
        return QuantileTransformer(n_quantiles=min(_MAX_QUANTILES, n_rows), subsample=None)
    makers = {"standard": StandardScaler, "robust": RobustScaler, "minmax": MinMaxScaler, "power": PowerTransformer}
    return makers[method]()


def _constant(matrix: np.ndarray) -> np.ndarray:
    return np.nanmin(matrix, axis=0) == np.nanmax(matrix, axis=0)


def _fit_power(power: PowerTransformer, matrix: np.ndarray) -> PowerTransformer:
    """Fit; constant columns get the power 1, the scale 1 and their own value as mean: rounding is no variance."""
    constant = _constant(matrix)
    if not constant.any():
        return power.fit(matrix)
    # Older versions find no power for a constant column, so another stands in for it.
    ramp = np.linspace(0, 1, max(len(matrix), 2))[:, None]
    power.fit(np.where(constant, ramp, matrix))
    power.lambdas_ = np.where(constant, 1.0, power.lambdas_)
    bare = copy(power)
    bare.standardize = False
    standard = power._scaler  # noqa: SLF001 (the StandardScaler behind it has no public name)
    own = bare.transform(np.nanmin(matrix, axis=0)[None])[0]
    standard.mean_ = np.where(constant, own, standard.mean_)
    standard.scale_ = np.where(constant, 1.0, standard.scale_)
    return power


def _replace_zero_scales(scaler: RobustScaler, matrix: np.ndarray, deviations: np.ndarray) -> None:
    lower, upper = np.nanpercentile(matrix, [25, 75], axis=0)
    flat = np.isclose(lower, upper, rtol=1e-12, atol=0)
    scaler.scale_ = np.where(flat & ~_constant(matrix), deviations, scaler.scale_)

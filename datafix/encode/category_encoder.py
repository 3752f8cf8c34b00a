"""Categories as numbers: one-hot, codes for embeddings, or what the target was."""

from __future__ import annotations

import hashlib
import warnings
from typing import Any

import narwhals as nw
import numpy as np
from scipy.sparse import csr_matrix
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.model_selection import KFold
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.validation import check_consistent_length, check_is_fitted, column_or_1d

from datafix.encode.codes import Codebook, learn_codes, look_up
from datafix.encode.target_means import smoothed_means
from datafix.engines import is_lazy
from datafix.errors import DatafixWarning, ParameterError
from datafix.learning import LearnsFromFigures, training_rows
from datafix.names import input_names, unique_names
from datafix.sketches import TableSketch
from datafix.validation import transformed_by_partition, validate_frame

_OUTPUTS = ("onehot", "ordinal", "target")
_MANY_ROWS = 20


class CategoryEncoder(LearnsFromFigures, TransformerMixin, BaseEstimator):
    """Encode categories; unseen, missing and rare ones have a defined code each.

    A missing value that was seen in training is a category of its own. Rare
    categories share one code, and unseen values have it too; where no category
    is rare, an unseen value is all zeros (one-hot), 0 (ordinal) or the mean of
    the target. The distinct values are looked up, not the rows.

    Parameters
    ----------
    output : {"onehot", "ordinal", "target"}, default="onehot"
        ``ordinal`` gives codes for an embedding of ``n_codes_`` rows, of which
        0 is rare and unseen. ``target`` gives the smoothed mean of the target
        (a column a class where there are more than two).
    min_frequency : int or float, optional
        Categories with fewer rows (int), or a smaller share (float), are rare.
    max_categories : int, optional
        At most so many codes a column, missing and rare included.
    smooth : "auto" or float, default="auto"
        Of the target's means, as in scikit-learn's TargetEncoder.
    cv : int, default=5
        Folds in which ``fit_transform`` encodes the training rows.
    random_state : int, RandomState or None
        Of those folds.
    dtype : type, default=numpy.float64
        Of the output.

    Attributes
    ----------
    codes_ : dict of str to dict
        Column to known value (``str``; ``float`` for numbers and booleans;
        None for missing) to code.
    default_code_ : dict of str to int
        Column to the code of all other values, -1 for none.
    n_codes_ : dict of str to int
    encodings_ : dict of str to ndarray of shape (n_codes + 1, n_outputs)
        With ``output="target"``: what each code becomes; the last row is for code -1.
    classes_ : ndarray or None
        With ``output="target"``: the classes of the target, None for a quantity.

    Notes
    -----
    With ``output="target"``, ``fit_transform(X, y)`` encodes every training row
    by folds that do not hold it. ``fit(X, y).transform(X)`` on the same rows
    leaks the target into them.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"city": ["Bern", "Basel", None, "Bern"]})
    >>> encoder = CategoryEncoder().set_output(transform="pandas").fit(frame)
    >>> encoder.transform(frame.head(3))
       city_Basel  city_Bern  city_missing
    0         0.0        1.0           0.0
    1         1.0        0.0           0.0
    2         0.0        0.0           1.0
    >>> CategoryEncoder(output="ordinal").fit(frame).transform(pd.DataFrame({"city": ["Bern", "Rome"]}))
    array([[2.],
           [0.]])
    """

    def __init__(
        self,
        *,
        output: str = "onehot",
        min_frequency: float | None = None,
        max_categories: int | None = None,
        smooth: Any = "auto",
        cv: int = 5,
        random_state: Any = None,
        dtype: Any = np.float64,
    ) -> None:
        self.output = output
        self.min_frequency = min_frequency
        self.max_categories = max_categories
        self.smooth = smooth
        self.cv = cv
        self.random_state = random_state
        self.dtype = dtype

    def fit(self, X: Any, y: Any = None) -> CategoryEncoder:
        """Learn the codes of X, and with ``output="target"`` what y is for each."""
        frame = self._fit_books(X, y)
        if self.output == "target":
            self._learn_target(self._look_up(frame), y)
        return self

    def fit_transform(self, X: Any, y: Any = None) -> np.ndarray:
        """Learn the codes of X and encode it; by folds (cross-fitted) with ``output="target"``."""
        if is_lazy(X):
            return self.fit(X, y).transform(X)
        codes = self._look_up(self._fit_books(X, y))
        if self.output != "target":
            return self._encode(codes)
        outputs = self._learn_target(codes, y)
        return self._cross_fitted(codes, outputs).astype(self.dtype, copy=False)

    def transform(self, X: Any) -> np.ndarray:
        """Return X encoded, of shape (rows, outputs).

        With ``output="target"`` it warns where X holds just the rows of the fit, whose own targets are in the codes.
        """
        if is_lazy(X):
            return transformed_by_partition(self, X)
        codes = self.codes(X)
        self._warn_of_own_target(codes)
        return self._encode(codes)

    def transform_into(self, X: Any, out: np.ndarray) -> None:
        """Write X encoded into ``out``, zeros of shape (rows, outputs): spares a copy of a wide one-hot."""
        codes = self.codes(X)
        self._warn_of_own_target(codes)
        if self.output == "onehot":
            _write_one_hot(codes, list(self.n_codes_.values()), out)
        else:
            out[:] = self._encode(codes)

    def transform_sparse(self, X: Any) -> csr_matrix:
        """Return X encoded as a scipy CSR matrix: one stored value a cell that has a code in a wide one-hot."""
        codes = self.codes(X)
        if self.output != "onehot":
            self._warn_of_own_target(codes)
            return csr_matrix(self._encode(codes))
        known = codes >= 0
        starts = np.cumsum([0, *list(self.n_codes_.values())])
        places = (codes + starts[:-1])[known]
        ends = np.concatenate([[0], np.cumsum(known.sum(axis=1))])
        return csr_matrix((np.ones(len(places), dtype=self.dtype), places, ends), shape=(len(codes), int(starts[-1])))

    def codes(self, X: Any) -> np.ndarray:
        """Return the codes of X, int64 of shape (rows, columns), -1 where a value has none."""
        check_is_fitted(self)
        return self._look_up(validate_frame(self, X, reset=False))

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Return the names of the output's columns."""
        check_is_fitted(self)
        names = input_names(self, input_features)
        if self.output == "onehot":
            pairs = zip(self._books, names, strict=True)
            found = [name for column, own in pairs for name in self._onehot_names(column, own)]
        elif self.output == "target" and self.classes_ is not None and len(self.classes_) > 2:
            found = [f"{name}_{label}" for name in names for label in self.classes_]
        else:
            found = names
        return np.array(unique_names(found), dtype=object)

    def _fit_books(self, X: Any, y: Any) -> nw.DataFrame[Any]:
        """Learn the codes of every column and return the training rows in memory."""
        if self.output == "target" and (is_lazy(X) or isinstance(X, TableSketch)):
            raise ParameterError(
                "CategoryEncoder(output='target') needs rows and their targets in memory, got a lazy frame. "
                "Use output='onehot' or 'ordinal' for it, or fit on a sample: X.sample(...), collected."
            )
        self._check_parameters(y)
        frame, seen = training_rows(self, X)
        self._books = {
            name: learn_codes(
                frame[name],
                seen,
                min_frequency=self.min_frequency,
                max_categories=self.max_categories,
                reserve_zero=self.output == "ordinal",
                who="CategoryEncoder",
            )
            for name in frame.columns
        }
        self.codes_ = {name: book.codes for name, book in self._books.items()}
        self.default_code_ = {name: book.default for name, book in self._books.items()}
        self.n_codes_ = {name: book.n_codes for name, book in self._books.items()}
        return frame

    def _look_up(self, frame: Any) -> np.ndarray:
        columns = [look_up(frame[name], book, who="CategoryEncoder") for name, book in self._books.items()]
        return np.column_stack(columns)

    def _encode(self, codes: np.ndarray) -> np.ndarray:
        if self.output == "ordinal":
            return codes.astype(self.dtype)
        if self.output == "target":
            tables = self.encodings_.values()
            return np.hstack([table[codes[:, j]] for j, table in enumerate(tables)]).astype(self.dtype, copy=False)
        widths = list(self.n_codes_.values())
        encoded = np.zeros((len(codes), sum(widths)), dtype=self.dtype)
        _write_one_hot(codes, widths, encoded)
        return encoded

    def _cross_fitted(self, codes: np.ndarray, outputs: list[np.ndarray]) -> np.ndarray:
        """Encode each fold by what the others say, class by class, so that a fold may lack a class."""
        encoded = np.empty((len(codes), codes.shape[1] * len(outputs)))
        for rest, fold in KFold(self.cv, shuffle=True, random_state=self.random_state).split(codes):
            for j, n_codes in enumerate(self.n_codes_.values()):
                theirs, own = codes[rest, j], codes[fold, j]
                for k, values in enumerate(outputs):
                    means = smoothed_means(theirs, values[rest], n_codes, self.smooth)
                    encoded[fold, j * len(outputs) + k] = means[own]
        return encoded

    def _warn_of_own_target(self, codes: np.ndarray) -> None:
        telling = self.output == "target" and len(codes) >= _MANY_ROWS and bool((codes != codes[0]).any())
        if telling and _content(codes) == self._learned_from:
            warnings.warn(
                "CategoryEncoder.transform was given the rows that it was fitted on: their own targets are in what "
                "comes out. Use fit_transform, which encodes each fold by the others; datafix.prepare does.",
                DatafixWarning,
                stacklevel=3,
            )

    def _learn_target(self, codes: np.ndarray, y: Any) -> list[np.ndarray]:
        """Learn what each code becomes; return the target as one quantity, or as 0/1 for each class that is told."""
        check_consistent_length(codes, y)
        kind = type_of_target(y, input_name="y", raise_unknown=True)
        if kind not in ("binary", "multiclass", "continuous"):
            raise ParameterError(
                f"CategoryEncoder(output='target') needs a target of one quantity or of classes, got a {kind} one. "
                "Give one column of y."
            )
        y = column_or_1d(y)
        self._learned_from = _content(codes)
        if kind == "continuous":
            self.classes_, outputs = None, [y.astype(np.float64)]
        else:
            self.classes_, labels = np.unique(y, return_inverse=True)
            told = [1] if len(self.classes_) <= 2 else range(len(self.classes_))
            outputs = [(labels == label).astype(np.float64) for label in told]
        self.encodings_ = {
            name: np.column_stack([smoothed_means(codes[:, j], values, n_codes, self.smooth) for values in outputs])
            for j, (name, n_codes) in enumerate(self.n_codes_.items())
        }
        return outputs

    def _check_parameters(self, y: Any) -> None:
        if self.output not in _OUTPUTS:
            raise ParameterError(f"CategoryEncoder needs output to be one of {_OUTPUTS}, got {self.output!r}.")
        least, most = self.min_frequency, self.max_categories
        if least is not None and not _is_frequency(least):
            raise ParameterError(
                f"CategoryEncoder needs min_frequency to be a count of at least 1 or a share in (0, 1), got {least!r}."
            )
        if most is not None and not (isinstance(most, int | np.integer) and most >= 1):
            raise ParameterError(f"CategoryEncoder needs max_categories to be a count of at least 1, got {most!r}.")
        if self.output == "target" and y is None:
            raise ParameterError(
                "CategoryEncoder(output='target') requires y to be passed, but the target y is None. Call fit(X, y). "
                "A lazy frame has no y to give: collect it, or a sample."
            )

    def _onehot_names(self, column: str, name: str) -> list[str]:
        book: Codebook = self._books[column]
        names = [f"{name}_{_label(value)}" for value in book.codes]
        return [*names, f"{name}_rare"] if book.default >= 0 else names

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.string = True
        tags.input_tags.categorical = True
        tags.transformer_tags.preserves_dtype = []
        tags.target_tags.required = self.output == "target"
        return tags


def _content(codes: np.ndarray) -> tuple[tuple[int, ...], str]:
    """Return what tells one table of codes from another, process by process."""
    return codes.shape, hashlib.sha256(np.ascontiguousarray(codes).tobytes()).hexdigest()


def _write_one_hot(codes: np.ndarray, widths: list[int], out: np.ndarray) -> None:
    """Write ones into zeros of shape (rows, sum of widths); a row stays zeros where a code is -1."""
    starts = np.cumsum([0, *widths[:-1]])
    rows = np.arange(len(codes))
    for j, start in enumerate(starts):
        known = codes[:, j] >= 0
        every = bool(known.all())
        out[rows if every else rows[known], start + (codes[:, j] if every else codes[known, j])] = 1


def _is_frequency(value: Any) -> bool:
    if isinstance(value, int | np.integer):
        return not isinstance(value, bool) and bool(value >= 1)
    return isinstance(value, float | np.floating) and bool(0 < value < 1)


def _label(value: Any) -> str:
    if value is None:
        return "missing"
    return f"{value:g}" if isinstance(value, float) and f"{value:g}" == repr(value).removesuffix(".0") else str(value)

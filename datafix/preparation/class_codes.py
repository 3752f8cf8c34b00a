"""Class names as numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from datafix.clean import TargetCleaner


class ClassCodes(TransformerMixin, BaseEstimator):
    """Mend the spelling of class names, then number the classes 0..K-1.

    Attributes
    ----------
    cleaner_ : TargetCleaner
    classes_ : ndarray of shape (classes,)
        Sorted; the position is the code.

    Examples
    --------
    >>> codes = ClassCodes().fit(["no", "yes", "no"])
    >>> codes.transform(["yes", "No."]).tolist()
    [1, 0]
    """

    def fit(self, X: Any, y: Any = None) -> ClassCodes:
        """Learn the classes from a target X of shape (rows,); y is ignored."""
        self.cleaner_ = TargetCleaner().fit(X)
        self.classes_ = self.cleaner_.classes_
        return self

    def clean(self, X: Any) -> np.ndarray:
        """Return the class names, mended, of shape (rows,)."""
        check_is_fitted(self)
        return np.asarray(self.cleaner_.transform(X))

    def transform(self, X: Any) -> np.ndarray:
        """Return the codes of class names, int64 of shape (rows,)."""
        codes = {name: code for code, name in enumerate(self.classes_.tolist())}
        return np.array([codes[name] for name in self.clean(X).tolist()], dtype=np.int64)

    def inverse_transform(self, X: Any) -> np.ndarray:
        """Return the class names of codes."""
        check_is_fitted(self)
        return self.classes_[np.asarray(X)]

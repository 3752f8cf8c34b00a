"""Spellings of one class name become one."""

from __future__ import annotations

from collections import Counter
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from datafix.errors import TableError
from datafix.spelling import spelling_key, unify


class TargetCleaner(TransformerMixin, BaseEstimator, auto_wrap_output_keys=None):  # type: ignore[call-arg]  # scikit-learn is untyped
    """Unify spellings of class names, in the training labels and in all later ones.

    A transformer of y, as scikit-learn's LabelEncoder is. Case, blanks, Unicode
    forms and a trailing full stop do not part two names; the most frequent
    spelling of the training labels stands for the others. Labels that are no
    text pass as they are.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The class names that stand, sorted.
    mapping_ : dict of str to str
        Spellings among the training labels that change, and what they become.

    Examples
    --------
    >>> cleaner = TargetCleaner().fit(["<=50K", ">50K", "<=50K"])
    >>> cleaner.transform(["<=50K.", ">50K."])
    array(['<=50K', '>50K'], dtype='<U5')
    """

    def fit(self, y: Any) -> TargetCleaner:
        """Learn the class names of y."""
        codes, labels = _labels(y)
        counts = Counter(dict(zip(range(len(labels)), np.bincount(codes).tolist(), strict=True)))
        texts = {text: n for i, n in counts.items() if (text := _text(labels[i])) is not None}
        self.mapping_ = unify(texts)
        kept = [label for label in labels if _text(label) not in self.mapping_]
        self.classes_ = _array(_sorted(kept))
        return self

    def transform(self, y: Any) -> Any:
        """Return y with its class names mended, as the kind it came.

        Raises
        ------
        TableError
            If a label is missing, or matches no known class.
        """
        check_is_fitted(self)
        codes, labels = _labels(y)
        known = self._known()
        mended = [known.get(_text(label) or label, known.get(_key(label))) for label in labels]
        unknown = [label for label, name in zip(labels, mended, strict=True) if name is None]
        if unknown:
            raise TableError(
                f"TargetCleaner knows the classes {self.classes_.tolist()[:10]}, got {unknown[:5]} "
                f"({np.isin(codes, [labels.index(label) for label in unknown]).sum()} of {len(codes)} labels). "
                "Correct these labels, drop their rows, or fit on labels that have them."
            )
        return _like(y, codes, [box[0] for box in mended if box is not None])

    def fit_transform(self, y: Any) -> Any:
        """Learn the class names of y and return it mended."""
        return self.fit(y).transform(y)

    def _known(self) -> dict[Any, list[Any]]:
        """Return labels, spellings seen and unambiguous keys, each with its class in a box (None may be none)."""
        classes = self.classes_.tolist()
        by_text = {_text(label): label for label in classes if _text(label) is not None}
        keys = Counter(_key(label) for label in classes)
        known = {_key(label): [label] for label in classes if keys[_key(label)] == 1}
        known |= {text: [by_text[name]] for text, name in self.mapping_.items()}
        return known | {(_text(label) or label): [label] for label in classes}

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.target_tags.one_d_labels = True
        return tags


def _labels(y: Any) -> tuple[np.ndarray, list[Any]]:
    """Return labels as codes into the list of distinct ones; refuse missing ones."""
    values = _objects(y)
    try:
        codes, labels = pd.factorize(values)
    except TypeError as error:
        raise TableError(
            f"TargetCleaner needs labels that are text, numbers or truth values, got {type(values[0]).__name__}s such "
            f"as {values[0]!r:.60} ({error}). Give one label a row."
        ) from error
    if not len(codes):
        raise TableError("TargetCleaner needs at least one label, got none.")
    if (missing := codes < 0).any():
        raise TableError(
            f"TargetCleaner needs a label on every row, got {missing.sum()} missing of {len(codes)}, "
            f"the first at position {int(missing.argmax())}. Drop these rows from X and y first."
        )
    return codes, labels.tolist()


def _objects(y: Any) -> np.ndarray:
    native = nw.from_native(y, series_only=True, pass_through=True)
    if isinstance(native, nw.Series):
        y = native.to_list()
    array = np.asarray(y) if not isinstance(y, list | tuple) else _array(y)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array.ravel()
    if array.ndim != 1:
        raise TableError(
            f"TargetCleaner needs labels of shape (rows,), got {type(y).__name__} of shape {array.shape}. "
            "Pass one column."
        )
    return _array(array.tolist())


def _array(values: Any) -> np.ndarray:
    array = np.empty(len(values), dtype=object)
    array[:] = list(values)
    if all(isinstance(value, bool | int | float) for value in values) and len(values):
        kinds = {type(value) for value in values}
        return np.array(values) if len(kinds) == 1 else array
    return array


def _text(label: Any) -> str | None:
    if isinstance(label, bytes):
        return label.decode("utf-8", errors="backslashreplace")
    return label if isinstance(label, str) else None


def _key(label: Any) -> Any:
    text = _text(label)
    return ("key", spelling_key(text)) if text is not None else label


def _sorted(labels: list[Any]) -> list[Any]:
    return sorted(labels, key=lambda label: (type(label).__name__ if _text(label) is None else "str", label))


def _like(y: Any, codes: np.ndarray, labels: list[Any]) -> Any:
    values = np.empty(len(labels), dtype=object)
    values[:] = labels
    mended = values[codes]
    native = nw.from_native(y, series_only=True, pass_through=True)
    if isinstance(y, pd.Series):
        return pd.Series(mended, index=y.index, name=y.name, dtype=_dtype(y, labels))
    if isinstance(native, nw.Series):
        dtype = nw.String if native.dtype in (nw.Categorical, nw.Enum) else native.dtype
        return nw.new_series(native.name, mended.tolist(), dtype, backend=native.implementation).to_native()
    of_one_kind = len({type(label) for label in labels}) == 1
    if (isinstance(y, np.ndarray) and y.dtype == object) or not of_one_kind:
        return mended
    keeps = isinstance(y, np.ndarray) and y.dtype.kind not in "US"
    return np.array(mended.tolist(), dtype=y.dtype if keeps else None)


def _dtype(y: pd.Series, labels: list[Any]) -> Any:
    if isinstance(y.dtype, pd.CategoricalDtype):
        kept = [label for label in y.dtype.categories if label in labels]
        return pd.CategoricalDtype([*kept, *sorted(set(labels) - set(kept))], ordered=y.dtype.ordered)
    return y.dtype

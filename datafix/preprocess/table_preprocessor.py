"""A mixed frame cleaned, imputed, scaled and encoded in one estimator."""

from __future__ import annotations

import warnings
from itertools import pairwise
from typing import Any

import narwhals as nw
import numpy as np
from scipy.sparse import csr_matrix, hstack, issparse
from sklearn import get_config
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.pipeline import Pipeline
from sklearn.utils import estimator_html_repr
from sklearn.utils.validation import check_is_fitted

from datafix.columns import Kind, as_frame, as_numbers, factorize, is_missing, kind_of
from datafix.encode import CategoryEncoder
from datafix.engines import is_lazy, select
from datafix.errors import DatafixWarning, ParameterError, TableError
from datafix.matrix import as_matrix
from datafix.names import column_names, input_names, unique_names
from datafix.preprocess.defaults import default_cleaner, default_estimator
from datafix.preprocess.fitting_lazily import changes_nothing, fit_block, fit_cleaner
from datafix.preprocess.learned import as_html
from datafix.repairs import RepairingTransformer, join_changes, no_changes
from datafix.sketches import ColumnSketch, sketch
from datafix.validation import transformed_by_partition, validate_frame

_BLOCKS = ("numeric", "categorical", "high_cardinality", "datetime")
_WIDE, _ZEROS = 1000, 0.7
"""An output of more columns, and of so many zeros, is sparse."""


class TablePreprocessor(TransformerMixin, BaseEstimator):
    """Clean, impute, scale and encode every column of a mixed frame by its kind.

    Parameters
    ----------
    numeric, categorical, high_cardinality, datetime : estimator, "default", "passthrough" or "drop"
        What becomes of the columns of each kind (after cleaning). The defaults:

        - numbers and booleans: median imputation with indicators, then standard scaling;
        - text of up to ``cardinality_threshold`` distinct values: one-hot, with
          a code for missing and one for rare (under 0.1 % of the rows) and unseen;
        - text of more: one-hot of the most frequent ``cardinality_threshold``
          codes, the rest as rare. It asks for no y; where there is one,
          ``CategoryEncoder(output="target")`` keeps more;
        - times: `DatetimeEncoder`, then as numbers.
    cardinality_threshold : int, default=40
        Most distinct values of a column that is encoded as ``categorical``.
    clean : bool, default=True
        Whether sentinels become missing, numbers and times kept as text are
        parsed, and spellings of categories are unified first.
    sparse_output : bool or "auto", default="auto"
        Whether the output is a scipy CSR matrix; "auto": where it has more
        than 1,000 columns, 70 % of them or more zeros of a one-hot, unless
        ``set_output`` asks for frames.

    Attributes
    ----------
    kinds_ : dict of str to {"number", "boolean", "text", "time", "mixed"}
        Column to its kind as it came. What stays mixed after cleaning is
        encoded as text, by how its values print.
    cleaner_ : Pipeline or None
    blocks_ : list of (str, estimator or "passthrough", list of str)
        Name, fitted estimator and columns, in the order of the outputs.
    dropped_ : list of str
        Columns that were all missing in training.

    Notes
    -----
    ``fit_transform(X, y)`` uses each block's own ``fit_transform``, so that
    encoders that look at y are cross-fitted on the training rows.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"age": [20.0, None, 40.0], "city": ["Bern", "?", "bern"]})
    >>> preprocessor = TablePreprocessor().fit(frame)
    >>> preprocessor.get_feature_names_out().tolist()
    ['age', 'age_missing', 'city_Bern', 'city_missing']
    >>> preprocessor.transform(frame).round(1)
    array([[-1.2, -0.7,  1. ,  0. ],
           [ 0. ,  1.4,  0. ,  1. ],
           [ 1.2, -0.7,  1. ,  0. ]], dtype=float32)
    """

    def __init__(
        self,
        *,
        numeric: Any = "default",
        categorical: Any = "default",
        high_cardinality: Any = "default",
        datetime: Any = "default",
        cardinality_threshold: int = 40,
        clean: bool = True,
        sparse_output: Any = "auto",
    ) -> None:
        self.numeric = numeric
        self.categorical = categorical
        self.high_cardinality = high_cardinality
        self.datetime = datetime
        self.cardinality_threshold = cardinality_threshold
        self.clean = clean
        self.sparse_output = sparse_output

    def fit(self, X: Any, y: Any = None) -> TablePreprocessor:
        """Learn how to prepare the columns of X; y goes to the blocks that use it."""
        if is_lazy(X):
            return self._fit_lazily(X, y)
        cleaned = self._start(X)
        for _, estimator, columns in self.blocks_:
            if estimator != "passthrough":
                estimator.fit(_select(cleaned, columns), y)
        return self

    def fit_transform(self, X: Any, y: Any = None) -> Any:
        """Learn how to prepare X and return it prepared, cross-fitted where a block is."""
        if is_lazy(X):
            return self.fit(X, y).transform(X)
        cleaned = self._start(X)
        outputs: list[np.ndarray | None] = []
        for _, estimator, columns in self.blocks_:
            if estimator == "passthrough":
                outputs.append(_passed(cleaned, columns))
            elif _writes(estimator):
                estimator.fit(_select(cleaned, columns), y)
                outputs.append(None)
            else:
                outputs.append(_dense(estimator.fit_transform(_select(cleaned, columns), y)))
        return self._side_by_side(cleaned, outputs)

    def transform(self, X: Any) -> Any:
        """Return X prepared, float32 of shape (rows, outputs): an array, or what ``sparse_output`` says.

        A lazy frame gives a lazy frame of the same engine, whose columns are the outputs.
        """
        if is_lazy(X):
            check_is_fitted(self)
            return transformed_by_partition(self, X)
        cleaned = self._clean(X)
        if not len(cleaned):  # scikit-learn's steps refuse a table without rows
            empty = np.empty((0, len(self.get_feature_names_out())), dtype=np.float32)
            return csr_matrix(empty) if self._gives_sparse() else empty
        outputs = [
            None if _writes(estimator) else _transformed(estimator, cleaned, columns)
            for _, estimator, columns in self.blocks_
        ]
        return self._side_by_side(cleaned, outputs)

    def as_dict(self, X: Any) -> dict[str, np.ndarray]:
        """Return X prepared as a dict of arrays, for a Keras model of several inputs.

        Returns
        -------
        tensors : dict of str to ndarray
            A block's name to its outputs, float32 of shape (rows, outputs); for
            blocks that are a `CategoryEncoder`, each column's name to its codes,
            int32 of shape (rows,), where 0 is "no code" (an ordinal encoder's
            codes as they are, others plus 1).
        """
        cleaned = self._clean(X)
        tensors: dict[str, np.ndarray] = {}
        for name, estimator, columns in self.blocks_:
            if isinstance(estimator, CategoryEncoder):
                codes = estimator.codes(_select(cleaned, columns)) + (estimator.output != "ordinal")
                tensors |= {column: codes[:, j].astype(np.int32) for j, column in enumerate(columns)}
            else:
                tensors[name] = _transformed(estimator, cleaned, columns).astype(np.float32)
        return tensors

    def changes(self, X: Any) -> dict[str, np.ndarray]:
        """Return every cell of X that the cleaners and imputers change on the way, in their order.

        Returns
        -------
        changes : dict of ndarray
            As `RepairingTransformer.changes` gives it.
        """
        cleaned = self._clean(X)
        raw = validate_frame(self, X, reset=False).to_native()
        parts = [no_changes(), *_changes_of(self.cleaner_, raw)]
        for _, estimator, columns in self.blocks_:
            parts += _changes_of(estimator, _select(cleaned, columns))
        return join_changes(parts)

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Return the names of the output's columns."""
        check_is_fitted(self)
        given = dict(zip(column_names(self), input_names(self, input_features), strict=True))
        names: list[str] = []
        for _, estimator, columns in self.blocks_:
            found = columns if estimator == "passthrough" else estimator.get_feature_names_out(columns)
            names += [str(name) for name in found]
        if list(given) != list(given.values()):
            names = [_renamed(name, given) for name in names]
        return np.array(unique_names(names), dtype=object)

    def _start(self, X: Any) -> nw.DataFrame[Any]:
        """Learn kinds, cleaning and blocks; return X cleaned."""
        self._check_parameters()
        frame = validate_frame(self, X, reset=True)
        self.kinds_: dict[str, Kind] = {name: kind_of(frame[name]) for name in frame.columns}
        self.cleaner_ = default_cleaner() if self.clean else None
        if self.cleaner_ is not None:
            frame = as_frame(self.cleaner_.fit_transform(frame.to_native()))
        self._make_blocks({name: self._route(frame[name]) for name in frame.columns}, len(frame))
        self._refuse_infinite(frame)
        return frame

    def _fit_lazily(self, X: Any, y: Any) -> TablePreprocessor:
        """Learn from what one to three passes over a lazy frame find: as it came, cleaned, and its times encoded."""
        raw = sketch(X)
        if raw.is_whole:
            return self.fit(raw.sample.to_native(), y)
        self._check_parameters()
        validate_frame(self, raw.sample.to_native(), reset=True)
        self.kinds_ = {name: column.kind or "text" for name, column in raw.columns.items()}
        self.cleaner_ = default_cleaner() if self.clean else None
        cleaned = raw
        if self.cleaner_ is not None:
            fit_cleaner(self.cleaner_, raw)
            if not changes_nothing(self.cleaner_):
                X = transformed_by_partition(self.cleaner_, X)
                cleaned = sketch(X)
        self._make_blocks({name: self._route_of(column) for name, column in cleaned.columns.items()}, raw.n_rows)
        self._refuse_counted({name: column.n_infinite for name, column in cleaned.columns.items()})
        for _, estimator, columns in self.blocks_:
            if estimator != "passthrough":
                fit_block(estimator, cleaned.select(columns), select(X, columns), y)
        return self

    def _make_blocks(self, routes: dict[str, str], n_rows: int) -> None:
        self.dropped_ = [name for name, route in routes.items() if route == "nothing"]
        self._warn_of_dropped(n_rows)
        self.blocks_ = [
            (block, self._estimator(block), columns)
            for block in _BLOCKS
            if (columns := [name for name, route in routes.items() if route == block]) and not self._drops(block)
        ]
        if not self.blocks_:
            raise TableError(
                f"TablePreprocessor has no column left of {list(routes)[:10]}: each is all missing or told to be "
                "dropped. Give a table with values."
            )

    def _route(self, column: nw.Series[Any]) -> str:
        kind = kind_of(column)
        if is_missing(column).all():
            return "nothing"
        if kind in ("number", "boolean"):
            return "numeric"
        return "datetime" if kind == "time" else self._route_of_text(len(factorize(column)[1]))

    def _route_of(self, column: ColumnSketch) -> str:
        if column.n_missing == column.n_rows:
            return "nothing"
        if column.kind in ("number", "boolean"):
            return "numeric"
        return "datetime" if column.kind == "time" else self._route_of_text(column.n_values)

    def _route_of_text(self, n_values: int) -> str:
        return "categorical" if n_values <= self.cardinality_threshold else "high_cardinality"

    def _drops(self, block: str) -> bool:
        choice = getattr(self, block)
        return isinstance(choice, str) and choice == "drop"

    def _estimator(self, block: str) -> Any:
        choice = getattr(self, block)
        if not isinstance(choice, str):
            return clone(choice)
        return choice if choice == "passthrough" else default_estimator(block, self.cardinality_threshold)

    def _clean(self, X: Any) -> nw.DataFrame[Any]:
        check_is_fitted(self)
        frame = validate_frame(self, X, reset=False)
        if self.cleaner_ is not None:
            frame = as_frame(self.cleaner_.transform(frame.to_native()))
        self._refuse_infinite(frame)
        return frame

    def _side_by_side(self, cleaned: nw.DataFrame[Any], outputs: list[np.ndarray | None]) -> Any:
        """Return the blocks' outputs as one table; encoders of categories (None) write straight into it."""
        widths = [
            len(estimator.get_feature_names_out()) if output is None else output.shape[1]
            for (_, estimator, _), output in zip(self.blocks_, outputs, strict=True)
        ]
        if self._gives_sparse():
            return self._sparse(cleaned, outputs)
        table = np.zeros((len(cleaned), sum(widths)), dtype=np.float32)
        slices = [table[:, start:end] for start, end in pairwise(np.cumsum([0, *widths]))]
        for (_, estimator, columns), output, part in zip(self.blocks_, outputs, slices, strict=True):
            if output is None:
                estimator.transform_into(_select(cleaned, columns), part)
            else:
                part[:] = output
        return table

    def _gives_sparse(self) -> bool:
        if self.sparse_output != "auto":
            return bool(self.sparse_output)
        own = getattr(self, "_sklearn_output_config", {})
        if own.get("transform", get_config()["transform_output"]) != "default":
            return False
        one_hot = [estimator for _, estimator, _ in self.blocks_ if _writes(estimator) and estimator.output == "onehot"]
        mostly_zeros = sum(sum(encoder.n_codes_.values()) - len(encoder.n_codes_) for encoder in one_hot)
        if mostly_zeros < _ZEROS * _WIDE:  # the usual case, told without making names
            return False
        width = len(self.get_feature_names_out())
        return width > _WIDE and mostly_zeros >= _ZEROS * width

    def _sparse(self, cleaned: nw.DataFrame[Any], outputs: list[np.ndarray | None]) -> csr_matrix:
        parts = [
            estimator.transform_sparse(_select(cleaned, columns)) if output is None else csr_matrix(output)
            for (_, estimator, columns), output in zip(self.blocks_, outputs, strict=True)
        ]
        return hstack(parts, format="csr", dtype=np.float32)

    def _repr_html_(self) -> str:
        """Return scikit-learn's diagram, with a table of what was learned under it once fitted."""
        diagram = estimator_html_repr(self)
        return as_html(self, diagram) if hasattr(self, "blocks_") else diagram

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, str]:
        page = {"text/html": self._repr_html_()} if get_config()["display"] == "diagram" else {}
        return {"text/plain": repr(self), **page}

    def _refuse_infinite(self, frame: nw.DataFrame[Any]) -> None:
        used = {name for block, _, columns in self.blocks_ if block == "numeric" for name in columns}
        self._refuse_counted({name: _count_infinite(frame[name]) for name in frame.columns if name in used})

    def _refuse_counted(self, n_infinite: dict[str, int]) -> None:
        used = {name for block, _, columns in self.blocks_ if block == "numeric" for name in columns}
        counts = {name: count for name, count in n_infinite.items() if name in used and count}
        if counts:
            found = ", ".join(f"{name!r} ({count})" for name, count in list(counts.items())[:5])
            raise TableError(
                f"TablePreprocessor needs finite or missing numbers, got infinity in {len(counts)} column(s): {found}. "
                "Make them missing (X.replace([np.inf, -np.inf], np.nan)) or clip them first."
            )

    def _warn_of_dropped(self, n_rows: int) -> None:
        if self.dropped_:
            warnings.warn(
                f"TablePreprocessor drops {self.dropped_[:5]}: all {n_rows} training values are missing.",
                DatafixWarning,
                stacklevel=4,
            )

    def _check_parameters(self) -> None:
        if not isinstance(self.sparse_output, bool) and self.sparse_output != "auto":
            raise ParameterError(
                f"TablePreprocessor needs sparse_output to be True, False or 'auto', got {self.sparse_output!r}."
            )
        for block in _BLOCKS:
            choice = getattr(self, block)
            known = ("default", "passthrough", "drop")
            if (
                choice not in known
                if isinstance(choice, str)
                else isinstance(choice, type) or not hasattr(choice, "transform")
            ):
                raise ParameterError(
                    f"TablePreprocessor needs {block} to be an estimator with transform "
                    f"or one of {known}, got {choice!r}."
                )
        if not isinstance(self.cardinality_threshold, int) or self.cardinality_threshold < 1:
            raise ParameterError(
                f"TablePreprocessor needs cardinality_threshold to be a count of at least 1, "
                f"got {self.cardinality_threshold!r}."
            )

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.string = True
        tags.input_tags.categorical = True
        tags.transformer_tags.preserves_dtype = []
        return tags


def _select(frame: nw.DataFrame[Any], columns: list[str]) -> Any:
    return frame.select(columns).to_native()


def _transformed(estimator: Any, cleaned: nw.DataFrame[Any], columns: list[str]) -> np.ndarray:
    if estimator == "passthrough":
        return _passed(cleaned, columns)
    return _dense(estimator.transform(_select(cleaned, columns)))


def _passed(cleaned: nw.DataFrame[Any], columns: list[str]) -> np.ndarray:
    return as_matrix(cleaned.select(columns), who="TablePreprocessor(..., 'passthrough')")


def _writes(estimator: Any) -> bool:
    """Whether a fitted estimator can write into the output, for any rows, without a copy of its own."""
    return isinstance(estimator, CategoryEncoder) and estimator.output != "target"


def _dense(output: Any) -> np.ndarray:
    return output.toarray() if issparse(output) else np.asarray(output)


def _changes_of(estimator: Any, X: Any) -> list[dict[str, np.ndarray]]:
    """Return the changes of the repairing steps that an estimator begins with: those after others see no raw cells."""
    steps = [step for _, step in estimator.steps] if isinstance(estimator, Pipeline) else [estimator]
    parts = []
    for step in steps:
        if not isinstance(step, RepairingTransformer):
            break
        parts.append(step.changes(X))
        X = step.transform(X)
    return parts


def _count_infinite(column: nw.Series[Any]) -> int:
    if not (column.dtype.is_float() or column.dtype == nw.Object):
        return 0
    if kind_of(column) != "number":
        return 0
    numbers = as_numbers(column)
    # Finite unless a value is not, or the sum overflows: one cheap pass for the usual case.
    with np.errstate(over="ignore", invalid="ignore"):
        return 0 if np.isfinite(np.nansum(numbers)) else int(np.isinf(numbers).sum())


def _renamed(name: str, given: dict[str, str]) -> str:
    known = [old for old in given if name == old or name.startswith(f"{old}_")]
    return given[max(known, key=len)] + name[len(max(known, key=len)) :] if known else name

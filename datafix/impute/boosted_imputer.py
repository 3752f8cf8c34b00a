"""Missing cells of a mixed frame, filled from the other cells of their row by boosted trees."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import narwhals as nw
import numpy as np
from joblib import Parallel, delayed
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted
from threadpoolctl import threadpool_limits

from datafix.columns import is_missing, kind_of
from datafix.engines import is_lazy
from datafix.errors import ParameterError
from datafix.impute.design import Design
from datafix.impute.filling import filled_with, is_stored_as
from datafix.impute.gaussian import Gaussian, fit_gaussian
from datafix.impute.indicators import indicator_names, indicators, refuse_all_missing
from datafix.learning import LearnsFromFigures, training_rows
from datafix.matrix import refuse_infinite
from datafix.names import input_names
from datafix.repairs import Repair, RepairingTransformer, with_columns
from datafix.validation import transformed_by_partition

_PRIOR_ROWS = 2_000
_FEW_ROWS = 20_000
_MOST_CLASSES = 30
_KNOWN_ROWS = 200
# From here on rows are enough to grow more trees and to hold some rows back that say when to stop.
_MANY_ROWS = 1_000
_STOPPING = {"early_stopping": True, "validation_fraction": 0.15, "n_iter_no_change": 8}
# Of a category's chances; chosen on seeds 0 to 2 of benchmarks/impute_quality.py.
_GAUSSIAN_SHARE = 0.7


class BoostedImputer(LearnsFromFigures, RepairingTransformer):
    """Fill each missing cell from the other cells of its row, by one pass of boosted trees over a Gaussian.

    A multivariate normal distribution (by EM) says what each cell is to be,
    given the others. Boosted trees then correct it: a number becomes the mean
    of two fits, one of what the Gaussian leaves over and one of the value
    itself, which reads missing values and categories as they are; a category,
    the likeliest by the chances of the Gaussian (0.7) and of a classifier.
    Times are seconds. `transform` draws nothing at random, and fills a row the
    same whatever rows stand beside it.

    A column without gaps in training has no trees: its later gaps get what the
    Gaussian expects. A column that is stored as whole numbers is filled with
    whole numbers. The Gaussian knows categories of columns that have up to
    20, the trees those of up to 30; columns of more get the most frequent value.

    Parameters
    ----------
    max_iter : int, default=60
        Trees of each fit (of a category: half as many a class). A number with
        1000 values or more gets up to three times as many, and of twice the
        leaves, until 15 % of the rows, held back, gain no more by them.
    learning_rate : float, default=0.06
    indicator : bool, default=True
        Whether a 0/1 column ``<column>_missing`` is appended for every column
        that had missing values in training.
    max_samples : int, default=50_000
        Rows to learn from, drawn at random where there are more; rows that
        have a value of each column are added.
    random_state : int, RandomState or None
        Of these draws.
    n_jobs : int or None
        Columns whose trees are grown at once, as in scikit-learn: with ``joblib.parallel_config("dask")`` by the
        workers of a cluster. What is learned is the same.

    Attributes
    ----------
    models_ : dict of str to list
        Column to its fitted trees; of the columns with gaps in training.
    gaussian_ : Gaussian
        Of the standardised columns, categories as 0 and 1.
    indicator_columns_ : list of str
        Columns that have an indicator.
    n_iter_ : int
        Most trees of any fit (a class); ``max_iter`` where there is none.

    Raises
    ------
    TableError
        If a column is all missing in training, or holds infinity.

    See Also
    --------
    TableImputer : one fill a column; exports to Keras, which trees cannot.

    References
    ----------
    van Buuren, Flexible Imputation of Missing Data, 2nd ed., 2018, for
    imputation by the other columns.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> x = np.arange(100.0)
    >>> frame = pd.DataFrame({"x": x, "twice": np.where(x == 70, np.nan, 2 * x)})
    >>> imputer = BoostedImputer(indicator=False, random_state=0).fit(frame)
    >>> bool(abs(imputer.transform(frame)["twice"][70] - 140) < 3)
    True
    """

    def __init__(
        self,
        *,
        max_iter: int = 60,
        learning_rate: float = 0.06,
        indicator: bool = True,
        max_samples: int = 50_000,
        random_state: Any = None,
        n_jobs: int | None = None,
    ) -> None:
        self.max_iter = max_iter
        self.learning_rate = learning_rate
        self.indicator = indicator
        self.max_samples = max_samples
        self.random_state = random_state
        self.n_jobs = n_jobs

    def fit(self, X: Any, y: Any = None) -> BoostedImputer:
        """Learn from X how its columns go together (of a lazy frame from 250,000 rows drawn); y is ignored."""
        self._check_parameters()
        frame, seen = training_rows(self, X)
        missing = {name: is_missing(frame[name]) for name in frame.columns}
        refuse_all_missing(missing, who="BoostedImputer")
        random = check_random_state(self.random_state)
        self._kinds = {name: kind_of(frame[name]) for name in frame.columns}
        self._design = Design.of(frame)
        values = self._design.values(frame)
        refuse_infinite(self._design.names, values, who="BoostedImputer")
        incomplete = [name for name, mask in missing.items() if mask.any()]
        told = incomplete if seen is None else [name for name, column in seen.columns.items() if column.n_missing]
        self.indicator_columns_ = told if self.indicator else []
        values = values[self._sample(values, random)]
        Z = self._design.standardised(values)
        self.gaussian_: Gaussian = fit_gaussian(_with_a_value(Z, random.permutation(len(Z))[:_PRIOR_ROWS]))
        expected = self.gaussian_.expected(Z)
        seeds = [int(random.randint(np.iinfo(np.int32).max)) for _ in incomplete]
        learn = delayed(self._learn)
        learned = Parallel(n_jobs=self.n_jobs)(
            learn(name, values, Z, expected, seed) for name, seed in zip(incomplete, seeds, strict=True)
        )
        self.models_ = dict(zip(incomplete, learned, strict=True))
        fits = [model for models in self.models_.values() for model in models]
        self.n_iter_ = max((model.n_iter_ for model in fits), default=self.max_iter)
        return self

    def transform(self, X: Any) -> Any:
        """Return X without missing cells, its indicator columns at the end; the same kind as X."""
        if is_lazy(X):
            return transformed_by_partition(self, X)
        frame = self._read(X)
        filled = [repair.after for repair in self._repairs(frame)]
        return self._give(with_columns(frame, [*filled, *indicators(frame, self.indicator_columns_, self._kinds)]), X)

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Return the names of the output's columns: those of X, then the indicators'."""
        check_is_fitted(self)
        names = input_names(self, input_features)
        return np.array([*names, *indicator_names(self.indicator_columns_, self._kinds)], dtype=object)

    def _sample(self, values: np.ndarray, random: np.random.RandomState) -> np.ndarray:
        """Return the rows to learn from: all, or so many at random and some with a value of each column."""
        n_rows = len(values)
        if n_rows <= self.max_samples:
            return np.arange(n_rows)
        chosen = [random.choice(n_rows, self.max_samples, replace=False)]
        for j in range(values.shape[1]):
            known = np.flatnonzero(~np.isnan(values[:, j]))
            chosen.append(random.choice(known, min(len(known), _KNOWN_ROWS), replace=False))
        return np.unique(np.concatenate(chosen))

    def _learn(self, name: str, values: np.ndarray, Z: np.ndarray, expected: np.ndarray, seed: int) -> list[Any]:
        """Return the trees of a column: none where it has too many classes, or one, or stands alone."""
        at = self._design.position(name)
        rows = np.flatnonzero(~np.isnan(values[:, at]))
        if len(self._design.names) == 1:
            return []
        if self._design.is_category(name):
            # A tree a class and round: half the rounds, each twice as bold.
            options = self._options(seed) | {
                "max_iter": -(-self.max_iter // 2),
                "learning_rate": min(2 * self.learning_rate, 1.0),
            }
            classifier = HistGradientBoostingClassifier(**options, max_leaf_nodes=8, min_samples_leaf=8)
            others = np.delete(_filled(Z[rows], expected[rows]), self._design.places(name), axis=1)
            if not (1 < len(self._design.levels[name]) <= _MOST_CLASSES and others.shape[1]):
                return []
            with _threads(len(rows)):
                return [classifier.fit(others, values[rows, at])]
        (place,) = self._design.places(name)
        target = Z[rows, place]
        options, more = self._options(seed), 1
        if len(rows) >= _MANY_ROWS:
            options, more = options | {"max_iter": 3 * self.max_iter} | _STOPPING, 2
        left_over = HistGradientBoostingRegressor(**options, max_leaf_nodes=8 * more)
        direct = HistGradientBoostingRegressor(
            **options, max_leaf_nodes=12 * more, min_samples_leaf=8, **self._reading(at)
        )
        with _threads(len(rows)):
            left_over.fit(_corrected(Z[rows], expected[rows], place), target - expected[rows, place])
            direct.fit(np.delete(values[rows], at, axis=1), target)
        return [left_over, direct]

    def _options(self, seed: int) -> dict[str, Any]:
        return {
            "max_iter": self.max_iter,
            "learning_rate": self.learning_rate,
            "early_stopping": False,
            "random_state": seed,
        }

    def _reading(self, at: int) -> dict[str, list[bool]]:
        """Return which of the other columns are read as categories."""
        return {"categorical_features": [c for j, c in enumerate(self._design.native_categories()) if j != at]}

    def _repairs(self, frame: nw.DataFrame[Any]) -> Iterator[Repair]:
        missing = {name: is_missing(frame[name]) for name in frame.columns}
        gaps = {name: mask for name, mask in missing.items() if mask.any()}
        for name, mask in missing.items():
            if name not in gaps and not is_stored_as(frame[name], self._kinds[name]):
                yield _filling(frame[name], mask, np.empty(0), self._kinds[name])
        if not gaps:
            return
        values = self._design.values(frame)
        refuse_infinite(self._design.names, values, who="BoostedImputer")
        rows = np.flatnonzero(np.isnan(values).any(axis=1))
        where = np.full(len(values), -1)
        where[rows] = np.arange(len(rows))
        values = values[rows]
        Z = self._design.standardised(values)
        expected = self.gaussian_.expected(Z)
        for name, mask in gaps.items():
            fills = self._fills(name, where[mask], values, Z, expected)
            yield _filling(frame[name], mask, fills, self._kinds[name])

    def _fills(
        self, name: str, rows: np.ndarray, values: np.ndarray, Z: np.ndarray, expected: np.ndarray
    ) -> np.ndarray:
        """Return the value of each gap, in the column's own units or as its label."""
        models, places = self.models_.get(name, []), self._design.places(name)
        if self._design.is_category(name):
            if not models and not places:
                return np.full(len(rows), self._design.most_frequent[name], dtype=object)
            chances = self._chances(name, Z[rows], expected[rows])
            return self._design.labels(name)[chances.argmax(axis=1)]
        place = places[0]
        others = np.delete(values[rows], self._design.position(name), axis=1)
        prior = expected[rows, place]
        if not models:
            return self._design.in_units(name, prior)
        with _threads(len(rows)):
            corrected = prior + models[0].predict(_corrected(Z[rows], expected[rows], place))
            return self._design.in_units(name, (corrected + models[1].predict(others)) / 2)

    def _chances(self, name: str, Z: np.ndarray, expected: np.ndarray) -> np.ndarray:
        """Return how likely each category is, of shape (rows, categories): by the trees, the Gaussian or both."""
        models, places = self.models_.get(name, []), self._design.places(name)
        by_gaussian = _shares(expected[:, places])
        if not models:
            return by_gaussian
        by_trees = np.zeros((len(Z), len(self._design.levels[name])))
        with _threads(len(Z)):
            known = models[0].classes_.astype(int)
            by_trees[:, known] = models[0].predict_proba(np.delete(_filled(Z, expected), places, axis=1))
        return by_trees + _GAUSSIAN_SHARE * (by_gaussian - by_trees) if places else by_trees

    def _check_parameters(self) -> None:
        for name in ("max_iter", "max_samples"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
                raise ParameterError(f"BoostedImputer needs {name} to be a count of at least 1, got {value!r}.")
        if not self.learning_rate > 0:
            raise ParameterError(f"BoostedImputer needs learning_rate to be above 0, got {self.learning_rate!r}.")


def _filling(column: nw.Series[Any], mask: np.ndarray, fills: np.ndarray, kind: str) -> Repair:
    return Repair(
        before=column,
        after=filled_with(column, mask, fills, kind),
        rows=np.flatnonzero(mask),
        reason="missing, filled from the other columns",
        confidence=0.6,
    )


def _filled(Z: np.ndarray, expected: np.ndarray) -> np.ndarray:
    return np.where(np.isnan(Z), expected, Z)


def _corrected(Z: np.ndarray, expected: np.ndarray, place: int) -> np.ndarray:
    """Return the columns without gaps, in the place of one what is expected of it."""
    filled = _filled(Z, expected)
    filled[:, place] = expected[:, place]
    return filled


def _shares(expected: np.ndarray) -> np.ndarray:
    """Return the chances of all categories from what is expected of the 0 and 1 of all but the first."""
    chances = np.column_stack([1 - expected.sum(axis=1), expected]).clip(1e-3, 1)
    return chances / chances.sum(axis=1, keepdims=True)


def _with_a_value(Z: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Return the rows, and for each column that has no value among them one row that has."""
    empty = np.flatnonzero(np.isnan(Z[rows]).all(axis=0))
    return Z[np.concatenate([rows, [int(np.flatnonzero(~np.isnan(Z[:, j]))[0]) for j in empty]]).astype(int)]


def _threads(n_rows: int) -> threadpool_limits:
    """Limit OpenMP to one thread for few rows, where several cost many times their gain."""
    return threadpool_limits(1 if n_rows < _FEW_ROWS else None, user_api="openmp")

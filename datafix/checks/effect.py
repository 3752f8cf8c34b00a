"""How much a finding matters: what a quick model scores with and without what leaks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor
from sklearn.model_selection import KFold
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor

from datafix.checks.tables import Tables
from datafix.columns import as_numbers, factorize
from datafix.spelling import spelling_key
from datafix.table import Table

MOST_ROWS = 4000
FEWEST_ROWS = 30
N_TREES = 30
HUGE = 1e18
FOLDS = 3


@dataclass(frozen=True)
class Effect:
    """Scores of a quick model, of the same rows.

    Attributes
    ----------
    score_with, score_without : float
        Accuracy, mean of the classes' shares found ("balanced accuracy"), or R².
    metric : str
    what : str
        The two things compared, for the reader.
    """

    score_with: float
    score_without: float
    metric: str
    what: str

    @property
    def gain(self) -> float:
        """How much better the score is with what leaks."""
        return self.score_with - self.score_without

    @property
    def told(self) -> str:
        """One sentence."""
        return (
            f" Effect: a quick model has {self.metric} {self.score_with:.2f} {self.what}, "
            f"{self.score_without:.2f} without."
        )


def told(effect: Effect | None) -> str:
    """Return the sentence of an effect, or that it could not be measured."""
    return " Effect: not measured, for want of a target or of rows." if effect is None else effect.told


def evidence(effect: Effect | None) -> dict[str, Any]:
    """Return the figures of an effect; none where it could not be measured."""
    if effect is None:
        return {"score_with": None, "score_without": None, "metric": None}
    return {"score_with": effect.score_with, "score_without": effect.score_without, "metric": effect.metric}


def effect_of_rows(tables: Tables, leaking: np.ndarray, affected: np.ndarray) -> Effect | None:
    """Score the affected test rows by models that learn from all training rows, and from all but the leaking ones.

    Parameters
    ----------
    leaking, affected : int64 ndarray
        Positions in train and in test.
    """
    known = _targets(tables)
    if known is None or tables.test is None:
        return None
    y, y_test = known
    random = np.random.RandomState(tables.random_state)
    affected = _sampled(affected[_is_known(y_test[affected])], random, MOST_ROWS // 2)
    usable = np.flatnonzero(_is_known(y))
    leaks = np.zeros(len(y), dtype=bool)
    leaks[leaking] = True
    others = _sampled(usable[~leaks[usable]], random, MOST_ROWS)
    leaking = _sampled(usable[leaks[usable]], random, MOST_ROWS)
    if len(others) < FEWEST_ROWS or not len(affected) or _one_value(y[others]):
        return None
    X, X_test = matrices(tables, others, leaking, affected=affected)
    n = len(others)
    y_all = np.concatenate([y[others], y[leaking]])
    task = tables.task or "regression"
    scores = [
        _score(y_test[affected], _fitted(X[:end], y_all[:end], task, tables.random_state).predict(X_test), y_all, task)
        for end in (len(y_all), n)
    ]
    metric = "an accuracy of" if task == "classification" else "an R² of"
    return Effect(
        scores[0], scores[1], metric, f"on the {len(affected)} test row(s) concerned with these rows in training"
    )


def effect_of_column(
    table: Table, column: str, others: list[str], y: np.ndarray, *, task: str, random_state: int
) -> Effect | None:
    """Cross-fit a model of y on the training rows, with other columns and this one, and with the others alone.

    Parameters
    ----------
    y : float64 ndarray of shape (training rows,)
        Class codes or numbers, missing as NaN.
    """
    rows = _sampled(np.flatnonzero(_is_known(y)), np.random.RandomState(random_state), MOST_ROWS)
    if len(rows) < FEWEST_ROWS or _one_value(y[rows]):
        return None
    X = np.column_stack([np.zeros(len(rows)), *(encoded(table, name)[rows] for name in [*others, column])])
    scores = [cross_fitted_score(X[:, :end], y[rows], task, random_state) for end in (X.shape[1], X.shape[1] - 1)]
    metric = "a balanced accuracy of" if task == "classification" else "an R² of"
    return Effect(scores[0], scores[1], metric, "with it (cross-fitted)")


def effect_of_preparation(tables: Tables, mended: Callable[[np.ndarray, np.ndarray], Any]) -> Effect | None:
    """Score the test rows as they were given, and prepared again by what the training rows teach.

    Parameters
    ----------
    mended : callable of (X, X_test) to (X, X_test)
        Numbers of both parts, columns in the order of ``train.columns``.
    """
    known = _targets(tables)
    if known is None or tables.test is None:
        return None
    y, y_test = known
    random = np.random.RandomState(tables.random_state)
    rows = _sampled(np.flatnonzero(_is_known(y)), random, MOST_ROWS)
    affected = _sampled(np.flatnonzero(_is_known(y_test)), random, MOST_ROWS // 2)
    if len(rows) < FEWEST_ROWS or not len(affected) or _one_value(y[rows]):
        return None
    whole = [
        np.column_stack([encoded(part, name, like=tables.train) for name in tables.train.columns])
        for part in (tables.train, tables.test)
    ]
    task = tables.task or "regression"
    scores = []
    for X, X_test in (whole, mended(*whole)):
        model = (KNeighborsClassifier if task == "classification" else KNeighborsRegressor)(5)
        center = np.nanmean(X[rows], axis=0)
        model.fit(_filled(X[rows], center), y[rows])
        scores.append(_score(y_test[affected], model.predict(_filled(X_test[affected], center)), y[rows], task))
    metric = "an accuracy of" if task == "classification" else "an R² of"
    return Effect(scores[0], scores[1], metric, "on the test rows as they are")


def cross_fitted_score(X: np.ndarray, y: np.ndarray, task: str, random_state: int) -> float:
    """Return the balanced accuracy or R² of out-of-fold predictions."""
    predicted = np.empty(len(y))
    for learned, asked in KFold(FOLDS, shuffle=True, random_state=random_state).split(X):
        predicted[asked] = _fitted(X[learned], y[learned], task, random_state).predict(X[asked])
    if task == "regression":
        return _score(y, predicted, y, task)
    return float(np.mean([(predicted[y == k] == k).mean() for k in np.unique(y)]))


def target_values(table: Table, task: str | None) -> np.ndarray | None:
    """Return the target as class codes or numbers, float64 of shape (rows,); NaN where it is missing."""
    if table.target is None or task is None:
        return None
    if task == "regression":
        return _tame(as_numbers(table.target))
    codes = table.class_codes()[0].astype(np.float64)
    return np.where(codes < 0, np.nan, codes)


def encoded(table: Table, column: str, *, like: Table | None = None) -> np.ndarray:
    """Return a feature as float64 of shape (rows,): numbers as they are, categories as codes of the table ``like``."""
    if table.kinds[column] in ("number", "boolean", "time"):
        return _tame(table.numbers(column))
    codes, uniques = table.factorize(column)
    if like is not None and like is not table:
        known = {value: code for code, value in enumerate(like.factorize(column)[1].tolist())}
        codes = np.append([known.get(value, -1) for value in uniques.tolist()], -1)[codes]
    return np.where(codes < 0, np.nan, codes.astype(np.float64))


def matrices(tables: Tables, *rows: np.ndarray, affected: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return chosen training and test rows as numbers, of shape (rows, features)."""
    train, test = tables.train, tables.test
    assert test is not None  # the callers see to it
    chosen = np.concatenate(rows)
    if train.images is not None and test.images is not None:
        return tuple(_pixels(part, at) for part, at in ((train.images, chosen), (test.images, affected)))  # type: ignore[return-value]
    columns = [name for name in train.columns if name in test.columns]
    return (
        np.column_stack([np.zeros(len(chosen)), *(encoded(train, name)[chosen] for name in columns)]),
        np.column_stack([np.zeros(len(affected)), *(encoded(test, name, like=train)[affected] for name in columns)]),
    )


def _pixels(images: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Return at most 16 × 16 pixels of each image."""
    steps = [max(1, size // 16) for size in images.shape[1:3]]
    return images[rows][:, :: steps[0], :: steps[1]].reshape(len(rows), -1).astype(np.float64)


def codes_like_train(tables: Tables) -> np.ndarray:
    """Return the test labels in the codes of train, their spelling unified: -1 other classes, -2 missing."""
    assert tables.test is not None  # the callers see to it
    assert tables.test.target is not None
    known: dict[Any, int] = {}
    for code, name in enumerate(tables.train.class_codes()[1].tolist()):
        known.setdefault(_unified(name), code)
        known[name] = code
    codes, uniques = factorize(tables.test.target)
    mapped = [known.get(name, known.get(_unified(name), -1)) for name in uniques.tolist()]
    return np.array([*mapped, -2], dtype=np.int64)[codes]


def _unified(name: Any) -> Any:
    return (spelling_key(name),) if isinstance(name, str) else name


def _targets(tables: Tables) -> tuple[np.ndarray, np.ndarray] | None:
    """Return both targets in the training part's codes; a class that only test has is -1."""
    y = target_values(tables.train, tables.task)
    if y is None or tables.test is None or tables.test.target is None:
        return None
    if tables.task == "regression":
        y_test = target_values(tables.test, tables.task)
        return None if y_test is None else (y, y_test)
    codes = codes_like_train(tables)
    return y, np.where(codes == -2, np.nan, codes)


def _fitted(X: np.ndarray, y: np.ndarray, task: str, random_state: int) -> Any:
    forest = ExtraTreesClassifier if task == "classification" else ExtraTreesRegressor
    return forest(N_TREES, random_state=random_state, n_jobs=1).fit(X, y)


def _score(y: np.ndarray, predicted: np.ndarray, taught: np.ndarray, task: str) -> float:
    if task == "classification":
        return float((y == predicted).mean())
    spread = ((y - taught.mean()) ** 2).mean()
    return float(1 - ((y - predicted) ** 2).mean() / spread) if spread else 0.0


def _filled(X: np.ndarray, center: np.ndarray) -> np.ndarray:
    return np.nan_to_num(np.where(np.isnan(X), center, X))


def _tame(values: np.ndarray) -> np.ndarray:
    """Return infinities as missing, and numbers as far as their squares go."""
    return np.where(np.isfinite(values), np.clip(values, -HUGE, HUGE), np.nan)


def _sampled(rows: np.ndarray, random: np.random.RandomState, size: int) -> np.ndarray:
    return rows if len(rows) <= size else np.sort(random.permutation(rows)[:size])


def _is_known(y: np.ndarray) -> np.ndarray:
    return ~np.isnan(y)


def _one_value(y: np.ndarray) -> bool:
    return bool((y == y[0]).all())

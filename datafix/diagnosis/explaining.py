"""explain_prediction(): why one prediction is what it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np

from datafix.checks.cross_fitted import predictions
from datafix.diagnosis import quick
from datafix.diagnosis.after import mislabeled_train
from datafix.diagnosis.after.names import feature_names
from datafix.diagnosis.after.pictures import of_rows
from datafix.diagnosis.case import Case
from datafix.diagnosis.rows import Rows
from datafix.errors import ParameterError
from datafix.preparation import Prepared
from datafix.report import Issue, Report, Severity

NEAR = 5
FAR = 0.99
UNLIKELY = 0.1
UNSURE = 0.2
MOST_COLUMNS = 500
TOP = 3


def explain_prediction(model: Any, prepared: Prepared, row: int) -> Report:
    """Find the likeliest causes of one prediction, with the training rows that show them.

    Parameters
    ----------
    model : keras.Model
        Compiled and trained, of one input and one output.
    prepared : Prepared
        What it was trained on.
    row : int
        Position of the row in the table that was given to ``datafix.prepare``; of any part.

    Returns
    -------
    report : Report
        Causes, the likeliest first. Where they are about training rows, ``rows`` has their positions in that table.

    Raises
    ------
    ParameterError
        If the row is in no part, or the model and the data do not fit.

    Examples
    --------
    >>> import keras, numpy as np, datafix
    >>> X = np.repeat([[0.0], [1.0]], 40, axis=0) + np.linspace(0, 0.1, 80)[:, None]
    >>> y = np.repeat([0, 1], 40)
    >>> y[79] = 0
    >>> split = datafix.Split(train=np.arange(79), test=[79])
    >>> prepared = datafix.prepare(None, X, y, split=split)
    >>> model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, activation="sigmoid")])
    >>> model.compile(optimizer=keras.optimizers.Adam(0.5), loss="binary_crossentropy")
    >>> history = model.fit(prepared.train.features, prepared.train.target, epochs=20, verbose=0)
    >>> explain_prediction(model, prepared, 79).issues[0].check
    'mislabeled'
    """
    if not isinstance(prepared, Prepared):
        raise ParameterError(
            f"explain_prediction needs the Prepared of datafix.prepare, got {type(prepared).__name__}."
        )
    if not isinstance(row, Integral) or isinstance(row, bool):
        raise ParameterError(f"explain_prediction needs the position of one row, an integer, got {row!r}.")
    case = Case(model, prepared, who="explain_prediction")
    if lacking := sorted(case.subject.lacking.keys() & {"array", "numbers", "one_output", "target", "labels", "fits"}):
        raise ParameterError(f"explain_prediction cannot judge this model: {case.subject.lacking[lacking[0]]}.")
    asked = _Asked.of(case, row)
    issues = [*_causes(asked)]
    return Report(
        sorted(issues, key=lambda issue: -float(issue.evidence.get("strength", 0.0))),
        shapes={"train": case.train.features.shape},
        title=f"datafix explain_prediction: row {row}, {asked.told}",
    )


@dataclass(frozen=True)
class _Asked:
    """One row, and its nearest training rows.

    Attributes
    ----------
    case : Case
    rows : Rows
        The part that it is in.
    at : int
        Its place among these.
    near : int64 ndarray
        Places of the nearest training rows, the nearest first, itself left out.
    """

    case: Case
    rows: Rows
    at: int
    near: np.ndarray

    @classmethod
    def of(cls, case: Case, row: int) -> _Asked:
        for name, part in case.prepared.parts.items():
            places = np.flatnonzero(np.asarray(part.index) == row)
            if len(places):
                rows = Rows.of(case, name, at=places[:1])
                train = case.train
                near = quick.nearest(train.matrix, rows.matrix, NEAR + 1)[0]
                return cls(case, rows, 0, near[train.index[near] != row][:NEAR])
        sizes = {name: len(part) for name, part in case.prepared.parts.items()}
        raise ParameterError(
            f"explain_prediction needs the position of a row in some part of the table, got {row!r}; parts: {sizes}."
        )

    @property
    def is_wrong(self) -> bool:
        """Whether the prediction is wrong."""
        return bool(self.rows.wrong[self.at])

    @property
    def told(self) -> str:
        """Label and prediction in words."""
        case, rows = self.case, self.rows
        if not case.is_classification:
            return f"target {rows.y[self.at]:.4g}, predicted {rows.predicted[self.at]:.4g}"
        label, predicted = case.class_name(int(rows.y[self.at])), case.class_name(int(rows.predicted[self.at]))
        if not case.gives_probabilities:
            return f"label {label}, predicted {predicted}"
        return f"label {label}, predicted {predicted} ({case.probabilities(rows.outputs)[self.at].max():.0%})"


def _causes(asked: _Asked) -> Iterator[Issue]:
    yield from _unlike(asked)
    yield from _imputed(asked)
    yield from _neighbours(asked)
    if asked.case.is_classification:
        yield from _rare(asked)
    if asked.case.gives_probabilities:
        yield from _label(asked)
        yield from _unsure(asked)
    yield from _deciding(asked)


def _label(asked: _Asked) -> Iterator[Issue]:
    case, rows, at = asked.case, asked.rows, asked.at
    trees = predictions(case.forest, rows.matrix, case.n_classes, "classification")[at]
    own = case.probabilities(rows.outputs)[at]
    given = int(rows.y[at])
    if not asked.is_wrong or rows.part == "train" or len(own) != len(trees):
        return
    if (own[given] + trees[given]) / 2 < UNLIKELY and trees.argmax() == rows.predicted[at]:
        yield _cause(
            "mislabeled",
            1 - float(trees[given]),
            f"The label {case.class_name(given)} is likely wrong: the network gives it {own[given]:.0%}, extra trees "
            f"that learned from the same rows {trees[given]:.0%}.",
            "Look at the row with who labelled it.",
            rows=case.train.index[asked.near],
        )


def _neighbours(asked: _Asked) -> Iterator[Issue]:
    case, rows, at, train = asked.case, asked.rows, asked.at, asked.case.train
    if not asked.is_wrong or not len(asked.near):
        return
    if not case.is_classification:
        told = ", ".join(f"{value:.3g}" for value in train.y[asked.near])
        yield _cause(
            "nearest_rows", 0.3, f"The nearest training rows have targets {told}.", "Compare the row with them.",
            rows=train.index[asked.near],
        )  # fmt: skip
        return
    predicted = int(rows.predicted[at])
    alike = asked.near[train.y[asked.near] == predicted]
    name = case.class_name(predicted)
    wrong = alike[mislabeled_train.suspicious(case)[alike]]
    if len(wrong):
        yield _cause(
            "mislabeled_train",
            0.6 + 0.4 * len(wrong) / NEAR,
            f"{len(wrong)} of the {len(asked.near)} nearest training rows are labelled {name}, and likely wrongly.",
            "Look at these training rows: datafix.MislabelDetector.",
            rows=train.index[wrong],
            figure=of_rows(case, train, wrong, "Training rows, label → prediction"),
        )
    elif len(alike) > NEAR // 2:
        yield _cause(
            "ambiguous",
            0.5 * len(alike) / NEAR,
            f"{len(alike)} of the {len(asked.near)} nearest training rows are {name} as well: by its inputs the row "
            "looks like one.",
            "Look for an input that tells them apart, or at the label.",
            rows=train.index[alike],
            figure=of_rows(case, train, alike, "Training rows, label → prediction"),
        )


def _unlike(asked: _Asked) -> Iterator[Issue]:
    case, rows, train = asked.case, asked.rows, asked.case.train
    among, away = quick.distances(train.matrix, rows.matrix, NEAR)
    limit = float(np.quantile(among, FAR))
    if away[asked.at] <= limit * 1.1 or rows.part == "train":
        return
    low, high = train.matrix.min(axis=0), train.matrix.max(axis=0)
    values = rows.matrix[asked.at]
    outside = np.flatnonzero((values < low) | (values > high))
    names = feature_names(case)
    told = ", ".join(
        f"{names[at]} = {values[at]:.4g} (training {low[at]:.4g} to {high[at]:.4g})" for at in outside[:TOP]
    )
    times = float(away[asked.at] / max(limit, 1e-9))
    yield _cause(
        "unlike_training",
        min(1.0, 0.5 + 0.1 * times),
        f"The row is unlike the training rows: {times:.1f} times as far from the nearest as 99 % of them are from each "
        "other" + (f"; {told}." if told else "."),
        "Collect training rows like it, or refuse to predict it.",
        rows=train.index[asked.near],
        evidence={"features": [names[at] for at in outside[:20]]},
    )


def _imputed(asked: _Asked) -> Iterator[Issue]:
    changes = asked.case.prepared.changes.to_frame()
    cells = changes[(changes["row"] == asked.rows.index[asked.at]) & changes["column"].notna()]
    if len(cells):
        told = ", ".join(f"{column} ({step})" for column, step in zip(cells["column"], cells["step"], strict=True))
        yield _cause(
            "imputed_inputs",
            0.4,
            f"{len(cells)} of its inputs were missing or cleaned: {told}.",
            "Look at the raw row: what was missing may have told the class.",
        )


def _rare(asked: _Asked) -> Iterator[Issue]:
    case, code = asked.case, int(asked.rows.y[asked.at])
    share = float((case.train.y == code).mean())
    if asked.is_wrong and share < 0.5 / case.n_classes:
        yield _cause(
            "rare_class",
            0.5 * (1 - share * case.n_classes),
            f"Its class, {case.class_name(code)}, has {share:.1%} of the training rows.",
            "Weight the class, draw its rows more often, or collect more of them.",
            rows=case.train.index[case.train.y == code],
        )


def _unsure(asked: _Asked) -> Iterator[Issue]:
    proba = np.sort(asked.case.probabilities(asked.rows.outputs)[asked.at])[::-1]
    if len(proba) > 1 and proba[0] - proba[1] < UNSURE:
        yield _cause(
            "unsure",
            0.35,
            f"The network is unsure: {proba[0]:.0%} against {proba[1]:.0%} for the next class.",
            "Let such rows be looked at by a person.",
        )


def _deciding(asked: _Asked) -> Iterator[Issue]:
    """Yield the features without which the prediction would be another: each set to the median of training."""
    case, rows, at = asked.case, asked.rows, asked.at
    if rows.features.ndim != 2 or rows.features.shape[1] > MOST_COLUMNS or not asked.is_wrong:
        return
    usual = np.median(case.train.features, axis=0)
    tried = np.repeat(rows.features[at : at + 1], rows.features.shape[1], axis=0)
    np.fill_diagonal(tried, usual)
    lost = _losses(rows, case.predicted(case.outputs(tried)), at)
    gains = rows.loss[at] - lost
    best = [one for one in np.argsort(-gains, kind="stable")[:TOP] if gains[one] > 0.5 * rows.loss[at]]
    if best:
        names = feature_names(case)
        told = "; ".join(f"{names[one]} = {rows.features[at, one]:.4g} (median {usual[one]:.4g})" for one in best)
        brings = "the prediction is right" if case.is_classification else "more than half of the squared error is gone"
        yield _cause(
            "deciding_feature",
            0.45,
            f"{'One value makes' if len(best) == 1 else f'Each of {len(best)} values makes'} it wrong: with the "
            f"training median in its place {brings}: {told}.",
            "Look whether that value is an error of measurement, a unit, or a case of its own.",
            rows=case.train.index[asked.near],
            column=names[best[0]],
            evidence={"features": [names[one] for one in best]},
        )


def _losses(rows: Rows, predicted: np.ndarray, at: int) -> np.ndarray:
    if rows.is_classification:
        return (predicted != rows.y[at]).astype(np.float64)
    return np.asarray((predicted - rows.y[at]) ** 2 / rows.variance)


def _cause(
    name: str,
    strength: float,
    message: str,
    hint: str,
    *,
    rows: np.ndarray | None = None,
    column: str | None = None,
    evidence: dict[str, Any] | None = None,
    figure: Any = None,
) -> Issue:
    return Issue(
        name,
        Severity.WARNING,
        message,
        hint,
        column=column,
        rows=None if rows is None else np.asarray(rows),
        evidence={"strength": float(strength), **(evidence or {})},
        figure=figure,
    )

"""Labels that models do not believe."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.pipeline import make_pipeline

from datafix.checks.tables import Tables
from datafix.columns import take
from datafix.images import reduced
from datafix.labels import MislabelDetector, find_label_issues
from datafix.labels.finding import class_codes
from datafix.preprocess import TablePreprocessor
from datafix.report import MOST, Bars, Issue, Severity, Thumbnails
from datafix.table import Table

LARGEST = 1e100
SIDE = 32


@dataclass(frozen=True)
class MislabeledRows:
    """Find training rows whose label out-of-fold models contradict.

    Given probabilities are used as they are. Without them extra trees (for images, of at most
    32 pixels a side, the built-in models) are cross-fitted on at most ``most_rows`` rows
    and ``most_columns`` columns. Where classes overlap, unlikely labels need not be wrong: it is a warning only
    where they outnumber all other labels that the models would not have given.
    """

    name: ClassVar[str] = "mislabeled_rows"
    needs: ClassVar[frozenset[str]] = frozenset({"classes"})

    most_rows: int = 10_000
    most_columns: int = 300
    fewest_rows: int = 50
    share: float = 0.005

    def find(self, tables: Tables) -> Iterator[Issue]:
        """Yield one issue: a warning where classes are told apart well, else an info."""
        train = tables.train
        codes, classes = train.class_codes()
        if train.readable.sum() < self.fewest_rows or len(classes) < 2 or (codes < 0).any():
            return  # another check says so
        if tables.pred_proba is None and not (_columns(train) if train.images is None else _all_finite(train.images)):
            return  # nothing to judge by; of such images another check says so
        rows, issues = self._judged(tables)
        flagged = issues["is_issue"].to_numpy()
        if not flagged.any():
            return
        agrees = (issues["given_label"] == issues["suggested_label"]).to_numpy()
        agreement = float(agrees[~flagged].mean())
        serious = flagged.mean() >= self.share and flagged.sum() > (~agrees[~flagged]).sum()
        order = np.argsort(issues["label_quality"].to_numpy()[flagged], kind="stable")
        worst = rows[flagged][order]
        among = "" if len(rows) == train.n_rows else f" of {len(rows)} sampled ones"
        yield Issue(
            self.name,
            Severity.WARNING if serious else Severity.INFO,
            f"{int(flagged.sum())} training row(s){among} have an unlikely label, where models agree with "
            f"{agreement:.1%} of the others.",
            "Look at the worst: datafix.MislabelDetector().fit(X, y); as a row step it drops, relabels or reweights.",
            column=train.roles.get("target"),
            rows=np.sort(worst),
            evidence={
                "n_flagged": int(flagged.sum()),
                "n_judged": len(rows),
                "agreement": agreement,
                "worst_rows": worst[:20],
            },
            figure=_figure(train, worst, issues[flagged].iloc[order]),
        )

    def _judged(self, tables: Tables) -> tuple[np.ndarray, Any]:
        """Return the rows judged and one line of judgement each."""
        train = tables.train
        assert train.target is not None  # it stands in needs
        rows = np.flatnonzero(train.readable)
        random = np.random.RandomState(tables.random_state)
        if tables.pred_proba is not None:
            return np.arange(train.n_rows), find_label_issues(train.target.to_native(), tables.pred_proba)
        if len(rows) > self.most_rows:
            rows = np.sort(random.choice(rows, self.most_rows, replace=False))
        X = _features(train, rows, self.most_columns, random) if train.images is None else _pixels(train.images, rows)
        y = take(train.target.to_native(), rows)
        detector = MislabelDetector(
            None if train.images is not None else _trees(tables.random_state), cv=3, random_state=tables.random_state
        ).fit(X, y)
        given, names = class_codes(y)
        return rows, find_label_issues(names[given], detector.pred_proba_)


def _figure(train: Table, worst: np.ndarray, issues: pd.DataFrame) -> Bars | Thumbnails:
    """Return the worst images, or how often which label is believed to be which."""
    told = [
        f"{given} → {better}" for given, better in zip(issues["given_label"], issues["suggested_label"], strict=True)
    ]
    if train.images is not None:
        captions = [f"{name}: {text}" for name, text in zip(train.names(worst[:MOST]), told[:MOST], strict=True)]
        return Thumbnails.of("Worst first: image, label → suggestion", train.pictures(worst[:MOST]), captions)
    pairs = pd.Series(told).value_counts().sort_index().sort_values(ascending=False, kind="stable").head(MOST)
    labels = tuple(map(str, pairs.index))
    return Bars("Unlikely labels: given → suggested", labels, {"rows": tuple(map(float, pairs))})


def _all_finite(images: np.ndarray) -> bool:
    return images.dtype.kind != "f" or bool(np.isfinite(images).all())


def _columns(table: Table) -> list[str]:
    """Return the columns that have a value and are of one kind."""
    return [
        name
        for name, figures in table.statistics.items()
        if figures.n_missing < table.n_rows and figures.kind != "mixed"
    ]


def _features(table: Table, rows: np.ndarray, most_columns: int, random: np.random.RandomState) -> pd.DataFrame:
    """Return what models can learn from: numbers without infinities (missing instead), text and times."""
    names = _columns(table)
    if len(names) > most_columns:
        names = [names[i] for i in np.sort(random.choice(len(names), most_columns, replace=False))]
    values: dict[str, Any] = {}
    for name in names:
        if table.kinds[name] == "number":
            numbers = table.numbers(name)[rows]
            values[name] = np.where(np.abs(numbers) < LARGEST, numbers, np.nan)
        elif table.kinds[name] == "time":
            values[name] = table.numbers(name)[rows]
        else:
            codes, uniques = table.factorize(name)
            values[name] = np.array([*uniques, None], dtype=object)[codes[rows]]
    frame = pd.DataFrame(values)
    return frame.drop(columns=[name for name in frame if frame[name].isna().all()])


def _pixels(images: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Return images of at most 32 pixels a side: the models take their principal components, which are smooth."""
    chosen = take(images, rows)
    return chosen if max(chosen.shape[1:3]) <= SIDE else reduced(chosen, SIDE)


def _trees(random_state: int) -> Any:
    trees = ExtraTreesClassifier(40, min_samples_leaf=3, random_state=random_state)
    return make_pipeline(TablePreprocessor(), trees)

"""Labels that models do not believe."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from datafix.checks.cross_fitted import cross_fitted
from datafix.checks.label_noise import label_noise
from datafix.checks.tables import Tables
from datafix.columns import take
from datafix.images import reduced
from datafix.labels import MislabelDetector, find_label_issues
from datafix.labels.finding import class_codes
from datafix.report import MOST, Bars, Issue, Severity, Thumbnails
from datafix.table import Table

SIDE = 32
SKILL = 0.4
"""Models that agree less than this cannot tell a wrong label from a hard one."""
UNCLEAR = "; where classes overlap or few rows tell, that need not be wrong"
LIKELY, SURE = 0.45, 0.8
"""Median chance that an unlikely label is wrong: of a clear case, and of one that few rows tell."""


@dataclass(frozen=True)
class MislabeledRows:
    """Find training rows whose label out-of-fold models contradict.

    Given probabilities are used as they are. Without them extra trees are cross-fitted on at most 6,000 rows; of
    images the built-in models, on at most ``most_images`` of 32 pixels a side. Where classes overlap, unlikely labels
    need not be wrong: it is a warning only where wrong labels explain them much better than calibrated probabilities
    do (see :func:`datafix.checks.label_noise.label_noise`), and most of these are likelier wrong than not.
    """

    name: ClassVar[str] = "mislabeled_rows"
    needs: ClassVar[frozenset[str]] = frozenset({"classes"})

    most_images: int = 10_000
    fewest_rows: int = 50
    share: float = 0.005
    gain: float = 6.0

    def find(self, tables: Tables) -> Iterator[Issue]:
        """Yield one issue: a warning where the labels are wrong rather than of classes that overlap, else an info."""
        train = tables.train
        codes, classes = train.class_codes()
        if train.readable.sum() < self.fewest_rows or len(classes) < 2 or (codes < 0).any():
            return  # another check says so
        if tables.pred_proba is None and train.images is not None and not _all_finite(train.images):
            return  # another check says so
        judged = self._judged(tables)
        if judged is None:
            return
        rows, issues, proba, given = judged
        flagged = issues["is_issue"].to_numpy()
        if not flagged.any():
            return
        agrees = (issues["given_label"] == issues["suggested_label"]).to_numpy()
        agreement = float(agrees[~flagged].mean())
        noise = label_noise(proba, given, np.flatnonzero(flagged), random_state=tables.random_state)
        wrong = float(np.median(noise.wrong))
        outnumber = flagged.sum() > (~agrees[~flagged]).sum()
        clear = noise.gain >= self.gain and wrong >= LIKELY
        likely = clear or (noise.gain >= self.gain / 3 and wrong >= SURE and outnumber)
        skilled = _kappa(proba, given) >= SKILL
        serious = skilled and likely and flagged.mean() >= self.share
        order = np.argsort(issues["label_quality"].to_numpy()[flagged], kind="stable")
        worst = rows[flagged][order]
        among = "" if len(rows) == train.n_rows else f" of {len(rows)} sampled ones"
        yield Issue(
            self.name,
            Severity.WARNING if serious else Severity.INFO,
            f"{int(flagged.sum())} training row(s){among} have an unlikely label, where models agree with "
            f"{agreement:.1%} of the others{'' if serious else UNCLEAR}.",
            "Look at the worst: datafix.MislabelDetector().fit(X, y); as a row step it drops, relabels or reweights.",
            column=train.roles.get("target"),
            rows=np.sort(worst),
            evidence={
                "n_flagged": int(flagged.sum()),
                "n_judged": len(rows),
                "agreement": agreement,
                "gain_by_wrong_labels": noise.gain,
                "median_chance_wrong": wrong,
                "worst_rows": worst[:20],
            },
            figure=_figure(train, worst, issues[flagged].iloc[order]),
        )

    def _judged(self, tables: Tables) -> tuple[np.ndarray, Any, np.ndarray, np.ndarray] | None:
        """Return the rows judged, a line of judgement each, probabilities and codes; None without models."""
        train = tables.train
        assert train.target is not None  # it stands in needs
        if tables.pred_proba is not None:
            y = train.target.to_native()
            return (
                np.arange(train.n_rows),
                find_label_issues(y, tables.pred_proba),
                tables.pred_proba,
                class_codes(y)[0],
            )
        if train.images is not None:
            return self._judged_images(tables)
        models = cross_fitted(tables)
        if models is None:
            return None
        given, names = class_codes(take(train.target.to_native(), models.rows))
        in_order = models.y[np.unique(given, return_index=True)[1]]
        proba = models.predicted[:, in_order]
        return models.rows, find_label_issues(names[given], proba), proba, given

    def _judged_images(self, tables: Tables) -> tuple[np.ndarray, Any, np.ndarray, np.ndarray]:
        train = tables.train
        assert train.images is not None  # the caller looked
        assert train.target is not None
        rows = np.flatnonzero(train.readable)
        if len(rows) > self.most_images:
            random = np.random.RandomState(tables.random_state)
            rows = np.sort(random.choice(rows, self.most_images, replace=False))
        y = take(train.target.to_native(), rows)
        detector = MislabelDetector(cv=3, random_state=tables.random_state).fit(_pixels(train.images, rows), y)
        given, names = class_codes(y)
        return rows, find_label_issues(names[given], detector.pred_proba_), detector.pred_proba_, given


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


def _kappa(proba: np.ndarray, given: np.ndarray) -> float:
    """Return by how much the models agree with the labels beyond chance, 1 being always (Cohen 1960)."""
    shares = [np.bincount(codes, minlength=proba.shape[1]) / len(given) for codes in (proba.argmax(axis=1), given)]
    chance = float(shares[0] @ shares[1])
    return (float((proba.argmax(axis=1) == given).mean()) - chance) / max(1 - chance, 1e-9)


def _all_finite(images: np.ndarray) -> bool:
    return images.dtype.kind != "f" or bool(np.isfinite(images).all())


def _pixels(images: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Return images of at most 32 pixels a side: the models take their principal components, which are smooth."""
    chosen = take(images, rows)
    return chosen if max(chosen.shape[1:3]) <= SIDE else reduced(chosen, SIDE)

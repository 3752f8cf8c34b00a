"""Whether the sample weights let every class be learned."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from datafix.diagnosis.subject import Subject
from datafix.report import Issue, Severity


@dataclass(frozen=True)
class SampleWeights:
    """Find weights that are negative, missing, nearly all zero, that silence a class, or that balance classes twice.

    Judged is what training multiplies: sample weights, class weights, or both.
    """

    name: ClassVar[str] = "sample_weights"
    needs: ClassVar[frozenset[str]] = frozenset({"weights"})

    silenced: float = 0.01
    twice: float = 0.5

    def find(self, subject: Subject) -> Iterator[Issue]:
        """Yield an error for impossible weights, a warning for few rows that count."""
        has_classes = not {"target", "labels"} & subject.lacking.keys() and subject.is_classification
        own = _of_rows(subject)
        if subject.class_weight is not None and not has_classes:
            yield Issue(
                self.name,
                Severity.ERROR,
                "There are class weights, but the target is no class.",
                "Weight rows instead.",
            )
            return
        by_class = _by_class(subject)
        weight = own * by_class
        bad = ~np.isfinite(weight) | (weight < 0)
        if bad.any() or not weight.any():
            what = f"{int(bad.sum())} sample weights are negative or missing" if bad.any() else "All weights are 0"
            yield Issue(self.name, Severity.ERROR, f"{what}.", "Give weights of 0 or more.", rows=np.flatnonzero(bad))
            return
        effective = float(weight.sum() ** 2 / (weight**2).sum() / len(weight))
        if effective < 0.05:
            yield Issue(
                self.name,
                Severity.WARNING,
                f"Weights are so unequal that the {len(weight)} rows count as {effective * len(weight):.0f} "
                "(Kish's effective size).",
                "Cap the weights, or draw the rare rows more often instead.",
                evidence={"effective_share": effective},
            )
        if not has_classes:
            return
        codes = subject.codes - subject.codes.min()
        share = np.bincount(codes, weights=weight) / weight.sum()
        rows = np.bincount(codes) / len(codes)
        weak = np.flatnonzero((rows > 0) & (share < self.silenced * rows))
        if len(weak):
            yield Issue(
                self.name,
                Severity.WARNING,
                f"The weights silence class(es) {(weak + subject.codes.min()).tolist()}: they have less than "
                f"{self.silenced:.0%} of the weight that their rows would have.",
                "Look at how the weights were made; class weights multiply with sample weights.",
            )
        ratios = [_ratio(codes, one) for one in (own, by_class, weight)]
        both = subject.sample_weight is not None and subject.class_weight is not None
        evenness = [min(ratio, 1 / ratio) for ratio in ratios]
        if both and evenness[2] < self.twice * max(evenness[:2]):
            yield Issue(
                self.name,
                Severity.WARNING,
                f"Class weights and sample weights multiply: the rarest class counts {ratios[2]:.3g} times as much as "
                f"the most frequent one, by sample weights alone {ratios[0]:.3g} times, by class weights alone "
                f"{ratios[1]:.3g} times.",
                "Give one of them.",
                evidence={"sample_weight": ratios[0], "class_weight": ratios[1], "both": ratios[2]},
            )


def _of_rows(subject: Subject) -> np.ndarray:
    if subject.sample_weight is None:
        return np.ones(len(subject.features))
    weight = np.asarray(subject.sample_weight, dtype=np.float64)
    return np.asarray(weight.reshape(len(weight), -1).mean(axis=1))


def _by_class(subject: Subject) -> np.ndarray:
    """Return each row's class weight; 1 for classes that are given none, as in ``fit``."""
    given = subject.class_weight
    if given is None:
        return np.ones(len(subject.features))
    return np.array([given.get(code, 1.0) for code in subject.codes.tolist()])


def _ratio(codes: np.ndarray, weight: np.ndarray) -> float:
    """Return the whole weight of the rarest class, in units of that of the most frequent one."""
    rows, sums = np.bincount(codes), np.bincount(codes, weights=weight)
    there = np.flatnonzero(rows)
    return float(max(sums[there[rows[there].argmin()]], 1e-9) / max(sums[there[rows[there].argmax()]], 1e-9))

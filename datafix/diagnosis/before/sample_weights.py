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
    """Find weights that are negative, missing, nearly all zero, or that silence a class."""

    name: ClassVar[str] = "sample_weights"
    needs: ClassVar[frozenset[str]] = frozenset({"sample_weight"})

    silenced: float = 0.01

    def find(self, subject: Subject) -> Iterator[Issue]:
        """Yield an error for impossible weights, a warning for few rows that count."""
        weight = np.asarray(subject.sample_weight, dtype=np.float64)
        weight = weight.reshape(len(weight), -1).mean(axis=1)
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
        if {"target", "labels"} & subject.lacking.keys() or not subject.is_classification:
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

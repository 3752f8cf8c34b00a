"""What training left in the model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from datafix.diagnosis.before.activations import Activations
from datafix.diagnosis.before.initial_weights import InitialWeights
from datafix.diagnosis.before.steady_outputs import SteadyOutputs
from datafix.diagnosis.case import Case
from datafix.report import Issue

ASKED = (InitialWeights(), SteadyOutputs(), Activations())


@dataclass(frozen=True)
class TrainedModel:
    """Find weights that are NaN, units that died in training, and predictions that depend on chance or other rows."""

    name: ClassVar[str] = "trained_model"
    needs: ClassVar[frozenset[str]] = frozenset({"array", "numbers", "fits", "trial"})

    def find(self, case: Case) -> Iterator[Issue]:
        """Yield what these questions find of the trained weights, under their names."""
        for question in ASKED:
            yield from question.find(case.subject)

"""Whether gradients reach every layer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from datafix.diagnosis.before.stepping import steps_at
from datafix.diagnosis.subject import STEPPED, Subject
from datafix.report import Issue, Severity


@dataclass(frozen=True)
class Gradients:
    """Find networks through which gradients vanish, explode, or do not go at all.

    Of each kernel the gradient is held against the kernel's own size, on the first steps: how far a step of gradient
    descent would move it (Bengio, "Practical recommendations for gradient-based training", 2012, section 3.3).
    """

    name: ClassVar[str] = "gradients"
    needs: ClassVar[frozenset[str]] = STEPPED

    vanishing: float = 1e-4
    exploding: float = 1e4

    def find(self, subject: Subject) -> Iterator[Issue]:
        """Yield an error where nothing is learned, a warning where one end learns far less than the other."""
        steps, weights = steps_at(subject), subject.trial.weights
        variables = subject.model.trainable_variables
        kernels = [at for at, one in enumerate(variables) if len(one.shape) >= 2 and "bias" not in one.name]
        if not kernels:
            yield Issue(
                self.name,
                Severity.WARNING,
                "No layer with weights is trainable.",
                "Set trainable=True on the layers that are to learn, then compile again.",
            )
            return
        sizes = np.array([max(float(np.linalg.norm(weights[at])), 1e-6) for at in kernels])
        moved = np.median(steps.norms[:5, kernels], axis=0) / sizes
        if not np.isfinite(moved).all():
            yield Issue(
                self.name,
                Severity.ERROR,
                "The loss or its gradient is no finite number on the first steps.",
                "Look at the loss for a logarithm or division of 0, and at the scale of inputs and target.",
            )
        elif moved.max() == 0:
            yield Issue(
                self.name,
                Severity.ERROR,
                "No gradient reaches any kernel: nothing would be learned.",
                "Look for dead activations, an argmax or rounding in the network, and a loss that is constant.",
            )
        elif moved[0] < self.vanishing * moved[-1]:
            yield Issue(
                self.name,
                Severity.WARNING,
                f"Gradients vanish: the first layer's is {moved[0] / moved[-1]:.1e} of the last one's, "
                f"in units of their weights ({len(kernels)} layers).",
                "Use relu with he_normal, batch normalisation or skip connections; sigmoid and tanh stack badly.",
                evidence={"first": float(moved[0]), "last": float(moved[-1])},
            )
        elif moved.max() > self.exploding:
            yield Issue(
                self.name,
                Severity.WARNING,
                f"Gradients explode: one is {moved.max():.1e} times as large as its weights.",
                "Scale inputs and target, start from smaller weights, or set the optimizer's clipnorm=1.",
                evidence={"largest": float(moved.max())},
            )

"""Whether the units of a layer can come to differ."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from datafix.diagnosis.subject import Subject
from datafix.report import Issue, Severity


@dataclass(frozen=True)
class InitialWeights:
    """Find kernels whose weights are all the same, and weights that are no numbers.

    Units that start alike get the same gradients and stay alike (Goodfellow et al., "Deep learning", 2016,
    section 8.4).
    """

    name: ClassVar[str] = "initial_weights"
    needs: ClassVar[frozenset[str]] = frozenset({"copy"})

    def find(self, subject: Subject) -> Iterator[Issue]:
        """Yield an error."""
        for variable, weight in zip(subject.model.trainable_variables, subject.trial.weights, strict=True):
            value = np.asarray(weight)
            if not np.isfinite(value).all():
                yield self._issue(
                    f"{variable.path} has weights that are NaN or infinite: the model is lost.",
                    "Build it anew, and find what made the loss NaN: datafix.DataQualityCallback stops there.",
                )
                return
            if (
                value.ndim >= 2
                and "bias" not in variable.name
                and value.shape[-1] > 1
                and value.size > 2
                and np.ptp(value) == 0
            ):
                yield self._issue(
                    f"All weights of {variable.path} are {value.flat[0]:g}: its units stay alike, as one.",
                    "Initialise kernels at random: glorot_uniform, or he_normal before relu.",
                )

    def _issue(self, message: str, hint: str) -> Issue:
        return Issue(self.name, Severity.ERROR, message, hint)

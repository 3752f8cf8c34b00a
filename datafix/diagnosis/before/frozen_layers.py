"""Whether what does not learn has anything to say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from datafix.diagnosis.initial import initial_values
from datafix.diagnosis.subject import Subject
from datafix.report import Issue, Severity


@dataclass(frozen=True)
class FrozenLayers:
    """Find layers that do not learn and still have the random weights with which they were built."""

    name: ClassVar[str] = "frozen_layers"
    needs: ClassVar[frozenset[str]] = frozenset({"copy"})

    share: float = 0.5

    def find(self, subject: Subject) -> Iterator[Issue]:
        """Yield an error where that is half of all kernels' weights or more."""
        frozen = [one for one in subject.model.non_trainable_variables if len(one.shape) >= 2]
        if not frozen:
            return
        values = initial_values(subject.model)
        random = [
            one
            for one in frozen
            if id(one) in values and np.array_equal(values[id(one)], np.asarray(one.value)) and np.ptp(one.value) > 0
        ]
        kernels = [one for one in subject.model.variables if len(one.shape) >= 2]
        share = sum(int(np.prod(one.shape)) for one in random) / sum(int(np.prod(one.shape)) for one in kernels)
        if share >= self.share:
            yield Issue(
                self.name,
                Severity.ERROR,
                f"{share:.0%} of the weights are in layers that do not learn (trainable=False) and are as random as "
                f"they were made: {', '.join(one.path for one in random[:3])}.",
                "Load trained weights into them, or set trainable=True and compile again.",
                evidence={"share": share, "variables": [one.path for one in random[:20]]},
            )

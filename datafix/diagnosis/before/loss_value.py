"""Whether the loss can be computed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from datafix.diagnosis.subject import Subject
from datafix.report import Issue, Severity


@dataclass(frozen=True)
class LossValue:
    """Find outputs and labels of which Keras refuses to compute the loss."""

    name: ClassVar[str] = "loss_value"
    needs: ClassVar[frozenset[str]] = frozenset({"array", "numbers", "target", "labels", "fits", "trial"})

    def find(self, subject: Subject) -> Iterator[Issue]:
        """Yield an error."""
        if subject.loss_error is not None:
            yield Issue(
                self.name,
                Severity.ERROR,
                f"The loss of these labels cannot be computed: {subject.loss_error}",
                "Bring the shapes of outputs and labels together; see the other findings.",
            )

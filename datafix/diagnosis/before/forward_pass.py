"""Whether the network can be run on the features at all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from datafix.diagnosis.subject import Subject
from datafix.report import Issue, Severity


@dataclass(frozen=True)
class ForwardPass:
    """Find networks that fail on the features: layers that do not fit to each other, or raise."""

    name: ClassVar[str] = "forward_pass"
    needs: ClassVar[frozenset[str]] = frozenset({"array", "numbers", "trial"})

    def find(self, subject: Subject) -> Iterator[Issue]:
        """Yield one error, with what the layer says."""
        if subject.forward_error is not None:
            yield Issue(
                self.name,
                Severity.ERROR,
                f"The network cannot be run on these rows. {subject.forward_error}",
                "Call it on two rows, model(features[:2]), and mend the layer that raises.",
            )

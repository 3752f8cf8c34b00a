"""Whether the network takes the features that there are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from datafix.diagnosis.subject import Subject
from datafix.report import Issue, Severity


@dataclass(frozen=True)
class InputShape:
    """Find features of another shape than the model's input."""

    name: ClassVar[str] = "input_shape"

    def find(self, subject: Subject) -> Iterator[Issue]:
        """Yield one error."""
        takes = getattr(subject.model, "input_shape", None)
        given = subject.features.shape[1:]
        if isinstance(takes, tuple) and not _fits(takes[1:], given):
            yield Issue(
                self.name,
                Severity.ERROR,
                f"The model takes rows of shape {takes[1:]}, the features have {given}.",
                "Build the model on the prepared features: keras.Input(prepared.train.features.shape[1:]).",
                evidence={"model": list(takes[1:]), "features": list(given)},
            )


def _fits(takes: tuple[int | None, ...], given: tuple[int, ...]) -> bool:
    return len(takes) == len(given) and all(wanted in (None, size) for wanted, size in zip(takes, given, strict=True))

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
    needs: ClassVar[frozenset[str]] = frozenset({"array"})

    def find(self, subject: Subject) -> Iterator[Issue]:
        """Yield one error."""
        if subject.fits:
            return
        takes, given = subject.model.input_shape[1:], subject.features.shape[1:]
        yield Issue(
            self.name,
            Severity.ERROR,
            f"The model takes rows of shape {takes}, the features have {given}.",
            _hint(takes, given),
            evidence={"model": list(takes), "features": list(given)},
        )


def _hint(takes: tuple[int | None, ...], given: tuple[int, ...]) -> str:
    if (*given, 1) == takes:
        return "Give the images an axis of channels: features[..., None]."
    if len(takes) == len(given) == 3 and given == (takes[2], *takes[:2]):
        return "The channels stand first: np.moveaxis(features, 1, -1)."
    return "Build the model on the prepared features: keras.Input(prepared.train.features.shape[1:])."

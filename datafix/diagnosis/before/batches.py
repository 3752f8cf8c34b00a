"""Whether the batches are such that the network can learn from them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import keras

from datafix.diagnosis.subject import Subject
from datafix.report import Issue, Severity


@dataclass(frozen=True)
class Batches:
    """Find batches too small for batch normalisation, or so large that an epoch has hardly a step, or without end."""

    name: ClassVar[str] = "batches"
    needs: ClassVar[frozenset[str]] = frozenset({"batch_size"})

    smallest: int = 8
    fewest_steps: int = 4
    fewest_rows: int = 500

    def find(self, subject: Subject) -> Iterator[Issue]:
        """Yield a warning, of an endless dataset an info."""
        if subject.is_endless:
            yield Issue(
                self.name,
                Severity.INFO,
                "The dataset repeats without end: an epoch of it never ends by itself.",
                "Give fit steps_per_epoch (and validation_steps), or leave .repeat() out: fit goes through it anew.",
            )
        size = subject.batch_size
        assert size is not None  # it stands in needs
        normalised = any(
            isinstance(layer, keras.layers.BatchNormalization) and layer.trainable for layer in subject.layers
        )
        if normalised and size < self.smallest:
            yield Issue(
                self.name,
                Severity.WARNING,
                f"Batch normalisation takes means and variances of batches of {size} row(s), which say little.",
                "Use batches of 32, or LayerNormalization or GroupNormalization.",
                evidence={"batch_size": size},
            )
        n_rows = subject.n_rows
        if n_rows is not None and n_rows >= self.fewest_rows and -(-n_rows // size) < self.fewest_steps:
            yield Issue(
                self.name,
                Severity.WARNING,
                f"Batches of {size} rows make {-(-n_rows // size)} step(s) an epoch of {n_rows} rows.",
                "Use smaller batches (32 to 256).",
                evidence={"batch_size": size, "n_rows": n_rows},
            )

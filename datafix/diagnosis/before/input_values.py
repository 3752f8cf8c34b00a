"""Whether every input is a number that the network can take."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from datafix.diagnosis.subject import Subject
from datafix.report import Issue, Severity


@dataclass(frozen=True)
class InputValues:
    """Find inputs that are missing, infinite, no numbers, or beyond the rows of an embedding."""

    name: ClassVar[str] = "input_values"
    needs: ClassVar[frozenset[str]] = frozenset()

    def find(self, subject: Subject) -> Iterator[Issue]:
        """Yield an error a kind."""
        for name, features in subject.inputs.items():
            yield from self._of_one(f" of input {name!r}" if name else "", features, subject)

    def _of_one(self, which: str, features: np.ndarray, subject: Subject) -> Iterator[Issue]:
        if features.dtype.kind not in "fiub":
            if features.dtype.kind == "O" and not subject.takes_text:
                yield Issue(
                    self.name,
                    Severity.ERROR,
                    f"The features{which} are Python objects (dtype object), which no network takes.",
                    "Encode text and dates first: datafix.prepare(datafix.TablePreprocessor(), X, y, split=split).",
                )
            return
        values = features.reshape(len(features), -1)
        bad = ~np.isfinite(values)
        if bad.any():
            rows = np.flatnonzero(bad.any(axis=1))
            yield Issue(
                self.name,
                Severity.ERROR,
                f"Inputs{which} are missing or infinite on {len(rows)} of {len(values)} rows looked at, the first at "
                f"position {rows[0]}, feature {int(np.flatnonzero(bad[rows[0]])[0])}.",
                "One of them makes every weight NaN: impute (datafix.impute.TableImputer) or drop these rows.",
                rows=rows,
                evidence={"features": np.flatnonzero(bad.any(axis=0))[:20].tolist()},
            )
        if subject.strange_ids is not None and not which:
            yield Issue(
                self.name,
                Severity.ERROR,
                f"An embedding cannot look up its inputs: {subject.strange_ids}.",
                f"Give it input_dim={int(values.max()) + 1} or more, by the ids of all parts, and number them from 0.",
            )

"""Callbacks of one run, made from those that were given."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

from datafix.errors import ParameterError


def fresh(callbacks: Sequence[Any] | None) -> list[Any]:
    """Return copies of callbacks: what one keeps of a run must not go into the next, as in ``clone``."""
    return copy.deepcopy([_without_model(callback) for callback in callbacks or ()])


def refuse_blind(callbacks: Sequence[Any] | None, *, who: str) -> None:
    """Raise where a callback watches validation rows in a fit that has none."""
    for callback in callbacks or ():
        monitor = getattr(callback, "monitor", None)
        if isinstance(monitor, str) and monitor.startswith("val_"):
            raise ParameterError(
                f"{who} needs validation rows for {type(callback).__name__}(monitor={monitor!r}), got none. "
                f"Hold some out with validation_fraction=0.1, or watch {monitor.removeprefix('val_')!r}."
            )


def _without_model(callback: Any) -> Any:
    alone = copy.copy(callback)
    if getattr(alone, "_model", None) is not None:
        alone._model = None  # noqa: SLF001  (no public way to take a model from a callback)
    return alone

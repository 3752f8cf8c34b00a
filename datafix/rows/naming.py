"""Names of row steps."""

from __future__ import annotations

from typing import Any

from datafix.errors import ParameterError

TAKEN = frozenset({"estimator", "steps", "min_kept"})
"""Parameters of ResampledTrainer, beside which the steps' names stand."""


def named_steps(steps: Any) -> list[tuple[str, Any]]:
    """Return steps as (name, step) pairs; bare steps bear their class's name in small letters.

    Raises
    ------
    ParameterError
        If steps are no list, or a name or a step cannot be one.
    """
    if not isinstance(steps, list | tuple):
        raise ParameterError(f"Row steps must be a list of steps or of (name, step), got {steps!r}.")
    named: list[tuple[str, Any]] = []
    bare: dict[str, int] = {}
    for step in steps:
        if isinstance(step, tuple):
            named.append(_checked(step))
            continue
        _refuse_class(step)
        name = type(step).__name__.lower()
        bare[name] = bare.get(name, 0) + 1
        named.append((name if bare[name] == 1 else f"{name}-{bare[name]}", step))
    names = [name for name, _ in named]
    if len(set(names)) < len(names):
        raise ParameterError(f"Row steps need names that occur once, got {names}.")
    return named


def _checked(step: tuple[Any, ...]) -> tuple[str, Any]:
    if len(step) != 2 or not isinstance(step[0], str):
        raise ParameterError(f"A named row step must be a tuple (name, step), got {step!r}.")
    name, inner = step
    if "__" in name or name in TAKEN:
        raise ParameterError(
            f"A row step's name must not hold '__' nor be one of {sorted(TAKEN)}, got {name!r}: "
            "set_params could not tell them apart."
        )
    _refuse_class(inner)
    return name, inner


def _refuse_class(step: Any) -> None:
    if isinstance(step, type):
        raise ParameterError(f"A row step must be an instance, got the class {step.__name__}. Write {step.__name__}().")

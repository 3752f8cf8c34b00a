"""The arguments of a build_fn: which it takes, and what it is called with."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Mapping
from typing import Any

import keras

from datafix.errors import ParameterError

KNOWN = ("input_shape", "n_classes", "n_outputs")
"""What the data decide, and no search."""

_NAMED = (inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def defaults_of(build_fn: Any) -> dict[str, Any]:
    """Return the arguments of build_fn that a search may choose, those with a default.

    Examples
    --------
    >>> def build(*, input_shape, n_classes, layers, units=8): ...
    >>> defaults_of(build)
    {'units': 8}
    """
    return {
        name: parameter.default
        for name, parameter in _parameters(build_fn).items()
        if parameter.kind in _NAMED and parameter.default is not parameter.empty and name not in KNOWN
    }


def refuse_unknown(names: Collection[str], build_fn: Any, *, who: str) -> None:
    """Raise where build_fn takes no argument of such a name, or the data decide it."""
    parameters = _parameters(build_fn)
    open_ended = any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values())
    taken = [name for name, parameter in parameters.items() if parameter.kind in _NAMED and name not in KNOWN]
    unknown = sorted(name for name in names if name in KNOWN or (name not in taken and not open_ended))
    if unknown:
        raise ParameterError(
            f"{who} needs build_params that {_name(build_fn)} takes ({', '.join(taken) or 'none at all'}), "
            f"got {', '.join(unknown)}. Give {_name(build_fn)} an argument of that name, or correct the name"
            f"{'; the shapes come from the data' if set(unknown) & set(KNOWN) else ''}."
        )


def built(build_fn: Callable[..., Any], known: Mapping[str, Any], params: Mapping[str, Any], *, who: str) -> Any:
    """Return the compiled model that build_fn makes.

    Raises
    ------
    ParameterError
        If build_fn does not take what it is called with, needs more, or returns anything else.
    """
    if not callable(build_fn):
        raise ParameterError(f"{who} needs a callable build_fn that returns a compiled keras.Model, got {build_fn!r}.")
    refuse_unknown(params, build_fn, who=who)
    try:
        inspect.signature(build_fn).bind(**known, **params)
    except TypeError as error:
        raise ParameterError(
            f"{who} calls {_name(build_fn)} with {', '.join([*known, *params])}, which does not fit its arguments: "
            f"{error}. Let it take {', '.join(known)}; give what else it needs a default or a value in build_params."
        ) from error
    model = build_fn(**known, **params)
    if not isinstance(model, keras.Model) or not getattr(model, "compiled", False):
        raise ParameterError(
            f"{who} needs a build_fn that returns a compiled keras.Model, got "
            f"{'one that is not compiled' if isinstance(model, keras.Model) else type(model).__name__}. "
            "Call model.compile(...) in it and return the model."
        )
    return model


def _parameters(build_fn: Any) -> Mapping[str, inspect.Parameter]:
    return inspect.signature(build_fn).parameters if callable(build_fn) else {}


def _name(build_fn: Any) -> str:
    return getattr(build_fn, "__name__", type(build_fn).__name__)

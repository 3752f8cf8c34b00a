"""Names of the columns that go into an estimator and come out of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sklearn.base import BaseEstimator

from datafix.errors import ParameterError


def column_names(estimator: BaseEstimator) -> list[str]:
    """Return the names of the columns that an estimator was fitted on, ``x0``, ... for an array."""
    names = getattr(estimator, "feature_names_in_", None)
    return [f"x{j}" for j in range(estimator.n_features_in_)] if names is None else [str(name) for name in names]


def input_names(estimator: BaseEstimator, input_features: Any) -> list[str]:
    """Return the names for ``get_feature_names_out``: those given, if they can be the columns of the fit."""
    own = column_names(estimator)
    if input_features is None:
        return own
    names = [str(name) for name in input_features]
    if hasattr(estimator, "feature_names_in_") and names != own:
        raise ParameterError(f"input_features is not equal to feature_names_in_: got {names}, fitted on {own}.")
    if len(names) != len(own):
        raise ParameterError(
            f"input_features should have length equal to number of features ({len(own)}), got {len(names)}."
        )
    return names


def unique_names(names: Iterable[str], taken: Iterable[str] = ()) -> list[str]:
    """Return the names, underscores added to those that are taken or came before.

    Examples
    --------
    >>> unique_names(["a", "b", "a"], taken=["b"])
    ['a', 'b_', 'a_']
    """
    seen, unique = set(taken), []
    for given in names:
        name = given
        while name in seen:
            name += "_"
        seen.add(name)
        unique.append(name)
    return unique

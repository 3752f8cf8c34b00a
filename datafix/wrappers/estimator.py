"""What the classifier and the regressor share: parameters, training, predicting."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

import keras
import numpy as np
from sklearn.base import BaseEstimator
from sklearn.model_selection import train_test_split
from sklearn.utils.validation import check_is_fitted, validate_data

from datafix.columns import take
from datafix.emit.dataset import make_dataset
from datafix.errors import ParameterError
from datafix.seeding import seeded
from datafix.wrappers.building import built, defaults_of, refuse_unknown
from datafix.wrappers.callbacks import fresh, refuse_blind
from datafix.wrappers.tracing import traced_once

_NESTED = "build_params__"


class KerasEstimator(BaseEstimator):
    """A scikit-learn estimator round a Keras model; the parameters are told in the subclasses."""

    def __init__(
        self,
        build_fn: Callable[..., keras.Model],
        *,
        build_params: Mapping[str, Any] | None = None,
        epochs: int = 1,
        batch_size: int = 256,
        shuffle: bool = True,
        augment: Callable[..., Any] | None = None,
        callbacks: Sequence[keras.callbacks.Callback] | None = None,
        validation_fraction: float | None = None,
        verbose: int = 0,
        seed: int | None = None,
    ) -> None:
        self.build_fn = build_fn
        self.build_params = build_params
        self.epochs = epochs
        self.batch_size = batch_size
        self.shuffle = shuffle
        self.augment = augment
        self.callbacks = callbacks
        self.validation_fraction = validation_fraction
        self.verbose = verbose
        self.seed = seed

    def get_params(self, deep: bool = True) -> dict[str, Any]:  # noqa: FBT002  (scikit-learn's signature)
        """Return the parameters; with deep, also ``build_params__<argument>`` for each argument of build_fn.

        These are the values in ``build_params``, and the defaults of ``build_fn`` for what is not in it.
        """
        params: dict[str, Any] = super().get_params(deep=deep)
        if deep:
            given = self.build_params if isinstance(self.build_params, Mapping) else {}  # fit refuses what is no dict
            building = {**defaults_of(self.build_fn), **given}
            params.update({_NESTED + name: value for name, value in building.items()})
        return params

    def set_params(self, **params: Any) -> Self:
        """Set parameters; ``build_params__<argument>`` sets one argument of build_fn and keeps the others.

        The dict that was given as ``build_params`` stays as it is: a new one takes its place.

        Raises
        ------
        ParameterError
            If build_fn takes no such argument.
        """
        nested = {name.removeprefix(_NESTED): params[name] for name in params if name.startswith(_NESTED)}
        super().set_params(**{name: params[name] for name in params if not name.startswith(_NESTED)})
        if nested:
            refuse_unknown(nested, self.build_fn, who=self._name)
            self.build_params = {**(self.build_params or {}), **nested}
        return self

    def _train(self, X: Any, y: np.ndarray, weight: Any, *, stratify: Any = None, **known: Any) -> None:
        """Build a new model and train it for all epochs."""
        if not isinstance(self.epochs, int | np.integer) or self.epochs < 1:
            raise ParameterError(f"{self._name} needs epochs of 1 or more, got {self.epochs!r}.")
        train, validation = self._parts((X, y, weight), stratify)
        dataset = make_dataset(
            *train, batch_size=self.batch_size, shuffle=self.shuffle, seed=self.seed, augment=self.augment
        )
        self._building = self.build_fn, {"input_shape": X.shape[1:], **known}, dict(self.build_params or {})
        with seeded(self.seed):
            self.model_ = built(*self._building, who=self._name)
            self._check_width(_width(self.model_))
            # shuffle=False: the dataset has done it, and Keras warns that it cannot.
            with traced_once():
                self.history_ = self.model_.fit(
                    dataset,
                    validation_data=validation and make_dataset(*validation, batch_size=max(self.batch_size, 256)),
                    epochs=self.epochs,
                    callbacks=fresh(self.callbacks),
                    verbose=self.verbose,
                    shuffle=False,
                ).history
        self.n_iter_ = len(next(iter(self.history_.values())))

    def _parts(self, data: tuple[Any, ...], stratify: Any) -> tuple[tuple[Any, ...], tuple[Any, ...] | None]:
        """Return what to train on and what to validate on."""
        share = self.validation_fraction
        if share is None:
            refuse_blind(self.callbacks, who=self._name)
            return data, None
        if not isinstance(share, float | np.floating) or not 0 < share < 1:
            raise ParameterError(f"{self._name} needs validation_fraction between 0 and 1, or None, got {share!r}.")
        try:
            rows = train_test_split(np.arange(len(data[1])), test_size=share, stratify=stratify, random_state=self.seed)
        except ValueError as error:
            raise ParameterError(
                f"{self._name} cannot hold out validation_fraction={share} of {len(data[1])} rows: {error} "
                "Give more rows, another fraction or None."
            ) from error
        train, validation = (tuple(None if part is None else take(part, kept) for part in data) for kept in rows)
        return train, validation

    def __getstate__(self) -> dict[str, Any]:
        # Weights alone, without the optimizer's: build_fn makes the model again, with layers and losses that a .keras
        # file has no word for.
        state = dict(super().__getstate__())
        if "model_" in state:
            state["model_"] = state["model_"].get_weights()
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        if "model_" in state:
            with seeded(0):  # the weights drawn here are replaced; nobody's generator moves for them
                self.model_ = built(*self._building, who=self._name)
                if not self.model_.built:
                    self.model_.build((None, *self._building[1]["input_shape"]))
            self.model_.set_weights(state["model_"])

    def _outputs(self, X: Any) -> np.ndarray:
        """Return the model's outputs for X, float64 of shape (rows, outputs)."""
        check_is_fitted(self)
        X = self._validated(X, reset=False)
        with traced_once():
            outputs = self.model_.predict(make_dataset(X, batch_size=max(self.batch_size, 256)), verbose=0)
        outputs = np.asarray(outputs, dtype=np.float64).reshape(X.shape[0], -1)
        self._check_width(outputs.shape[1])
        return outputs

    def _validated(self, *data: Any, reset: bool, **how: Any) -> Any:
        """Return X, or X and y, as arrays of numbers; X of any rank and of its own width, or CSR."""
        return validate_data(self, *data, reset=reset, allow_nd=True, dtype="numeric", accept_sparse="csr", **how)

    def _check_width(self, width: int | None) -> None:
        """Raise where a model of so many outputs a row (None: not known yet) does not fit the target."""
        raise NotImplementedError

    @property
    def _name(self) -> str:
        return type(self).__name__

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.non_deterministic = self.seed is None
        tags.input_tags.sparse = True
        return tags


def _width(model: keras.Model) -> int | None:
    """Return how many outputs a row has, where the model knows before it is called."""
    shape = getattr(model, "output_shape", None)
    if not isinstance(shape, tuple) or not all(isinstance(size, int) for size in shape[1:]):
        return None
    return int(np.prod(shape[1:]))

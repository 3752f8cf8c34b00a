"""What the classifier and the regressor share: building, training, predicting, pickling."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import keras
import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted, validate_data

from datafix.emit.dataset import make_dataset
from datafix.errors import ParameterError


class KerasEstimator(BaseEstimator):
    """A scikit-learn estimator round a Keras model; the parameters are the subclasses'."""

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
        self.verbose = verbose
        self.seed = seed

    def _train(self, X: np.ndarray, y: np.ndarray, sample_weight: Any, **known: Any) -> None:
        """Build a new model and train it for all epochs."""
        if not isinstance(self.epochs, int | np.integer) or self.epochs < 1:
            raise ParameterError(f"{self._name} needs epochs of 1 or more, got {self.epochs!r}.")
        dataset = make_dataset(
            X,
            y,
            sample_weight,
            batch_size=self.batch_size,
            shuffle=self.shuffle,
            seed=self.seed,
            augment=self.augment,
        )
        with _seeded(self.seed):
            self.model_ = self._build(input_shape=X.shape[1:], **known)
            # shuffle=False: the dataset has done it, and Keras warns that it cannot.
            self.history_ = self.model_.fit(
                dataset, epochs=self.epochs, callbacks=self._new_callbacks(), verbose=self.verbose, shuffle=False
            ).history
        self.n_iter_ = len(next(iter(self.history_.values())))

    def _build(self, **known: Any) -> keras.Model:
        model = self.build_fn(**known, **(self.build_params or {}))
        if not isinstance(model, keras.Model) or not getattr(model, "compiled", False):
            raise ParameterError(
                f"{self._name} needs a build_fn that returns a compiled keras.Model, got "
                f"{'one that is not compiled' if isinstance(model, keras.Model) else type(model).__name__}. "
                "Call model.compile(...) in it and return the model."
            )
        return model

    def _new_callbacks(self) -> list[Any]:
        # A callback keeps what it saw of a run, and must not carry it into the next.
        return [_fresh(callback) for callback in self.callbacks or ()]

    def _outputs(self, X: Any) -> np.ndarray:
        """Return the model's outputs for X, float64 of shape (rows, outputs)."""
        check_is_fitted(self)
        X = validate_data(self, X, reset=False, allow_nd=True, dtype="numeric")
        outputs = self.model_.predict(make_dataset(X, batch_size=max(self.batch_size, 256)), verbose=0)
        return np.asarray(outputs, dtype=np.float64).reshape(len(X), -1)

    @property
    def _name(self) -> str:
        return type(self).__name__

    def __getstate__(self) -> dict[str, Any]:
        state = dict(super().__getstate__())
        if isinstance(state.get("model_"), keras.Model):
            state["model_"] = _to_bytes(state["model_"])
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        if isinstance(state.get("model_"), bytes):
            state = {**state, "model_": _from_bytes(state["model_"])}
        super().__setstate__(state)


@contextmanager
def _seeded(seed: int | None) -> Iterator[None]:
    """Let layers and initialisers draw from the seed, and leave the global generators as they were."""
    if seed is None:
        yield
        return
    # The global generators, since that is what a build_fn and Keras draw from.
    python, numpy = random.getstate(), np.random.get_state()  # noqa: NPY002
    # Keras takes the seeds of layers that were given none from Python's generator.
    random.seed(int(seed))
    np.random.seed(int(seed) % 2**32)  # noqa: NPY002
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)  # noqa: NPY002


def _fresh(callback: Any) -> Any:
    """Return a copy of a callback without the model it was last used on."""
    fresh = object.__new__(type(callback))
    fresh.__dict__.update({**callback.__dict__, "_model": None})
    return fresh


def _to_bytes(model: keras.Model) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        model.save(path)
        return path.read_bytes()


def _from_bytes(content: bytes) -> keras.Model:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        path.write_bytes(content)
        return keras.saving.load_model(path)

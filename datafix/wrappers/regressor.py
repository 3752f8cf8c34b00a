"""A Keras model as a scikit-learn regressor."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.utils.validation import _check_sample_weight, validate_data

from datafix.wrappers.estimator import KerasEstimator


class KerasRegressor(RegressorMixin, KerasEstimator):
    """A Keras model that scikit-learn can fit, clone, search and cross-validate.

    Parameters
    ----------
    build_fn : callable
        Called at every fit as ``build_fn(input_shape=..., **build_params)``, and with
        ``n_outputs=`` where y has several columns; returns a compiled model.
    build_params, epochs, batch_size, shuffle, augment, callbacks, verbose, seed
        As in ``KerasClassifier``.

    Attributes
    ----------
    model_ : keras.Model
    history_ : dict of str to list
        Loss and metrics by epoch.
    n_iter_ : int
        Epochs trained.

    Notes
    -----
    The target is learned as it is. Put the regressor into scikit-learn's
    ``TransformedTargetRegressor`` where it needs scaling.

    Examples
    --------
    >>> import keras, numpy as np
    >>> def build(*, input_shape, rate=0.1):
    ...     model = keras.Sequential([keras.Input(input_shape), keras.layers.Dense(1)])
    ...     model.compile(optimizer=keras.optimizers.Adam(rate), loss="mse")
    ...     return model
    >>> X = np.linspace(-1, 1, 50)[:, None]
    >>> regressor = KerasRegressor(build, epochs=15, batch_size=4, seed=0).fit(X, 3 * X[:, 0] + 1)
    >>> regressor.predict([[0.5]]).round(1).tolist()
    [2.5]
    """

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> KerasRegressor:
        """Build a new model and train it on X of shape (rows, ...) and y of shape (rows,) or (rows, outputs)."""
        X, y = validate_data(self, X, y, reset=True, allow_nd=True, dtype="numeric", multi_output=True, y_numeric=True)
        self._one_output = y.ndim == 1
        if sample_weight is not None:
            sample_weight = _check_sample_weight(sample_weight, X)
        known = {} if self._one_output else {"n_outputs": y.shape[1]}
        # A column, since Keras would broadcast (rows,) against outputs of shape (rows, 1) in some losses.
        self._train(X, np.asarray(y, np.float64).reshape(len(X), -1), sample_weight, **known)
        return self

    def predict(self, X: Any) -> np.ndarray:
        """Return predictions, float64 of shape (rows,), or (rows, outputs) as y was."""
        outputs = self._outputs(X)
        return outputs[:, 0] if self._one_output else outputs

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.non_deterministic = self.seed is None
        tags.target_tags.multi_output = True
        return tags

"""A Keras model as a scikit-learn regressor."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.utils.validation import _check_sample_weight

from datafix.errors import ParameterError, TableError
from datafix.wrappers.estimator import KerasEstimator


class KerasRegressor(RegressorMixin, KerasEstimator):
    """A Keras model that scikit-learn can fit, clone, search and cross-validate.

    Parameters
    ----------
    build_fn : callable
        Called at every fit as ``build_fn(input_shape=..., **build_params)``, and with
        ``n_outputs=`` where y has several columns; returns a compiled model.
    build_params, epochs, batch_size, shuffle, augment, callbacks, validation_fraction, verbose, seed
        As in ``KerasClassifier``; validation rows are drawn from all rows alike.

    Attributes
    ----------
    model_ : keras.Model
    history_ : dict of str to list
        Loss and metrics by epoch.
    n_iter_ : int
        Epochs trained.

    Raises
    ------
    ParameterError
        If ``build_fn`` does not take what it is given, or its model has not one output a target.
    TableError
        If the network gives NaN.

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
        X, y = self._validated(X, y, reset=True, multi_output=True, y_numeric=True)
        self._one_output, self._n_outputs = y.ndim == 1, 1 if y.ndim == 1 else y.shape[1]
        if sample_weight is not None:
            sample_weight = _check_sample_weight(sample_weight, X)
        known = {} if self._one_output else {"n_outputs": self._n_outputs}
        # A column, since Keras would broadcast (rows,) against outputs of shape (rows, 1) in some losses.
        self._train(X, np.asarray(y, np.float64).reshape(len(y), -1), sample_weight, **known)
        return self

    def predict(self, X: Any) -> np.ndarray:
        """Return predictions, float64 of shape (rows,), or (rows, outputs) as y was."""
        outputs = self._outputs(X)
        if not np.isfinite(outputs).all():
            raise TableError(
                "KerasRegressor got NaN or infinity from the model. Look at history_ for the epoch in which the "
                "loss went; lower the learning rate, or scale the features and the target."
            )
        return outputs[:, 0] if self._one_output else outputs

    def _check_width(self, width: int | None) -> None:
        # Keras would broadcast the target against other outputs, and train on nonsense.
        if width not in (None, self._n_outputs):
            raise ParameterError(
                f"KerasRegressor needs a model with {self._n_outputs} output(s), one a target, got {width}. "
                "End build_fn's model in Dense(n_outputs), or Dense(1) where y is one column."
            )

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

"""A Keras model as a scikit-learn classifier."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, column_or_1d, validate_data

from datafix.errors import ParameterError, TableError
from datafix.wrappers.estimator import KerasEstimator


class KerasClassifier(ClassifierMixin, KerasEstimator):
    """A Keras model that scikit-learn can fit, clone, search and cross-validate.

    Parameters
    ----------
    build_fn : callable
        Called at every fit as ``build_fn(input_shape=..., n_classes=..., **build_params)``;
        returns a compiled model that takes batches of ``input_shape`` and gives probabilities:
        a softmax of ``n_classes``, or for two classes a single sigmoid. It is trained on class
        codes 0..K-1 (``sparse_categorical_crossentropy`` or ``binary_crossentropy``).
    build_params : dict, optional
        Further arguments of ``build_fn``. A grid search searches over several such dicts.
    epochs : int, default=1
        All of them at every fit.
    batch_size : int, default=256
    shuffle : bool, default=True
    augment : callable, optional
        As in ``make_dataset``.
    callbacks : list of keras.callbacks.Callback, optional
        Copied for every fit.
    verbose : int, default=0
    seed : int, optional
        Same seed, same weights; the global generators are left as they were.

    Attributes
    ----------
    model_ : keras.Model
    classes_ : ndarray of shape (classes,)
    history_ : dict of str to list
        Loss and metrics by epoch.
    n_iter_ : int
        Epochs trained.

    Examples
    --------
    >>> import keras, numpy as np
    >>> def build(*, input_shape, n_classes, units=4):
    ...     model = keras.Sequential([
    ...         keras.Input(input_shape),
    ...         keras.layers.Dense(units, activation="relu"),
    ...         keras.layers.Dense(n_classes, activation="softmax"),
    ...     ])
    ...     model.compile(optimizer=keras.optimizers.Adam(0.05), loss="sparse_categorical_crossentropy")
    ...     return model
    >>> X = np.array([[-1.0], [-0.9], [0.9], [1.0]] * 10)
    >>> y = ["no", "no", "yes", "yes"] * 10
    >>> classifier = KerasClassifier(build, epochs=5, batch_size=4, seed=0).fit(X, y)
    >>> classifier.predict([[-1.0], [1.0]]).tolist()
    ['no', 'yes']
    """

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> KerasClassifier:
        """Build a new model and train it on X of shape (rows, ...) and labels y of shape (rows,)."""
        X, y = validate_data(self, X, y, reset=True, allow_nd=True, dtype="numeric")
        check_classification_targets(y)
        self.classes_, codes = np.unique(column_or_1d(y), return_inverse=True)
        if len(self.classes_) < 2:
            raise ParameterError(
                f"KerasClassifier needs at least two classes in y, got one class only: {self.classes_[0]!r}. "
                "Stratify the split, so that every part has all classes."
            )
        if sample_weight is not None:
            sample_weight = _check_sample_weight(sample_weight, X)
        self._train(X, codes.astype(np.int64), sample_weight, n_classes=len(self.classes_))
        return self

    def predict(self, X: Any) -> np.ndarray:
        """Return the most probable label of every row."""
        codes = self.predict_proba(X).argmax(axis=1)
        return self.classes_[codes]

    def predict_proba(self, X: Any) -> np.ndarray:
        """Return the probability of every class, float64 of shape (rows, classes)."""
        outputs = self._outputs(X)
        if outputs.shape[1] == 1 and len(self.classes_) == 2:
            outputs = np.hstack([1 - outputs, outputs])
        if outputs.shape[1] != len(self.classes_):
            raise ParameterError(
                f"KerasClassifier needs a model with {len(self.classes_)} outputs, one a class, "
                f"got {outputs.shape[1]}. End build_fn's model in Dense(n_classes, activation='softmax')."
            )
        return _probabilities(outputs)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.non_deterministic = self.seed is None
        return tags


def _probabilities(outputs: np.ndarray) -> np.ndarray:
    total = outputs.sum(axis=1, keepdims=True)
    if not np.isfinite(outputs).all():
        raise TableError(
            "KerasClassifier got NaN or infinity from the model. Look at history_ for the epoch in which the "
            "loss went; lower the learning rate, or scale the features."
        )
    if outputs.min() < 0 or np.abs(total - 1).max() > 1e-3:
        raise ParameterError(
            "KerasClassifier needs probabilities from the model, got outputs that do not add up to 1 "
            "(logits?). End build_fn's model in a softmax, or for two classes in a single sigmoid."
        )
    return outputs / total

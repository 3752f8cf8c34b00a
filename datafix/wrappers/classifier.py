"""A Keras model as a scikit-learn classifier."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import keras
import numpy as np
import pandas as pd
from sklearn.base import ClassifierMixin
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, column_or_1d

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
        Further arguments of ``build_fn``. Each argument that ``build_fn`` names is a parameter too,
        ``build_params__<argument>``, for ``set_params`` and searches.
    epochs : int, default=1
        All of them at every fit.
    batch_size : int, default=256
    shuffle : bool, default=True
    augment : callable, optional
        As in ``make_dataset``. Validation rows are never augmented.
    callbacks : list of keras.callbacks.Callback, optional
        Copied deeply for every fit, so that no fold sees what another left in them.
    validation_fraction : float, optional
        Share of the rows given to ``fit`` that is held out, class by class, for ``val_loss`` and the like:
        ``EarlyStopping("val_loss", patience=5, restore_best_weights=True)`` then looks at no row of the
        fold that is scored.
    class_weight : "balanced" or dict of label to weight, optional
        Multiplied with the sample weights, as in scikit-learn.
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

    Raises
    ------
    ParameterError
        If ``build_fn`` does not take what it is given, or its model does not fit the classes.
    TableError
        If the network gives NaN.

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

    Its own arguments are searched like those of any step:

    >>> from sklearn.model_selection import GridSearchCV
    >>> search = GridSearchCV(classifier, {"build_params__units": [1, 8]}, cv=2).fit(X, y)
    >>> sorted(search.best_params_), classifier.get_params()["build_params__units"]
    (['build_params__units'], 4)
    """

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
        class_weight: Mapping[Any, float] | Literal["balanced"] | None = None,
        verbose: int = 0,
        seed: int | None = None,
    ) -> None:
        super().__init__(
            build_fn,
            build_params=build_params,
            epochs=epochs,
            batch_size=batch_size,
            shuffle=shuffle,
            augment=augment,
            callbacks=callbacks,
            validation_fraction=validation_fraction,
            verbose=verbose,
            seed=seed,
        )
        self.class_weight = class_weight

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> KerasClassifier:
        """Build a new model and train it on X of shape (rows, ...) and labels y of shape (rows,)."""
        X, y = self._validated(X, _as_they_are(y), reset=True)
        check_classification_targets(y)
        self.classes_, codes = np.unique(column_or_1d(y), return_inverse=True)
        if len(self.classes_) < 2:
            raise ParameterError(
                f"KerasClassifier needs at least two classes in y, got one class only: {self.classes_[0]!r}. "
                "Stratify the split, so that every part has all classes."
            )
        if sample_weight is not None:
            sample_weight = _check_sample_weight(sample_weight, X)
        if self.class_weight is not None:
            by_class = compute_sample_weight(self.class_weight, y)
            sample_weight = by_class if sample_weight is None else by_class * sample_weight
        codes = codes.astype(np.int64)
        self._train(X, codes, sample_weight, stratify=codes, n_classes=len(self.classes_))
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
        return _probabilities(outputs)

    def _check_width(self, width: int | None) -> None:
        n_classes = len(self.classes_)
        if width not in (None, n_classes) and not (width == 1 and n_classes == 2):
            raise ParameterError(
                f"KerasClassifier needs a model with {n_classes} outputs, one a class, "
                f"got {width}. End build_fn's model in Dense(n_classes, activation='softmax')."
            )


def _as_they_are(y: Any) -> Any:
    """Return pandas' nullable booleans and integers as NumPy's, which scikit-learn makes floats of."""
    if isinstance(y, pd.Series) and hasattr(y.dtype, "numpy_dtype") and not y.hasnans:
        return y.to_numpy(dtype=y.dtype.numpy_dtype)
    return y


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

"""Rows to look at before training."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from datafix.columns import take
from datafix.diagnosis.losses import OF_NUMBERS, loss_of
from datafix.diagnosis.subject import Subject, in_own_unit
from datafix.errors import ParameterError
from datafix.preparation import Prepared

ENDLESS = -1
"""tf.data.INFINITE_CARDINALITY"""
SAMPLE_ROWS = 2048


def subject_of(model: Any, data: Any, *, who: str) -> Subject:
    """Return a model beside rows of its training data: some by chance of a Prepared, the first of a dataset.

    Raises
    ------
    ParameterError
        If the model is none of Keras, not built or not compiled, or the data are of neither kind, or empty.
    """
    if not isinstance(model, keras.Model):
        raise ParameterError(f"{who} needs a Keras model as its first argument, got {type(model).__name__}.")
    if not getattr(model, "built", False) or not model.variables:
        raise ParameterError(
            f"{who} needs a built model: give it a keras.Input, or call it once on a row, model(features[:1])."
        )
    if getattr(model, "loss", None) is None:
        raise ParameterError(f"{who} needs a compiled model: call model.compile(loss=...) first.")
    if isinstance(data, Prepared):
        return _of_prepared(model, data)
    if not hasattr(data, "as_numpy_iterator"):
        raise ParameterError(f"{who} needs a Prepared or a tf.data.Dataset, got {type(data).__name__}.")
    return _of_dataset(model, data, who)


def dense(features: Any) -> np.ndarray:
    """Return features as an array."""
    return features.toarray() if hasattr(features, "toarray") else np.asarray(features)


def _of_prepared(model: Any, prepared: Prepared) -> Subject:
    part = prepared.train
    rows = np.sort(np.random.RandomState(0).permutation(len(part))[:SAMPLE_ROWS])
    features = part.features.iloc[rows] if hasattr(part.features, "iloc") else part.features[rows]
    target = None if part.target is None else np.asarray(part.target)[rows]
    weight = None if part.sample_weight is None else np.asarray(part.sample_weight)[rows]
    n_classes = None if prepared.classes_ is None or _learns_numbers(model, prepared) else len(prepared.classes_)
    quantity = (
        target is not None
        and target.ndim == 1
        and prepared.target_transformer is not None
        and prepared.classes_ is None
    )
    first = None if part.target is None else np.asarray(part.target)[:SAMPLE_ROWS]
    return Subject(
        model,
        dense(features),
        target,
        sample_weight=weight,
        n_rows=len(part),
        n_classes=n_classes,
        first_labels=first,
        raw=_raw(prepared, np.asarray(part.index)[rows]),
        index=np.asarray(part.index)[rows],
        in_own_unit=in_own_unit(prepared, target) if target is not None and quantity else None,
    )


def _learns_numbers(model: Any, prepared: Prepared) -> bool:
    """Return whether classes that are three numbers or more, counts or grades, are learned as such by one output."""
    shape, classes = getattr(model, "output_shape", None), prepared.classes_
    return (
        classes is not None
        and len(classes) > 2
        and classes.dtype.kind in "iuf"
        and isinstance(shape, tuple)
        and shape[-1] == 1
        and loss_of(model)[0] in OF_NUMBERS
    )


def _raw(prepared: Prepared, index: np.ndarray) -> Any:
    X = prepared.split.X
    known = index[index >= 0]  # others were made in training
    return None if X is None or not len(known) else take(X, known)


def _of_dataset(model: Any, data: Any, who: str) -> Subject:
    batches, n_rows = [], 0
    for batch in data.as_numpy_iterator():
        batches.append(batch if isinstance(batch, tuple) else (batch,))
        if any(isinstance(part, np.generic) or getattr(part, "ndim", 1) == 0 for part in batches[-1]):
            raise ParameterError(f"{who} needs a dataset of batches, got one of single rows: data.batch(32).")
        n_rows += _length(batches[-1][0])
        if n_rows >= SAMPLE_ROWS:
            break
    if not batches:
        raise ParameterError(f"{who} needs a dataset with at least one batch, got an empty one.")
    parts = [_joined([batch[at] for batch in batches]) for at in range(len(batches[0]))]
    features, target, weight = [*parts, None, None][:3]
    return Subject(
        model,
        features,
        target,
        sample_weight=weight,
        batch_size=_length(batches[0][0]),
        in_order=True,
        n_rows=_n_rows(data, n_rows, _length(batches[0][0])),
        is_endless=int(data.cardinality()) == ENDLESS,
        first_labels=target if isinstance(target, np.ndarray) else None,
    )


def _n_rows(data: Any, seen: int, size: int) -> int | None:
    """Return how many rows a dataset of batches has, where it says so, or has been seen to its end."""
    if seen < SAMPLE_ROWS:
        return seen
    n_batches = int(data.cardinality())
    return None if n_batches < 0 else n_batches * size


def _length(features: Any) -> int:
    if isinstance(features, dict):
        features = next(iter(features.values()))
    elif isinstance(features, (list, tuple)):
        features = features[0]
    return len(features)


def _joined(batches: list[Any]) -> Any:
    """Return the batches of one element of a dataset as one, each array of a structure by itself."""
    first = batches[0]
    if isinstance(first, dict):
        return {name: _joined([batch[name] for batch in batches]) for name in first}
    if isinstance(first, (list, tuple)):
        return [_joined([batch[at] for batch in batches]) for at in range(len(first))]
    return np.concatenate(batches)

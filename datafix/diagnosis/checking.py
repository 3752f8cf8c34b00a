"""check_model(): whether model and data agree, before training."""

from __future__ import annotations

from typing import Any

import numpy as np

from datafix.diagnosis.questions import QUESTIONS
from datafix.diagnosis.subject import SAMPLE_ROWS, Subject
from datafix.errors import ParameterError
from datafix.preparation import Prepared
from datafix.report import Issue, Report


def check_model(model: Any, prepared_or_dataset: Any) -> Report:
    """Look for disagreements between a compiled model and its training data.

    Nothing is trained and nothing of the model changes.

    Parameters
    ----------
    model : keras.Model
        Built and compiled.
    prepared_or_dataset : Prepared, or tf.data.Dataset of batches (x, y) or (x, y, sample_weight)
        At most the first 2,048 training rows are looked at.

    Returns
    -------
    report : Report

    Raises
    ------
    ParameterError
        If the model is not built or not compiled, or the data are of neither kind.

    Examples
    --------
    >>> import keras, tensorflow as tf
    >>> model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, activation="softmax")])
    >>> model.compile(loss="binary_crossentropy")
    >>> data = tf.data.Dataset.from_tensors(([[0.1], [0.2]], [0, 1]))
    >>> check_model(model, data).issues[0].message
    'The last layer is softmax over one output: it is 1 for every row.'
    """
    if not getattr(model, "built", False):
        raise ParameterError("check_model needs a built model: give it a keras.Input, or call model.build(...).")
    if getattr(model, "loss", None) is None:
        raise ParameterError("check_model needs a compiled model: call model.compile(loss=...) first.")
    features, target = _sample(prepared_or_dataset)
    subject = Subject(model, features, target)
    found: list[Issue] = []
    passed: list[str] = []
    for question in QUESTIONS:
        if issues := list(question.find(subject)):
            found += issues
        else:
            passed.append(question.name)
    return Report(found, passed=passed, shapes={"sample": features.shape}, title="datafix check_model")


def _sample(data: Any) -> tuple[np.ndarray, np.ndarray | None]:
    if isinstance(data, Prepared):
        features = data.train.features[:SAMPLE_ROWS]
        target = None if data.train.target is None else data.train.target[:SAMPLE_ROWS]
        return _dense(features), target
    if not hasattr(data, "as_numpy_iterator"):
        raise ParameterError(f"check_model needs a Prepared or a tf.data.Dataset, got {type(data).__name__}.")
    batches, n_rows = [], 0
    for batch in data.as_numpy_iterator():
        batches.append(batch if isinstance(batch, tuple) else (batch,))
        n_rows += len(batches[-1][0])
        if n_rows >= SAMPLE_ROWS:
            break
    if not batches:
        raise ParameterError("check_model needs a dataset with at least one batch, got an empty one.")
    features = np.concatenate([batch[0] for batch in batches])
    return features, np.concatenate([batch[1] for batch in batches]) if len(batches[0]) > 1 else None


def _dense(features: Any) -> np.ndarray:
    return features.toarray() if hasattr(features, "toarray") else np.asarray(features)

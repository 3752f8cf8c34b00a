"""check_model(): whether model and data agree, before training."""

from __future__ import annotations

from typing import Any

import numpy as np

from datafix.diagnosis.asking import ask
from datafix.diagnosis.before import BEFORE
from datafix.diagnosis.sampling import subject_of
from datafix.report import Report


def check_model(model: Any, prepared_or_dataset: Any) -> Report:
    """Look for disagreements between a compiled model and its training data, before training.

    What the model gives, its gradients, its learning rate, and whether it can learn one batch by heart, are tried on
    a copy of its weights: the model, its optimizer and the random state stay as they are. It takes a second or two.

    Parameters
    ----------
    model : keras.Model
        Built and compiled.
    prepared_or_dataset : Prepared, or tf.data.Dataset of batches (x, y) or (x, y, sample_weight)
        2,048 training rows are looked at: of a dataset the first, in its order.

    Returns
    -------
    report : Report
        Its issues are named by their question; what could not be asked is in ``skipped``, with the reason.

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
    subject = subject_of(model, prepared_or_dataset, who="check_model")
    found, passed, skipped = ask(BEFORE, subject, subject.lacking)
    shape = subject.features.shape if isinstance(subject.features, np.ndarray) else (len(subject.features),)
    return Report(found, passed=passed, skipped=skipped, shapes={"sample": shape}, title="datafix check_model")

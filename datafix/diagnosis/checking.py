"""check_model(): whether model and data agree, before training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from datafix.diagnosis.asking import ask
from datafix.diagnosis.before import BEFORE
from datafix.diagnosis.drawing import tensorflow_seeded
from datafix.diagnosis.sampling import subject_of
from datafix.diagnosis.subject import Subject
from datafix.errors import ParameterError
from datafix.report import Report


def check_model(model: Any, prepared_or_dataset: Any, *, class_weight: Mapping[int, float] | None = None) -> Report:
    """Look for disagreements between a compiled model and its training data, before training.

    What the model gives, its gradients, its learning rate, and whether it can learn one batch by heart, are tried on
    a copy of its weights: the model, its optimizer and the random state stay as they are. It takes a second or two;
    large networks take longer, though they are tried in fewer steps, beyond 100 million multiplications a row in none.

    Parameters
    ----------
    model : keras.Model
        Built and compiled.
    prepared_or_dataset : Prepared, or tf.data.Dataset of batches (x, y) or (x, y, sample_weight)
        2,048 training rows are looked at: of a dataset the first, in its order.
    class_weight : mapping of int to float, optional
        As it will be given to ``fit``: judged together with sample weights, with which it is multiplied.

    Returns
    -------
    report : Report
        Its issues are named by their question; what could not be asked is in ``skipped``, with the reason.

    Raises
    ------
    ParameterError
        If the model is not built or not compiled, the data are of neither kind or empty, or ``class_weight`` has
        something else than numbers of 0 or more, or a key that is no class of the data nor an output of the model.

    Notes
    -----
    A dataset is read to the rows looked at. One that shuffles with a seed goes on from there: its next pass has the
    order that would have been its second.

    Examples
    --------
    >>> import keras, tensorflow as tf
    >>> model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, activation="softmax")])
    >>> model.compile(loss="binary_crossentropy")
    >>> data = tf.data.Dataset.from_tensors(([[0.1], [0.2]], [0, 1]))
    >>> check_model(model, data).issues[0].message
    'The last layer is softmax over one output: it is 1 for every row.'
    """
    _check_class_weight(class_weight)
    subject = subject_of(model, prepared_or_dataset, who="check_model")
    with tensorflow_seeded(0):
        if class_weight is not None:
            _check_classes(class_weight, subject)
            subject = replace(subject, class_weight=dict(class_weight), kept={})
        found, passed, skipped = ask(BEFORE, subject, subject.lacking)
    shape = subject.features.shape if isinstance(subject.features, np.ndarray) else (len(subject.features),)
    return Report(found, passed=passed, skipped=skipped, shapes={"sample": shape}, title="datafix check_model")


def _check_class_weight(given: Any) -> None:
    if given is None:
        return
    if not isinstance(given, Mapping) or not given:
        raise ParameterError(f"check_model needs class_weight as a dict of class numbers to weights, got {given!r}.")
    for code, weight in given.items():
        if not isinstance(code, (int, np.integer)) or isinstance(code, bool):
            raise ParameterError(
                f"check_model needs class_weight by class numbers, as fit does, got {code!r}: prepared.classes_ has "
                "the classes in their order."
            )
        if not isinstance(weight, (int, float, np.number)) or not np.isfinite(weight) or weight < 0:
            raise ParameterError(f"check_model needs weights of 0 or more, got {weight!r} for class {code}.")


def _check_classes(given: Mapping[int, float], subject: Subject) -> None:
    """Refuse keys that are no class; a class may be missing in the rows looked at, and then counts by the outputs."""
    if {
        "array",
        "numbers",
        "target",
        "labels",
        "fits",
        "trial",
    } & subject.lacking.keys() or not subject.is_classification:
        return
    n_classes = subject.n_classes or max(subject.n_outputs or 0, 2)
    known = set(range(n_classes)) | set(np.unique(subject.codes).tolist())
    if strange := sorted(set(given) - known):
        raise ParameterError(
            f"check_model needs class_weight by classes of the data, 0 to {n_classes - 1}, got {strange}: "
            "prepared.classes_ has the classes in their order."
        )

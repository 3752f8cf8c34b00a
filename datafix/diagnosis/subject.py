"""What is asked about before training: a model and a sample of its training data."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import keras
import narwhals as nw
import numpy as np
import tensorflow as tf

from datafix.diagnosis.cost import cost_of
from datafix.diagnosis.head import head_of
from datafix.diagnosis.initial import all_layers
from datafix.diagnosis.losses import CROSS_ENTROPIES, loss_of
from datafix.diagnosis.telling import said_by
from datafix.diagnosis.trial import Trial
from datafix.sentinels import find_sentinels
from datafix.task import Task

HEAD_ROWS = 64
HUGE = 1e3
MOST_CLASSES = 1000
LIGHT = 2_000_000
"""Multiplications a row, up to which nothing is spared."""
HEAVY = 100_000_000
"""Beyond, steps take seconds each."""
_BACKEND = "steps are tried on Keras' tensorflow backend only"
STEPPED = frozenset(
    {"array", "numbers", "target", "labels", "fits", "trial", "steppable", "learnable", "computable", "light"}
)
"""What must be there for steps to be tried."""


@dataclass(frozen=True)
class Subject:
    """A Keras model beside some rows of what it is to learn from.

    Attributes
    ----------
    model : keras.Model
    features : ndarray of shape (rows, ...), or dict or list of them
    target : ndarray of shape (rows,) or (rows, outputs), or None
    sample_weight : ndarray of shape (rows,) or None
    class_weight : dict of int to float, or None
    n_rows : int or None
        Of the whole training part; None where it is not known.
    batch_size : int or None
    in_order : bool
        Whether the rows are the first ones, in the order in which the model gets them.
    n_classes : int or None
        None where it is not known that the target is a class, or how many there are.
    initial : bool
        Whether the model is asked as it was before training, with the weights with which it began.
    raw : dataframe or ndarray, or None
        The same rows as they were given to ``prepare``, where the split keeps them.
    first_labels : ndarray or None
        Labels of the first rows, in their order.
    is_endless : bool
        Whether the rows are of a dataset that repeats for ever.
    index : int64 ndarray of shape (rows,), or None
        Positions in the table given to ``prepare``, -1 for rows that were made; None of a dataset.
    in_own_unit : ndarray or None
        The target before it was scaled, where ``prepare`` scaled it.
    """

    model: Any
    features: Any
    target: np.ndarray | None = None
    sample_weight: np.ndarray | None = None
    class_weight: dict[int, float] | None = None
    n_rows: int | None = None
    batch_size: int | None = None
    in_order: bool = False
    n_classes: int | None = None
    initial: bool = False
    is_endless: bool = False
    raw: Any = field(default=None, compare=False, repr=False)
    first_labels: np.ndarray | None = field(default=None, compare=False, repr=False)
    index: np.ndarray | None = field(default=None, compare=False, repr=False)
    in_own_unit: np.ndarray | None = field(default=None, compare=False, repr=False)
    kept: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def lacking(self) -> dict[str, str]:
        """What is not there, each with the reason."""
        what = {
            "array": (isinstance(self.features, np.ndarray), "the model has several inputs"),
            "numbers": (_are_numbers(self.features), "the inputs are no finite numbers"),
            "target": (isinstance(self.target, np.ndarray), "the data have no target, or several"),
            "labels": (_are_numbers(self.target), "the labels are no finite numbers"),
            "one_output": (self._has_one_output, "the model has several outputs"),
            "fits": (
                self.fits and self.strange_ids is None and self.forward_error is None,
                self.strange_ids or "the model does not take these rows",
            ),
            "copy": (keras.backend.backend() == "tensorflow", _BACKEND),
            "steppable": (
                type(self.model).train_step is keras.Model.train_step,
                "the model trains by a train_step of its own",
            ),
            "trial": (self._no_trial is None, self._no_trial or ""),
            "learnable": (bool(self.model.trainable_variables), "the model has no trainable weights"),
            "light": (
                self.cost <= HEAVY,
                f"a row takes {self.cost:.1e} multiplications, too many for steps to be tried",
            ),
            "computable": (self.loss_error is None, "the loss cannot be computed"),
            "batch_size": (self.batch_size is not None, "the batch size is known of a dataset only"),
            "weights": (
                self.sample_weight is not None or self.class_weight is not None,
                "there are no sample or class weights",
            ),
        }
        return {name: reason for name, (there, reason) in what.items() if not there}

    @cached_property
    def fits(self) -> bool:
        """Whether the model takes the features."""
        if not isinstance(self.features, np.ndarray):
            return True
        takes = getattr(self.model, "input_shape", None)
        return not isinstance(takes, tuple) or fits(takes[1:], self.features.shape[1:])

    @cached_property
    def strange_ids(self) -> str | None:
        """Which ids the model's first embedding has no row for, in words; None where it has one for each."""
        if not _are_numbers(self.features) or not self.fits:
            return None
        low, high = self.features.min(), self.features.max()
        for layer in self._first_embeddings:
            if low < 0 or high >= layer.input_dim:
                return f"ids go from {low:g} to {high:g}, and {layer.name} has rows for 0 to {layer.input_dim - 1}"
        return None

    @property
    def looks_up(self) -> bool:
        """Whether the inputs are ids that an embedding looks up."""
        return bool(self._first_embeddings)

    @property
    def _first_embeddings(self) -> list[Any]:
        """Embeddings that are given what the model is given."""
        inputs = getattr(self.model, "inputs", None) or ()
        return [
            layer
            for layer in self.layers
            if isinstance(layer, keras.layers.Embedding)
            and any(getattr(layer, "input", None) is given for given in inputs)
        ]

    @cached_property
    def forward_error(self) -> str | None:
        """What the network says where it cannot be run on the features; None where it can, or was not asked."""
        if self._no_trial is not None or not self.fits or self.strange_ids is not None:
            return None
        if not _are_numbers(self.features):
            return None
        try:
            self.trial.outputs(self.x[:2])
        except Exception as error:  # noqa: BLE001 (whatever a layer raises is told as a finding)
            return said_by(error)
        return None

    @property
    def takes_text(self) -> bool:
        """Whether an input of the model takes text, for a layer that reads it."""
        return any(getattr(one, "dtype", "") == "string" for one in getattr(self.model, "inputs", None) or ())

    @property
    def inputs(self) -> dict[str, np.ndarray]:
        """Every input's rows, by its name; "" where there is but one."""
        if isinstance(self.features, dict):
            return {str(name): np.asarray(values) for name, values in self.features.items()}
        if isinstance(self.features, (list, tuple)):
            return {str(at): np.asarray(values) for at, values in enumerate(self.features)}
        return {"": self.features}

    @cached_property
    def x(self) -> np.ndarray:
        """The features in the type that Keras computes with."""
        features = self.features
        return features.astype(np.float32) if features.dtype.kind == "f" else features

    @cached_property
    def labels(self) -> np.ndarray:
        """The target in the type and shape in which the loss is given it."""
        assert self.target is not None  # the questions need it
        return self.target.astype(np.float32) if self.target.dtype.kind == "f" else self.target

    @property
    def y(self) -> np.ndarray:
        """The labels, one column as a vector."""
        labels = self.labels
        return labels[:, 0] if labels.ndim == 2 and labels.shape[1] == 1 else labels

    @cached_property
    def loss(self) -> str:
        """Canonical name of the loss, "" where it is not known."""
        return loss_of(self.model)[0]

    @cached_property
    def loss_error(self) -> str | None:
        """What Keras says where it cannot compute the loss of these labels; None where it can, or was not asked."""
        if self._no_trial is not None or not self.fits or self.strange_ids is not None:
            return None
        if not _are_numbers(self.features) or self.target is None or self.forward_error is not None:
            return None
        try:
            self.trial.loss(self.x[:HEAD_ROWS], self.labels[:HEAD_ROWS])
        except (ValueError, TypeError, tf.errors.InvalidArgumentError) as error:
            return said_by(error)
        return None

    @cached_property
    def from_logits(self) -> bool:
        """Whether the loss expects logits."""
        return loss_of(self.model)[1]

    @cached_property
    def head(self) -> str | None:
        """What the outputs can be (see :func:`datafix.diagnosis.head.head_of`); None where it cannot be found."""
        return head_of(self.extremes)

    @cached_property
    def extremes(self) -> np.ndarray:
        """Outputs of a last layer whose weights are made huge, with both signs; float64 of shape (rows, width)."""
        trial, rows = self.trial, self.x[:HEAD_ROWS]
        last = _last_kernel(trial.weights)
        if last is None:
            return trial.outputs(rows)
        shown = []
        for factor in (1.0, HUGE, -HUGE):
            weights = [tf.convert_to_tensor(weight) for weight in trial.weights]
            weights[last:] = [weight * factor for weight in weights[last:]]
            shown.append(trial.outputs(rows, weights=weights).reshape(len(rows), -1))
        return np.concatenate(shown)

    @cached_property
    def n_outputs(self) -> int | None:
        """Width of the model's output, None where it is not one matrix."""
        shape = getattr(self.model, "output_shape", None)
        if not isinstance(shape, tuple):
            shape = self.trial.outputs(self.x[:2]).shape
        return shape[-1] if len(shape) == 2 else None

    @cached_property
    def is_classification(self) -> bool:
        """Whether the target is a class: by what is known of it, else by loss and values."""
        if self.n_classes is not None:
            return True
        if self.target is None or not np.array_equal(self.target, np.round(self.target)):
            return False
        y = self.y
        if y.ndim == 2:
            return bool(((y == 0) | (y == 1)).all() and (y.sum(axis=1) == 1).all())
        few = len(np.unique(y)) <= MOST_CLASSES
        return few and (self.loss in CROSS_ENTROPIES or set(np.unique(y).tolist()) <= {0, 1})

    @property
    def task(self) -> Task:
        """Whether it is a classification or a regression."""
        return "classification" if self.is_classification else "regression"

    @cached_property
    def codes(self) -> np.ndarray:
        """Class numbers, int64 of shape (rows,)."""
        y = self.y
        return (y.argmax(axis=1) if y.ndim == 2 else np.round(y)).astype(np.int64)

    @property
    def own_target(self) -> np.ndarray:
        """The target in its own unit."""
        return self.y if self.in_own_unit is None else self.in_own_unit

    @cached_property
    def fillers(self) -> tuple[float, ...]:
        """Values of a quantity that stand for missing, such as -999."""
        return () if self.is_classification else fillers_of(self.own_target)

    @property
    def is_filler(self) -> np.ndarray:
        """Which targets stand for missing, bool of shape (rows,)."""
        target = self.own_target
        return np.isclose(target[:, None], self.fillers).any(axis=1) if self.fillers else np.zeros(len(target), bool)

    @cached_property
    def trial(self) -> Trial:
        """A copy of the weights, as the model has them; who changes it resets it."""
        return Trial(self.model, initial=self.initial)

    @cached_property
    def cost(self) -> int:
        """How many multiplications a row takes, about."""
        return cost_of(self.model)

    def spared(self, wanted: int, least: int) -> int:
        """Return how many steps or rows are tried: all that are wanted, of a large network fewer, by its cost."""
        return max(least, min(wanted, wanted * LIGHT // max(self.cost, 1)))

    @cached_property
    def layers(self) -> list[Any]:
        """All layers, those inside of layers too."""
        return list(all_layers(self.model))

    @cached_property
    def is_image(self) -> bool:
        """Whether rows are images: of three axes, or two of at least eight, whose neighbours are alike."""
        if not isinstance(self.features, np.ndarray) or self.features.ndim not in (3, 4):
            return False
        height, width = self.features.shape[1:3]
        if min(height, width) < 8 or (self.features.ndim == 4 and self.features.shape[3] > 4):
            return False
        some = np.nan_to_num(self.features[:HEAD_ROWS].astype(np.float64), posinf=0.0, neginf=0.0)
        near = np.abs(np.diff(some, axis=1)).mean() + np.abs(np.diff(some, axis=2)).mean()
        random = np.random.RandomState(0)
        shuffled = some[:, random.permutation(height)][:, :, random.permutation(width)]
        far = np.abs(np.diff(shuffled, axis=1)).mean() + np.abs(np.diff(shuffled, axis=2)).mean()
        return bool(near < 0.8 * far)

    @property
    def _has_one_output(self) -> bool:
        outputs = getattr(self.model, "outputs", None)
        return not isinstance(self.model.loss, dict) and (outputs is None or len(outputs) == 1)

    @property
    def _no_trial(self) -> str | None:
        """Return why no steps can be tried, None where they can."""
        if keras.backend.backend() != "tensorflow":
            return _BACKEND
        if not isinstance(self.features, np.ndarray) or not self._has_one_output:
            return "the model has several inputs or outputs"
        return None


def fillers_of(target: np.ndarray) -> tuple[float, ...]:
    """Return values of a quantity, of shape (rows,), that stand for missing; none of several targets a row."""
    if target.ndim != 1 or target.dtype.kind not in "fiu":
        return ()
    rounded = np.round(target.astype(np.float64), 3)  # scaling there and back, in float32, leaves digits behind
    return tuple(sorted(find_sentinels(nw.new_series("target", rounded, backend="pandas"))))


def in_own_unit(prepared: Any, target: np.ndarray) -> np.ndarray:
    """Return a quantity, of shape (rows,), as it was before ``prepare`` scaled it."""
    transformer = prepared.target_transformer
    if transformer is None or prepared.classes_ is not None:
        return target
    return np.asarray(transformer.inverse_transform(np.asarray(target, dtype=np.float64).reshape(-1, 1))).ravel()


def _are_numbers(values: Any) -> bool:
    return isinstance(values, np.ndarray) and values.dtype.kind in "fiub" and bool(np.isfinite(values).all())


def fits(takes: tuple[int | None, ...], given: tuple[int, ...]) -> bool:
    """Return whether rows of one shape can be given to a model that takes another."""
    return len(takes) == len(given) and all(wanted in (None, size) for wanted, size in zip(takes, given, strict=True))


def _last_kernel(weights: list[Any]) -> int | None:
    kernels = [at for at, weight in enumerate(weights) if len(weight.shape) >= 2]
    return kernels[-1] if kernels else None

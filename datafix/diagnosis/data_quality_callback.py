"""A training that says what is wrong while it runs."""

from __future__ import annotations

import logging
import math
import weakref
from collections import deque
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from datafix.diagnosis.batch_watch import BatchWatch, Observed, losses_of
from datafix.diagnosis.nan_loss import nan_loss_issue, nan_val_loss_issue, nan_weights_issue
from datafix.diagnosis.training_course import TrainingCourse
from datafix.errors import ParameterError
from datafix.report import Issue, Report

_LOGGER = logging.getLogger("datafix")
_NO_LOSS = "the logs have no 'loss'; let train_step return one"


class DataQualityCallback(keras.callbacks.Callback):
    """Stop ``fit`` when the loss is NaN and say what brought it; tell of a training that goes wrong as it begins.

    When the loss or the weights are NaN or infinite, training stops, and the batch is named with its columns and rows
    that are not finite, or the losses that led there where the data are. By epochs it tells of a loss that stands
    still or rises, of overfitting and of underfitting: each once, as a warning of the logger ``datafix``.

    Parameters
    ----------
    patience : int, default=5
        Epochs that the training loss may stand still, or the validation loss rise, before it is told.
        Underfitting is told after twice as many.
    min_improvement : float, default=0.01
        Least relative fall of the training loss over ``patience`` epochs.
    feature_names : sequence of str, optional
        Names for the columns of an x that is one table, such as ``preprocessor.get_feature_names_out()``.

    Attributes
    ----------
    report_ : Report
        What was told in the last ``fit``; also what could not be looked at, and why.

    Raises
    ------
    ParameterError
        When ``fit`` begins, if ``patience`` is below 2, ``min_improvement`` is not between 0 and 1, or
        ``feature_names`` has not a name for each column that the model takes.

    Notes
    -----
    Keras shows callbacks no batch. The model's ``train_step`` and ``test_step``, custom ones too, are therefore wrapped
    during ``fit``, and compiled anew for each; it adds one reduction an array to a step. Under another backend than
    TensorFlow, or on several devices, the batch is not looked into, and ``report_.skipped`` says so.

    Examples
    --------
    >>> import keras, numpy as np
    >>> X, y = np.zeros((8, 3), "float32"), np.zeros(8)
    >>> X[5, 2] = np.nan
    >>> model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    >>> model.compile(loss="mse")
    >>> callback = DataQualityCallback()
    >>> history = model.fit(X, y, batch_size=4, shuffle=False, verbose=0, callbacks=[callback])
    >>> callback.report_.issues[0].message
    'The loss became NaN in epoch 0, batch 1 (counted from 0): column 2 of x is NaN in row 1.'
    """

    def __init__(
        self, *, patience: int = 5, min_improvement: float = 0.01, feature_names: Sequence[str] | None = None
    ) -> None:
        super().__init__()
        self.patience = patience
        self.min_improvement = min_improvement
        self.feature_names = feature_names
        self._watch: BatchWatch | None = None
        self._held_out: BatchWatch | None = None

    def on_train_begin(self, logs: Any = None) -> None:
        """Forget an earlier fit, and put the watch round the training step."""
        self._check_parameters()
        self._issues: list[Issue] = []
        self._course: TrainingCourse | None = None
        self._losses: deque[float] = deque(maxlen=5)
        self._went_wrong = False
        self._epoch = 0
        self._goes_on = _has_trained(self.model)
        self._lacking = _lacking(self.model)
        self._watch = None if self._lacking else BatchWatch(self.model)
        self._held_out = None if self._lacking else BatchWatch(self.model, "test")
        for watch in filter(None, (self._watch, self._held_out)):
            watch.put_on()
            # Where training raises no callback is told: the model gets its step back with the end of this one.
            weakref.finalize(self, _take_off, weakref.ref(watch))
        self.report_ = self._report()

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Count batches from here."""
        self._epoch = epoch
        if self._watch:
            self._watch.begin_epoch()

    def on_test_begin(self, logs: Any = None) -> None:
        """Count validation batches from here."""
        if self._held_out:
            self._held_out.begin_epoch()

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Stop where a loss is not finite, and say why."""
        losses = [float(loss) for loss in losses_of(logs).values()]
        if self._went_wrong or not losses:
            return
        bad = [loss for loss in losses if not math.isfinite(loss)]
        if not bad:
            self._begin_course(losses[0])
            self._losses.append(losses[0])
        if bad or (self._watch and self._watch.went):
            self._stop(batch, bad[0] if bad else None)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Tell what begins with this epoch."""
        logs = logs or {}
        if self._went_wrong or self._course is None or "loss" not in logs:
            return
        if not all(np.isfinite(weight).all() for weight in self.model.get_weights() if weight.dtype.kind == "f"):
            self._went_wrong = self.model.stop_training = True
            self._tell(nan_weights_issue(epoch, list(self._losses)))
            return
        val_loss = logs.get("val_loss")
        for issue in self._course.add(float(logs["loss"]), val_loss):
            self._tell(issue)
        bad = self._held_out is not None and self._held_out.met_bad
        if val_loss is not None and (bad or not math.isfinite(val_loss)):
            self._tell_validation(epoch, float(val_loss))

    def on_train_end(self, logs: Any = None) -> None:
        """Give the model back its training step, and close the report."""
        for watch in filter(None, (self._watch, self._held_out)):
            watch.take_off()
        self._watch = self._held_out = None
        self.report_ = self._report(ended=True)

    def _stop(self, batch: int, loss: float | None) -> None:
        self._went_wrong = self.model.stop_training = True
        self._tell(
            nan_loss_issue(
                epoch=self._epoch,
                batch=batch,
                loss=loss,
                losses=list(self._losses),
                observed=self._watch.observed() if self._watch else Observed(),
                lacking=self._lacking,
                names=self.feature_names,
            )
        )

    def _check_parameters(self) -> None:
        if not isinstance(self.patience, int) or self.patience < 2:
            raise ParameterError(f"DataQualityCallback needs patience of 2 epochs or more, got {self.patience!r}.")
        if not 0 <= self.min_improvement < 1:
            raise ParameterError(
                f"DataQualityCallback needs 0 <= min_improvement < 1, got {self.min_improvement!r}. "
                "It is relative: 0.01 is one hundredth of the loss."
            )
        takes = getattr(self.model, "input_shape", None)
        if self.feature_names is None or not isinstance(takes, tuple) or len(takes) != 2 or takes[1] is None:
            return
        if len(self.feature_names) != takes[1]:
            raise ParameterError(
                f"DataQualityCallback needs a name in feature_names for each of the model's {takes[1]} columns, got "
                f"{len(self.feature_names)}. Those of the prepared features are meant, not of the raw table: "
                "preprocessor.get_feature_names_out()."
            )

    def _begin_course(self, loss: float) -> None:
        """Take the loss of the first batch as that of the start."""
        if self._course is None:
            start = None if self._goes_on else loss
            self._course = TrainingCourse(patience=self.patience, min_improvement=self.min_improvement, start=start)

    def _tell_validation(self, epoch: int, val_loss: float) -> None:
        if any(issue.check == "nan_val_loss" for issue in self._issues):
            return
        observed = self._held_out.observed() if self._held_out else Observed()
        self._tell(nan_val_loss_issue(epoch, val_loss, observed, self.feature_names))

    def _tell(self, issue: Issue) -> None:
        self._issues.append(issue)
        _LOGGER.warning("%s: %s %s", issue.check, issue.message, issue.hint)
        self.report_ = self._report()

    def _report(self, *, ended: bool = False) -> Report:
        """Return what was told so far; what passed is known at the end."""
        skipped = {"batch_contents": self._lacking} if self._lacking else {}
        if not ended:
            return Report(self._issues, skipped=skipped, title="datafix training")
        told = {issue.check for issue in self._issues}
        if self._course is None or not self._course.losses:
            reason = "the loss was not finite in the first epoch" if self._went_wrong else _NO_LOSS
            skipped |= dict.fromkeys(TrainingCourse.checks, reason)
        else:
            skipped |= self._course.too_short
        passed = [name for name in ("nan_loss", *TrainingCourse.checks) if name not in told and name not in skipped]
        return Report(self._issues, passed=passed, skipped=skipped, title="datafix training")

    def __getstate__(self) -> dict[str, Any]:
        # A copy, such as KerasClassifier makes for each fit, has no model yet.
        return {**vars(self), "_model": None, "_watch": None, "_held_out": None}


def _take_off(watch: weakref.ref[BatchWatch]) -> None:
    """Take a watch off that is still on: its model keeps it then, and nothing else does."""
    left = watch()
    if left is not None:
        left.take_off()


def _has_trained(model: Any) -> bool:
    """Whether the optimizer has made steps before: the first loss is then not that of a new network."""
    iterations = getattr(getattr(model, "optimizer", None), "iterations", None)
    return iterations is not None and int(iterations) > 0


def _lacking(model: Any) -> str:
    """Return why the batches cannot be looked into, "" where they can."""
    if keras.backend.backend() != "tensorflow":
        return f"batches are looked into under TensorFlow only, and Keras runs on {keras.backend.backend()}"
    if model.distribute_strategy.num_replicas_in_sync > 1:
        return "batches are looked into on one device only, and this model has a distribution strategy"
    return ""

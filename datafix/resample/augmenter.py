"""Augmented copies of the training rows, in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn.utils import check_random_state

from datafix.columns import as_frame, as_numbers, kinds, row_count
from datafix.errors import ParameterError, TableError
from datafix.rows import RowPlan, RowStep
from datafix.task import as_target, infer_task

_ROWS_AT_ONCE = 256


class Augmenter(RowStep):
    """Learn from augmented copies of the rows beside the rows themselves.

    The operations of ``datafix.augment`` as a row step: for estimators of scikit-learn, and for networks
    that train on arrays. ``make_dataset(augment=...)`` changes rows anew in every epoch and needs no memory
    for copies; prefer it where it can be had. Evidence that augmented table rows help is thin: measure.

    Parameters
    ----------
    ops : operation or sequence of operations
        Of ``datafix.augment``, or any callable ``operation(x[, y], seeds=seeds)``. They may change a
        quantity to be predicted, as MixUp does, but not a class.
    copies : int, default=1
        Augmented rows for each row.
    random_state : int, RandomState or None

    Examples
    --------
    >>> import numpy as np
    >>> from datafix.augment import Flip
    >>> image = np.arange(3.0, dtype=np.float32).reshape(1, 1, 3, 1)
    >>> plan = Augmenter(Flip(probability=1.0)).select(image, ["a"])
    >>> plan.new[0].ravel().tolist(), plan.new[1].tolist()
    ([2.0, 1.0, 0.0], ['a'])
    """

    def __init__(
        self, ops: Callable[..., Any] | Sequence[Callable[..., Any]], *, copies: int = 1, random_state: Any = None
    ) -> None:
        self.ops = ops
        self.copies = copies
        self.random_state = random_state

    def select(self, X: Any, y: Any = None, *, sample_weight: Any = None, groups: Any = None) -> RowPlan:
        """Plan all rows and their augmented copies; weights and groups do not matter."""
        if not isinstance(self.copies, int | np.integer) or self.copies < 1:
            raise ParameterError(f"Augmenter needs copies of 1 or more, got {self.copies!r}.")
        features, n_rows = _numbers(X), row_count(X)
        target = _Target(y)
        random = check_random_state(self.random_state)
        made = list(self._made(features, target.values, n_rows, random))
        X_new = np.concatenate([changed for changed, _ in made])
        y_new = None if target.values is None else np.concatenate([changed for _, changed in made])
        return RowPlan(np.arange(n_rows), new=(_as_given(X_new, X), target.new(y_new, int(self.copies))))

    def _made(self, features: np.ndarray, y: np.ndarray | None, n_rows: int, random: Any) -> Iterator[Any]:
        """Yield every copy of all rows, in their order."""
        from datafix.augment import Compose
        from datafix.augment.draws import row_seeds

        operation = Compose([self.ops] if callable(self.ops) else self.ops)
        seed = int(random.randint(2**31))
        for copy in range(self.copies):
            # What mixes rows takes neighbours, which are often alike: rows meet in a random order.
            order = random.permutation(n_rows)
            parts = [
                _changed(operation, features, y, rows, row_seeds(seed, copy, rows))
                for rows in np.array_split(order, -(-n_rows // _ROWS_AT_ONCE))
            ]
            back = np.argsort(order)
            yield tuple(None if part[0] is None else np.concatenate(part)[back] for part in zip(*parts, strict=True))


def _changed(operation: Any, features: np.ndarray, y: np.ndarray | None, rows: np.ndarray, seeds: Any) -> Any:
    if y is None:
        return operation(features[rows], seeds=seeds).numpy(), None
    changed, target = operation(features[rows], y[rows], seeds=seeds)
    return changed.numpy(), target.numpy()


class _Target:
    """Targets as numbers, and back."""

    def __init__(self, y: Any) -> None:
        self.shape: tuple[int, ...] = np.shape(y)
        self.given = None if y is None else np.asarray(as_target(y).to_native())
        self.classes: np.ndarray | None = None
        self.values: np.ndarray | None = self.given
        if self.given is not None and infer_task(y) == "classification":
            codes, classes = pd.factorize(self.given)
            self.classes, self.values = np.asarray(classes), codes

    def new(self, changed: np.ndarray | None, copies: int) -> np.ndarray | None:
        if self.values is None or changed is None:
            return None
        if self.classes is None:
            return changed.reshape(-1, *self.shape[1:])
        if not np.array_equal(changed, np.tile(self.values, copies)):
            raise ParameterError(
                "Augmenter needs operations that leave classes as they are; MixUp and CutMix mix them. "
                "Use those in make_dataset(augment=...), whose targets may be shares of classes."
            )
        return np.tile(np.asarray(self.given), copies).reshape(-1, *self.shape[1:])


def _numbers(X: Any) -> np.ndarray:
    if isinstance(X, np.ndarray) and X.dtype.kind in "biuf":
        return X if X.ndim > 2 or X.dtype.kind == "f" else X.astype(np.float64)
    if isinstance(X, np.ndarray) and X.dtype == object:
        X = pd.DataFrame(X).infer_objects()
    frame = as_frame(X, who="Augmenter")
    if other := [name for name, kind in kinds(frame).items() if kind not in ("number", "boolean")]:
        raise TableError(
            f"Augmenter needs columns of numbers, and {other[:10]} hold other values. "
            "Prepare the rows first: put the Augmenter behind the preprocessing, round the model."
        )
    return np.column_stack([as_numbers(frame[name]) for name in frame.columns])


def _as_given(made: np.ndarray, X: Any) -> Any:
    if isinstance(X, pd.DataFrame):
        return pd.DataFrame(made, columns=X.columns)
    if not hasattr(X, "columns") and not hasattr(X, "column_names"):
        return made
    frame = as_frame(X)
    columns = {name: made[:, at] for at, name in enumerate(frame.columns)}
    return type(frame).from_dict(columns, backend=frame.implementation).to_native()

"""Several operations in turn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

from datafix.augment.affine import AffineOperation, moved_by
from datafix.augment.boxes import BOX_FORMATS
from datafix.augment.draws import derived
from datafix.augment.moving import Moving
from datafix.augment.opencv import check_engine
from datafix.augment.operation import Batch, Operation
from datafix.errors import ParameterError


class Compose(Operation):
    """Do several operations one after the other.

    Neighbouring affine operations (flip, rotate, zoom, shift, shear, crop) with the same fill and
    interpolation become one matrix and one resampling, which is faster and blurs once. What one
    of them moves out of the picture, a later one can thus bring back.

    Parameters
    ----------
    operations : sequence of Operation or callable
        A callable is called as ``operation(x[, y[, weight]], seeds=seeds)``.
    seed : int, default=0
        Another seed, other draws. Every operation draws from seeds of its own, derived from
        the row's seed, this one and its place.
    masks : str, sequence of str or True, optional
        Entries of a dict y (True: y itself) of shape (rows, height, width[, channels]) that move with
        the images. They are read at the nearest pixel, so that no value arises that was not there.
    boxes : str, sequence of str or True, optional
        Entries of a dict y (True: y itself) of shape (rows, boxes, 4) that move with the images. Results
        are the upright boxes round the moved ones, cut to the image. One of which nothing is left, or that
        had no area (padding), is -1 in all four numbers.
    bounding_box_format : str, default="xyxy"
        As in Keras: "xyxy", "yxyx", "xywh", "center_xywh", or one of these after "rel_". Pixels
        count from edge to edge: an image of width w reaches from 0 to w.
    mask_fill : float, default=0
        What masks have beyond the edge where ``fill_mode="constant"``.
    engine : {"tensorflow", "opencv", "auto"}, default="tensorflow"
        What moves uint8 images of up to four channels. OpenCV (``pip install "datafix[opencv]"``) compiles nothing
        and differs by a few grey levels. "auto" takes it where it is installed, so that results depend on the machine.

    Notes
    -----
    Masks and boxes that are not declared stay where they are: nothing tells them from other targets.
    One operation alone is ``Compose([operation], masks=...)``.

    Examples
    --------
    >>> import numpy as np
    >>> from datafix.augment import Flip, Rotate
    >>> image = np.arange(4.0).reshape(1, 2, 2, 1)
    >>> turned = Compose([Flip(probability=1.0), Rotate((90, 90))])(image)
    >>> turned.numpy().round(5).reshape(2, 2).tolist()
    [[0.0, 2.0], [1.0, 3.0]]
    """

    def __init__(
        self,
        operations: Sequence[Callable[..., Any]],
        *,
        seed: int = 0,
        masks: str | Sequence[str] | bool | None = None,
        boxes: str | Sequence[str] | bool | None = None,
        bounding_box_format: str = "xyxy",
        mask_fill: float = 0,
        engine: str = "tensorflow",
    ) -> None:
        if isinstance(operations, Operation) or not isinstance(operations, Sequence):
            raise ParameterError(f"Compose needs a list of operations, got {operations!r}.")
        if wrong := [op for op in operations if not callable(op) or isinstance(op, type)]:
            raise ParameterError(f"Compose needs operations that can be called, such as Flip(), got {wrong[0]!r}.")
        if bounding_box_format not in BOX_FORMATS:
            raise ParameterError(
                f"Compose needs a box format of {', '.join(BOX_FORMATS)}, got {bounding_box_format!r}."
            )
        check_engine(engine)
        self.operations = list(operations)
        self.seed = seed
        self.moving = Moving(
            _parts(masks, "masks"), _parts(boxes, "boxes"), bounding_box_format, float(mask_fill), engine
        )

    def apply(self, batch: Batch, seeds: tf.Tensor) -> Batch:
        """Return the batch after all operations."""
        return self.apply_moving(batch, seeds, self.moving)

    def apply_moving(self, batch: Batch, seeds: tf.Tensor, moving: Moving) -> Batch:
        """Return the batch after all operations; a Compose in another one takes the masks and boxes of that."""
        own = derived(seeds, self.seed)
        steps = [(op, derived(own, place)) for place, op in enumerate(self.operations)]
        for group in _groups(steps):
            if len(group) > 1 and isinstance(group[0][0], AffineOperation):
                operations, their_seeds = zip(*group, strict=True)
                batch = moved_by(operations, batch, their_seeds, moving)
            else:
                batch = _changed(batch, *group[0], moving)
        return batch


Step = tuple[Any, tf.Tensor]


def _groups(steps: list[Step]) -> list[list[Step]]:
    """Return neighbours that one resampling can do, other operations alone."""
    groups: list[list[Step]] = []
    for step in steps:
        if groups and _fit(groups[-1], step[0]):
            groups[-1].append(step)
        else:
            groups.append([step])
    return groups


def _fit(group: list[Step], operation: Any) -> bool:
    together = [*(op for op, _ in group), operation]
    return (
        all(isinstance(op, AffineOperation) for op in together)
        and len({op.sampling for op in together if op.sampling}) <= 1
    )


def _changed(batch: Batch, operation: Any, seeds: tf.Tensor, moving: Moving) -> Batch:
    if isinstance(operation, Operation):
        return operation.apply_moving(batch, seeds, moving)
    return _called(operation, batch, seeds)


def _parts(value: Any, name: str) -> tuple[str, ...] | bool:
    if isinstance(value, str):
        return (value,)
    if value is None or value is False:
        return ()
    if value is not True and (not isinstance(value, Sequence) or not all(isinstance(key, str) for key in value)):
        raise ParameterError(f"Compose needs {name} to be a name, names of entries of y, or True, got {value!r}.")
    return True if value is True else tuple(value)


def _called(operation: Callable[..., Any], batch: Batch, seeds: tf.Tensor) -> Batch:
    given = [part for part in batch if part is not None]
    result = operation(*given, seeds=seeds)
    changed = list(result) if isinstance(result, tuple) else [result]
    if len(changed) != len(given):
        raise ParameterError(
            f"Compose needs operations that return as many things as they are given, here {len(given)}; "
            f"{getattr(operation, '__name__', operation)!r} returned {len(changed)}."
        )
    x, y, weight = [*changed, None, None][:3]
    return x, y, weight

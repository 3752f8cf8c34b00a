"""Windows of images."""

from __future__ import annotations

import math
from typing import Any

import tensorflow as tf

from datafix.augment.affine import AffineOperation, rows_of
from datafix.augment.draws import uniform
from datafix.augment.moving import Moving, size_of
from datafix.augment.operation import Batch, images, span
from datafix.augment.sampling import Sampling
from datafix.errors import ParameterError


class Crop(AffineOperation):
    """Cut a random window out of every image, of one size for all.

    Parameters
    ----------
    height, width : int
        Of the result, in pixels.
    area : (low, high), optional
        Share of the image that the window covers; it is then resized (Szegedy et al., 2015), for
        which (0.08, 1) is usual. None: the window has the size of the result, and pixels stay as they are.
    ratio : (low, high), default=(3/4, 4/3)
        Width by height of the window, drawn evenly in its logarithm; for ``area``. A window that
        would not fit is narrowed.
    interpolation : {"bilinear", "nearest"}, default="bilinear"
        For ``area``.

    Raises
    ------
    ParameterError
        If, without ``area``, an image is smaller than the window.

    Examples
    --------
    >>> import numpy as np
    >>> image = np.arange(25).reshape(1, 5, 5, 1).astype(np.uint8)
    >>> Crop(2, 3)(image).numpy().squeeze().tolist()
    [[2, 3, 4], [7, 8, 9]]
    """

    def __init__(
        self,
        height: int,
        width: int,
        *,
        area: tuple[float, float] | None = None,
        ratio: tuple[float, float] = (3 / 4, 4 / 3),
        interpolation: str = "bilinear",
    ) -> None:
        if not all(isinstance(length, int) and length > 0 for length in (height, width)):
            raise ParameterError(f"Crop needs whole numbers of pixels above 0, got {height!r} and {width!r}.")
        self.height, self.width = height, width
        self.area = None if area is None else span(area, "area", least=0, who="Crop")
        if self.area and self.area[1] > 1:
            raise ParameterError(f"Crop needs an area of at most 1, the whole image, got {area!r}.")
        self.ratio = span(ratio, "ratio", least=0, who="Crop")
        sampling = Sampling("nearest", interpolation=interpolation).checked("Crop")
        self.sampling = None if area is None else sampling

    def size_after(self, size: tuple[Any, Any]) -> tuple[Any, Any]:
        """Return the size of the window."""
        return float(self.height), float(self.width)

    def matrices(self, seeds: tf.Tensor, size: tuple[Any, Any]) -> tf.Tensor:
        """Return scalings to the window, and moves to its place."""
        height, width = self._window(seeds, size)
        down = self._start(seeds, size[0] - height, stream=0) + height / 2.0 - size[0] / 2.0
        across = self._start(seeds, size[1] - width, stream=1) + width / 2.0 - size[1] / 2.0
        none = tf.zeros_like(across)
        return rows_of(width / self.width, none, across, none, height / self.height, down)

    def apply_moving(self, batch: Batch, seeds: tf.Tensor, moving: Moving) -> Batch:
        """Return the batch cut; windows of whole images alone are copied rather than resampled."""
        if self.area is not None or moving.masks or moving.boxes:
            return super().apply_moving(batch, seeds, moving)
        x, y, sample_weight = batch
        height, width = size_of(images(x, "Crop"))
        top = tf.cast(self._start(seeds, height - self.height, stream=0), tf.int32)
        left = tf.cast(self._start(seeds, width - self.width, stream=1), tf.int32)
        return self._cut(x, top, left), y, sample_weight

    def _cut(self, x: tf.Tensor, top: tf.Tensor, left: tf.Tensor) -> tf.Tensor:
        # One after the other: a loop of slices takes half of the time of compiled reading, and compiles nothing.
        n_rows, size = tf.shape(x)[0], [1, self.height, self.width, -1]

        def cut(at: tf.Tensor, windows: tf.TensorArray) -> tuple[tf.Tensor, tf.TensorArray]:
            return at + 1, windows.write(at, tf.slice(x, [at, top[at], left[at], 0], size)[0])

        windows = tf.TensorArray(x.dtype, size=n_rows, element_shape=[self.height, self.width, x.shape[3]])
        _, windows = tf.while_loop(lambda at, _: at < n_rows, cut, (0, windows), parallel_iterations=1)
        return tf.ensure_shape(windows.stack(), [x.shape[0], self.height, self.width, x.shape[3]])

    def _window(self, seeds: tf.Tensor, size: tuple[Any, Any]) -> tuple[tf.Tensor, tf.Tensor]:
        one = tf.ones(tf.shape(seeds))
        if self.area is None:
            return one * self.height, one * self.width
        area = uniform(seeds, *self.area, stream=2) * size[0] * size[1]
        root = tf.exp(uniform(seeds, *map(math.log, self.ratio), stream=3) / 2.0)
        side = tf.sqrt(area)
        return tf.minimum(side / root, size[0]), tf.minimum(side * root, size[1])

    def _start(self, seeds: tf.Tensor, room: tf.Tensor, *, stream: int) -> tf.Tensor:
        draw = uniform(seeds, stream=stream)
        if self.area is not None:
            return draw * room
        enough = tf.debugging.Assert(
            tf.reduce_all(room >= 0),
            [f"Crop needs images of at least {self.height} x {self.width} pixels, or area=, which resizes."],
        )
        with tf.control_dependencies([enough] if enough is not None else []):
            return tf.minimum(tf.floor(draw * (room + 1.0)), room)

"""A few operations drawn at random for every image."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from datafix.augment.affine import rows_of
from datafix.augment.draws import uniform
from datafix.augment.moving import Moving, size_of
from datafix.augment.operation import Batch, Operation, images, span
from datafix.augment.pixelwise import across, changed_values, checked_range, ranged
from datafix.augment.sampling import Sampling
from datafix.errors import ParameterError

_MOVES = ("shear_x", "shear_y", "translate_x", "translate_y", "rotate")
_TONES = ("brightness", "contrast", "colour", "posterize", "solarize", "autocontrast", "sharpness")
_KINDS = ("identity", *_MOVES, *_TONES)


class RandAugment(Operation):
    """Do a few operations, drawn for every image, at a random strength (Cubuk et al., 2020).

    Drawn from: nothing, shear and shift along either axis (0.3 of it), rotation (30 degrees), brightness,
    contrast and colour (by up to 0.9 of themselves), sharpness, posterisation (to 4 bits), solarisation
    and automatic contrast. Of the paper's, only equalisation is left out.

    Parameters
    ----------
    value_range : (low, high), optional
        Of the pixels. None: (0, 255) for uint8, (0, 65535) for uint16 and (0, 1) for floats;
        a float image that goes beyond is refused when it comes.
    num_ops : int, default=2
        Operations an image.
    factor : float or (low, high), default=0.5
        Strength, a share of the most in [0, 1]; a number a means (-a, a), and the sign gives the direction
        where there is one.
    fill_mode, fill_value, interpolation
        As in `Rotate`.

    Notes
    -----
    An image's moves are done first, as one matrix and one resampling, then the others in their order. Masks and
    boxes declared in `Compose` follow the moves.

    Examples
    --------
    >>> import numpy as np
    >>> images = np.arange(2 * 8 * 8 * 3, dtype=np.uint8).reshape(2, 8, 8, 3)
    >>> changed = RandAugment()(images)
    >>> changed.shape.as_list(), changed.dtype.name, bool((RandAugment(factor=0.0)(images) == images).numpy().all())
    ([2, 8, 8, 3], 'uint8', True)
    """

    def __init__(
        self,
        value_range: tuple[float, float] | None = None,
        *,
        num_ops: int = 2,
        factor: float | tuple[float, float] = 0.5,
        fill_mode: str = "reflect",
        fill_value: float = 0.0,
        interpolation: str = "bilinear",
    ) -> None:
        if not isinstance(num_ops, int) or num_ops < 1:
            raise ParameterError(f"RandAugment needs num_ops of 1 or more, got {num_ops!r}.")
        self.value_range = checked_range(value_range, "RandAugment")
        self.num_ops = num_ops
        self.factor = span(factor, "factor", who="RandAugment")
        if max(map(abs, self.factor)) > 1:
            raise ParameterError(f"RandAugment needs a factor of at most 1, got {factor!r}.")
        self.sampling = Sampling(fill_mode, fill_value, interpolation).checked("RandAugment")

    def apply(self, batch: Batch, seeds: tf.Tensor) -> Batch:
        """Return the batch with its images changed."""
        return self.apply_moving(batch, seeds, Moving())

    def apply_moving(self, batch: Batch, seeds: tf.Tensor, moving: Moving) -> Batch:
        """Return the batch with its images changed, and its masks and boxes moved."""
        x, y, sample_weight = batch
        x, low, high = ranged(images(x, "RandAugment"), self.value_range, "RandAugment")
        kinds, strengths = self.drawn(seeds)
        moved, y = moving.moved(x, y, _matrices(kinds, strengths, size_of(x)), size_of(x), self.sampling)
        moved.set_shape(x.shape)
        return changed_values(_toned, moved, low, high, kinds, strengths), y, sample_weight

    def drawn(self, seeds: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Return kinds, int32, and strengths, float32, of shape (rows, num_ops)."""
        places = range(self.num_ops)
        draws = tf.stack([uniform(seeds, stream=2 * at) for at in places], axis=1)
        strengths = tf.stack([uniform(seeds, *self.factor, stream=2 * at + 1) for at in places], axis=1)
        return tf.cast(draws * len(_KINDS), tf.int32), strengths


def _matrices(kinds: tf.Tensor, strengths: tf.Tensor, size: Any) -> tf.Tensor:
    height, width = size
    fused = tf.eye(3, batch_shape=[tf.shape(kinds)[0]])
    for at in range(kinds.shape[1]):
        shear_x, shear_y, right, down, turn = [
            tf.where(kinds[:, at] == _KINDS.index(name), strengths[:, at], 0.0) for name in _MOVES
        ]
        angle = turn * np.float32(np.pi / 6)
        sine, cosine = tf.sin(angle), tf.cos(angle)
        # All but one of them are nothing.
        step = rows_of(
            cosine, 0.3 * shear_x - sine, -0.3 * right * width, 0.3 * shear_y + sine, cosine, -0.3 * down * height
        )
        fused = tf.matmul(fused, step)
    return fused


def _toned(values: tf.Tensor, kinds: tf.Tensor, strengths: tf.Tensor) -> tf.Tensor:
    for at in range(kinds.shape[1]):
        for name in _TONES:
            chosen = across((kinds[:, at] == _KINDS.index(name)) & (strengths[:, at] != 0))
            changed = _TONE[name](values, across(strengths[:, at]))
            values = tf.where(chosen, tf.clip_by_value(changed, 0.0, 1.0), values)
    return values


def _grey(values: tf.Tensor) -> tf.Tensor:
    """Return the luma of ITU-R 601, which Pillow takes, or grey values as they are."""
    if values.shape[-1] != 3:
        return values
    return tf.reduce_sum(values * tf.constant([0.299, 0.587, 0.114]), axis=-1, keepdims=True)


def _contrast(values: tf.Tensor, strength: tf.Tensor) -> tf.Tensor:
    # In float64 the mean has the same float32 in whatever order it is summed.
    mean = tf.reduce_mean(tf.cast(_grey(values), tf.float64), axis=(1, 2, 3), keepdims=True)
    return _away_from(tf.cast(mean, tf.float32), values, strength)


def _away_from(origin: tf.Tensor, values: tf.Tensor, strength: tf.Tensor) -> tf.Tensor:
    return origin + (values - origin) * (1.0 + 0.9 * strength)


def _posterized(values: tf.Tensor, strength: tf.Tensor) -> tf.Tensor:
    lost = tf.round(4.0 * tf.abs(strength))
    step = tf.pow(2.0, lost)
    return tf.where(lost > 0, tf.floor(tf.round(values * 255.0) / step) * step / 255.0, values)


def _solarized(values: tf.Tensor, strength: tf.Tensor) -> tf.Tensor:
    return tf.where(values >= 1.0 - tf.abs(strength), 1.0 - values, values)


def _autocontrasted(values: tf.Tensor, strength: tf.Tensor) -> tf.Tensor:  # noqa: ARG001 - it has no strength
    least, most = (reduce(values, axis=(1, 2), keepdims=True) for reduce in (tf.reduce_min, tf.reduce_max))
    return tf.where(most > least, tf.math.divide_no_nan(values - least, most - least), values)


def _sharpened(values: tf.Tensor, strength: tf.Tensor) -> tf.Tensor:
    """Move away from Pillow's smoothed picture, whose outermost pixels are the picture's own."""
    height, width = tf.shape(values)[1], tf.shape(values)[2]
    padded = tf.pad(values, [[0, 0], [1, 1], [1, 1], [0, 0]])
    around = sum(padded[:, row : row + height, column : column + width] for row in range(3) for column in range(3))
    row, column = tf.range(height)[:, None, None], tf.range(width)[None, :, None]
    inner = (row > 0) & (row < height - 1) & (column > 0) & (column < width - 1)
    smooth = tf.where(inner, (around + 4.0 * values) / 13.0, values)
    return _away_from(smooth, values, strength)


_TONE = {
    "brightness": lambda values, strength: values * (1.0 + 0.9 * strength),
    "contrast": _contrast,
    "colour": lambda values, strength: _away_from(_grey(values), values, strength),
    "posterize": _posterized,
    "solarize": _solarized,
    "autocontrast": _autocontrasted,
    "sharpness": _sharpened,
}

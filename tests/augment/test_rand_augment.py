import numpy as np
import pytest
import tensorflow as tf
from PIL import Image, ImageEnhance, ImageOps
from scipy import ndimage

from datafix.augment import Compose, RandAugment
from datafix.augment.rand_augment import _KINDS, _MOVES, _TONES, _matrices, _toned
from datafix.emit import make_dataset
from datafix.errors import ParameterError

RANDOM = np.random.default_rng(0)
SMOOTH = ndimage.gaussian_filter(RANDOM.random((40, 22, 30, 3)), (0, 2, 2, 0))
IMAGES = np.round((SMOOTH - 0.3) / 0.4 * 255).clip(0, 255).astype(np.uint8)
PICTURE = Image.fromarray(IMAGES[0])

PILLOWS = {
    "brightness": lambda s: ImageEnhance.Brightness(PICTURE).enhance(1 + 0.9 * s),
    "contrast": lambda s: ImageEnhance.Contrast(PICTURE).enhance(1 + 0.9 * s),
    "colour": lambda s: ImageEnhance.Color(PICTURE).enhance(1 + 0.9 * s),
    "sharpness": lambda s: ImageEnhance.Sharpness(PICTURE).enhance(1 + 0.9 * s),
    "posterize": lambda s: ImageOps.posterize(PICTURE, 8 - round(4 * abs(s))),
    "solarize": lambda s: ImageOps.solarize(PICTURE, round(255 * (1 - abs(s)))),
    "autocontrast": lambda s: ImageOps.autocontrast(PICTURE),
}


@pytest.mark.parametrize("strength", [-0.6, 0.4, 0.8])
@pytest.mark.parametrize("name", _TONES)
def test_each_change_of_tone_is_pillows(name, strength):
    kinds, strengths = tf.constant([[_KINDS.index(name)]]), tf.constant([[strength]], tf.float32)

    toned = np.round(_toned(tf.constant(IMAGES[:1] / np.float32(255)), kinds, strengths)[0].numpy() * 255)

    away = np.abs(toned - np.asarray(PILLOWS[name](strength)).astype(float))
    # Pillow rounds the grey it starts from; a value at the edge of solarisation may fall to either side.
    assert np.mean(away > 2) < 0.01
    assert np.abs(toned - IMAGES[0]).max() > 0


@pytest.mark.parametrize("name", _MOVES)
def test_each_move_has_a_matrix_of_its_own(name):
    kinds, strengths = tf.constant([[_KINDS.index(name)]]), tf.constant([[0.5]], tf.float32)
    turn = np.pi / 12
    expected = {
        "shear_x": [[1, 0.15, 0], [0, 1, 0]],
        "shear_y": [[1, 0, 0], [0.15, 1, 0]],
        "translate_x": [[1, 0, -4.5], [0, 1, 0]],
        "translate_y": [[1, 0, 0], [0, 1, -3]],
        "rotate": [[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0]],
    }

    matrix = _matrices(kinds, strengths, (tf.constant(20.0), tf.constant(30.0)))[0].numpy()

    np.testing.assert_allclose(matrix[:2], expected[name], atol=1e-6)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_ranges_and_types_are_kept_and_most_images_change(dtype, channels):
    images = IMAGES[..., :channels] if dtype == np.uint8 else (IMAGES[..., :channels] / 255).astype(dtype)

    changed = RandAugment()(images).numpy()

    assert changed.dtype == dtype
    assert changed.min() >= 0
    assert changed.max() <= (255 if dtype == np.uint8 else 1)
    assert np.mean([(a != b).any() for a, b in zip(changed, images, strict=True)]) > 0.6
    np.testing.assert_array_equal(RandAugment(factor=0.0)(images), images)


def test_an_image_has_the_same_draws_in_any_batch():
    together, alone = (
        np.concatenate([x.numpy() for x in make_dataset(IMAGES, batch_size=size, seed=1, augment=RandAugment())])
        for size in (32, 7)
    )

    np.testing.assert_array_equal(together, alone)


def test_all_operations_are_drawn_as_often():
    kinds, strengths = RandAugment(num_ops=3, factor=0.5).drawn(tf.range(6000, dtype=tf.int64))

    assert kinds.shape == (6000, 3)
    np.testing.assert_allclose(np.bincount(kinds.numpy().ravel()) / 18_000, 1 / len(_KINDS), atol=0.008)
    assert abs(float(tf.reduce_min(strengths)) + 0.5) < 0.01
    assert abs(float(tf.reduce_max(strengths)) - 0.5) < 0.01


def test_masks_follow_the_moves():
    mask = (IMAGES[..., 0] > 100).astype(np.uint8)
    images = np.repeat(mask[..., None] * 255, 3, axis=-1).astype(np.uint8)

    _, moved = Compose([RandAugment(factor=0.3)], masks=True)(images, mask)

    assert set(np.unique(moved)) <= {0, 1}
    assert (moved.numpy() != mask).any()
    # Where no move was drawn the mask stays.
    assert (moved.numpy() == mask).all(axis=(1, 2)).mean() > 0.2


def test_what_cannot_be_meant_is_refused():
    with pytest.raises(ParameterError, match="num_ops of 1 or more, got 0"):
        RandAugment(num_ops=0)
    with pytest.raises(ParameterError, match="factor of at most 1, got 1.5"):
        RandAugment(factor=1.5)

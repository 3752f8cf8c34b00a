"""Each operation against a reference on the same parameters."""

import colorsys

import keras
import numpy as np
import pytest
from PIL import Image, ImageEnhance
from scipy import ndimage

from datafix.augment import (
    Blur,
    Brightness,
    Compose,
    Contrast,
    Crop,
    Cutout,
    Flip,
    Hue,
    Noise,
    Rotate,
    Saturation,
    Shear,
    Shift,
    Zoom,
)

RANDOM = np.random.default_rng(0)
SHAPE = (24, 31)


def smooth(channels=3, n=2):
    """Smooth pictures, on which interpolations differ little, uneven in height and width."""
    images = ndimage.gaussian_filter(RANDOM.random((n, *SHAPE, channels)), (0, 2, 2, 0))
    return ((images - images.min()) / (images.max() - images.min())).astype(np.float32)


IMAGES = smooth()
MODES = {"reflect": "reflect", "nearest": "nearest", "wrap": "grid-wrap", "constant": "grid-constant"}


def by_scipy(image, inverse, fill_mode="reflect", fill_value=0.0, order=1):
    """Move an image by the matrix from (x, y) of the result to (x, y) of the image, centres at 0."""
    centre = (np.array(image.shape[:2]) - 1) / 2
    rows = np.array([[inverse[1][1], inverse[1][0]], [inverse[0][1], inverse[0][0]]])
    offset = centre + np.array([inverse[1][2], inverse[0][2]]) - rows @ centre
    moved = [
        ndimage.affine_transform(channel, rows, offset, order=order, mode=MODES[fill_mode], cval=fill_value)
        for channel in np.moveaxis(image, -1, 0)
    ]
    return np.stack(moved, axis=-1)


TURN = np.deg2rad(25)
AFFINE = {
    "rotate": (Rotate, {"degrees": (25, 25)}, [[np.cos(TURN), -np.sin(TURN), 0], [np.sin(TURN), np.cos(TURN), 0]]),
    "zoom": (Zoom, {"factor": (0.3, 0.3)}, [[1 / 1.3, 0, 0], [0, 1 / 1.3, 0]]),
    "shift": (Shift, {"fraction": (0.1, 0.1)}, [[1, 0, -3.1], [0, 1, -2.4]]),
    "shear": (Shear, {"x_factor": (0.2, 0.2), "y_factor": (0.1, 0.1)}, [[1, 0.2, 0], [0.1, 1, 0]]),
}


@pytest.mark.parametrize("fill_mode", MODES)
@pytest.mark.parametrize("name", AFFINE)
def test_affine_operations_are_scipys(name, fill_mode):
    operation, arguments, inverse = AFFINE[name]
    how = {"fill_mode": fill_mode, "fill_value": 0.25 if fill_mode == "constant" else 0.0}

    moved = operation(**arguments, **how)(IMAGES).numpy()

    expected = np.stack([by_scipy(image, inverse, **how) for image in IMAGES])
    np.testing.assert_allclose(moved, expected, atol=2e-3)


@pytest.mark.parametrize("name", AFFINE)
def test_the_nearest_pixel_is_scipys(name):
    operation, arguments, inverse = AFFINE[name]
    if name == "shear":  # by other shares, which put no pixel half-way between two
        arguments, inverse = {"x_factor": (0.213, 0.213), "y_factor": (0.117, 0.117)}, [[1, 0.213, 0], [0.117, 1, 0]]

    moved = operation(**arguments, interpolation="nearest")(IMAGES).numpy()

    expected = np.stack([by_scipy(image, inverse, order=0) for image in IMAGES])
    assert (moved == expected).mean() > 0.99


@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float16, np.uint16])
def test_fused_equals_composed(dtype):
    whole = (smooth() * (255 if np.dtype(dtype).kind == "u" else 1)).astype(dtype)
    operations = [Flip(probability=1.0), Rotate((10, 10)), Zoom((0.1, 0.1)), Shear((0.1, 0.1))]

    fused = Compose(operations)(whole).numpy()
    composed = whole
    for operation in operations:
        composed = operation(composed).numpy()

    assert fused.dtype == composed.dtype == dtype
    # Four resamplings blur what one does not: away from the edges they agree on smooth pictures.
    away = np.abs(fused.astype(float) - composed.astype(float))[:, 7:-7, 7:-7]
    assert away.max() < 0.08 * (255 if np.dtype(dtype).kind == "u" else 1)
    assert away.mean() < 0.02 * (255 if np.dtype(dtype).kind == "u" else 1)


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
@pytest.mark.parametrize("name", AFFINE)
def test_opencv_gives_the_same_pictures(name, dtype):
    operation, arguments, _ = AFFINE[name]
    images = (IMAGES * 255).astype(dtype)

    ours = Compose([operation(**arguments)])(images).numpy().astype(float)
    theirs = Compose([operation(**arguments)], engine="opencv")(images).numpy().astype(float)

    assert np.abs(ours - theirs).max() <= (6 if dtype == np.uint8 else 1e-3)
    assert np.abs(ours - theirs).mean() < 0.6


def test_pillow_and_colorsys_agree_on_colours():
    images = (IMAGES * 255).astype(np.uint8)

    brighter = Brightness((0.2, 0.2))(images).numpy()
    turned = Hue((0.5, 0.5))(images).numpy()
    grey = Saturation((-1.0, -1.0))(images).numpy()
    paler = Saturation((-0.5, -0.5))(images).numpy()

    np.testing.assert_allclose(brighter, np.clip(images + 51.0, 0, 255), atol=0.51)
    np.testing.assert_array_equal(grey, np.repeat(images.max(axis=-1, keepdims=True), 3, axis=-1))
    for changed, how in ((turned, lambda h, s, v: ((h + 0.25) % 1, s, v)), (paler, lambda h, s, v: (h, s / 2, v))):
        at = (0, 5, 7), (1, 20, 3), (0, 11, 29)
        for where in at:
            expected = colorsys.hsv_to_rgb(*how(*colorsys.rgb_to_hsv(*images[where] / 255.0)))
            np.testing.assert_allclose(changed[where], np.multiply(expected, 255), atol=0.6)


def test_keras_agrees_on_hue_and_contrast():
    images = (IMAGES * 255).astype(np.uint8).astype(np.float32)

    hue = Hue((0.4, 0.4), value_range=(0, 255))(images).numpy()
    contrast = Contrast((0.3, 0.3), value_range=(0, 255))(images).numpy()

    mean = images.mean(axis=(1, 2), keepdims=True)
    np.testing.assert_allclose(contrast, np.clip((images - mean) * 1.3 + mean, 0, 255), atol=0.01)
    hsv = keras.ops.image.rgb_to_hsv(images / 255.0).numpy()
    hsv[..., 0] = (hsv[..., 0] + 0.2) % 1
    np.testing.assert_allclose(hue, keras.ops.image.hsv_to_rgb(hsv).numpy() * 255, atol=0.1)


def test_pillow_agrees_on_a_grey_picture_of_less_contrast():
    picture = Image.fromarray((IMAGES[0, :, :, 0] * 255).astype(np.uint8))

    ours = Contrast((-0.5, -0.5))(np.asarray(picture)[None, :, :, None]).numpy()[0, :, :, 0]

    np.testing.assert_allclose(ours, np.asarray(ImageEnhance.Contrast(picture).enhance(0.5)), atol=1.01)


def test_blur_is_scipys():
    blurred = Blur(1.2, kernel_size=9)(IMAGES).numpy()

    expected = ndimage.gaussian_filter(IMAGES, (0, 1.2, 1.2, 0), radius=(0, 4, 4, 0), mode="reflect")
    np.testing.assert_allclose(blurred, expected, atol=1e-4)


def test_a_crop_is_a_window_and_windows_are_everywhere():
    images = np.broadcast_to(np.arange(24 * 31, dtype=np.int32).reshape(1, *SHAPE, 1), (600, *SHAPE, 1)).astype(
        np.uint16
    )

    crops = Crop(20, 28)(images).numpy()

    top, left = np.divmod(crops[:, 0, 0, 0], 31)
    assert set(top) == set(range(5))
    assert set(left) == set(range(4))
    for crop, row, column in zip(crops[:50], top, left, strict=False):
        np.testing.assert_array_equal(crop, images[0, row : row + 20, column : column + 28])


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_a_crop_that_is_copied_is_the_crop_that_is_resampled(dtype):
    images = (IMAGES * (255 if dtype == np.uint8 else 1)).astype(dtype)
    mask = images[..., 0]

    copied = Compose([Crop(10, 12), Brightness(0.0)])(images)
    resampled, moved = Compose([Crop(10, 12)], masks=True)(images, mask)
    alone = Crop(10, 12)(images, seeds=[3, 4])
    with_shift = Compose([Crop(10, 12), Shift((0.0, 0.0))])(images)

    np.testing.assert_array_equal(copied, resampled)
    np.testing.assert_array_equal(resampled[..., 0], moved)
    np.testing.assert_allclose(copied, with_shift, atol=1e-6 if dtype == np.float32 else 0)
    assert alone.shape == (2, 10, 12, 3)


def test_noise_has_the_scale_that_was_asked_for_and_no_pattern():
    noise = Noise(0.1, value_range=(-10, 10))(np.zeros((8, 64, 64, 3), np.float32)).numpy()

    assert noise.mean() == pytest.approx(0, abs=0.03)
    assert noise.std() == pytest.approx(2.0, rel=0.02)
    flat = noise.reshape(8, -1)
    assert np.abs(np.corrcoef(flat) - np.eye(8)).max() < 0.04
    assert abs(np.corrcoef(flat[:, :-1].ravel(), flat[:, 1:].ravel())[0, 1]) < 0.02


def test_cutout_blots_out_the_share_that_was_asked_for():
    images = np.ones((300, 40, 40, 3), np.float32)

    blotted = Cutout((0.25, 0.25), fill_value=(0.1, 0.2, 0.3))(images).numpy()

    gone = (blotted != 1).all(axis=-1)
    np.testing.assert_allclose(gone.mean(axis=(1, 2)), 0.25, atol=0.02)
    np.testing.assert_allclose(np.unique(blotted[gone], axis=0), [[0.1, 0.2, 0.3]], atol=1e-6)
    assert gone.mean(axis=0).min() < gone.mean(axis=0).max() < 1


PIXELS = [Brightness(0.3), Contrast(0.5), Saturation(0.5), Hue(0.5), Noise(0.2), Blur(1.0), Cutout(), Crop(10, 12)]
MOVES = [Flip(), Rotate(20), Zoom(0.2), Shift(0.2), Shear(0.2), Crop(10, 12, area=(0.3, 1))]


@pytest.mark.parametrize("operation", PIXELS + MOVES, ids=lambda operation: type(operation).__name__)
@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_ranges_and_types_are_kept(operation, dtype):
    images = RANDOM.random((16, *SHAPE, 3)) * (255 if dtype == np.uint8 else 1)

    changed = operation(images.astype(dtype)).numpy()

    assert changed.dtype == dtype
    assert changed.min() >= 0
    assert changed.max() <= (255 if dtype == np.uint8 else 1 + 1e-6)
    assert changed.std() > 0

"""Figures of pixels against what is known of made images."""

import numpy as np
import pytest
from PIL import Image, ImageFilter

from datafix.images import figures_of

RANDOM = np.random.default_rng(0)


def test_brightness_spread_and_entropy_of_two_halves():
    halves = np.zeros((1, 10, 10, 3), np.uint8)
    halves[:, :, 5:] = 255
    figures = figures_of(halves)
    assert figures.mean == pytest.approx(0.5)
    assert figures.spread == pytest.approx(0.5)
    assert figures.entropy == pytest.approx(1.0)
    assert (figures.darkest[0], figures.lightest[0], figures.colour[0]) == (0, 1, 0)


def test_one_colour_has_no_spread_whatever_its_channels():
    red = np.zeros((1, 8, 8, 3), np.uint8)
    red[..., 0] = 200
    figures = figures_of(red)
    assert figures.spread[0] == 0
    assert figures.colour[0] == pytest.approx(200 / 255)


def test_figures_do_not_depend_on_type_range_or_neighbours():
    images = RANDOM.integers(0, 256, (300, 9, 11, 3)).astype(np.uint8)
    whole = figures_of(images)
    scaled = figures_of(images / 255 * 4 - 2, -2.0, 2.0)
    alone = figures_of(images[270:271])
    for figure, other, one in zip(whole, scaled, alone, strict=True):
        np.testing.assert_allclose(figure, other, rtol=1e-3, atol=0.05)  # a level of 256 may tip over
        np.testing.assert_allclose(figure[270], one[0], rtol=1e-6)


def test_blur_lowers_sharpness_and_contrast_does_not():
    noise = Image.fromarray(RANDOM.integers(0, 256, (90, 90), dtype=np.uint8))
    blurred = noise.filter(ImageFilter.GaussianBlur(2))
    pale = noise.point(lambda value: value // 4 + 90)
    sharp, soft, faint = figures_of(
        np.stack([np.asarray(image) for image in (noise, blurred, pale)])[..., None]
    ).sharpness
    assert soft < sharp / 10
    assert faint == pytest.approx(sharp, rel=0.02)
    assert np.isnan(figures_of(np.full((1, 9, 9, 1), 7, np.uint8)).sharpness[0])


@pytest.mark.parametrize("shape", [(1, 1), (1, 400), (400, 2), (2, 2), (300, 257)])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_any_shape_has_figures(shape, channels):
    images = RANDOM.normal(size=(3, *shape, channels))
    images[0, 0, 0] = np.nan
    figures = figures_of(images, -4.0, 4.0)
    assert np.isfinite(figures.mean).all()
    assert all(len(figure) == 3 for figure in figures)

import numpy as np
import pytest
from PIL import Image

from datafix.augment import Crop, Flip, preview
from datafix.errors import ParameterError

IMAGES = np.random.default_rng(0).integers(0, 256, (5, 6, 9, 3), dtype=np.uint8)


def test_originals_stand_first_and_variants_beside_them(tmp_path):
    picture = preview(IMAGES, Flip(probability=1.0), n_images=3, n_variants=2, path=tmp_path / "grid.png")

    grid = np.asarray(picture)
    assert grid.shape == (3 * 8 + 2, 3 * 11 + 2, 3)
    for row in range(3):
        top = 2 + 8 * row
        np.testing.assert_array_equal(grid[top : top + 6, 2:11], IMAGES[row])
        np.testing.assert_array_equal(grid[top : top + 6, 13:22], IMAGES[row, :, ::-1])
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "grid.png")), grid)


@pytest.mark.parametrize(("scale", "channels"), [(1.0, 1), (255.0, 3)])
def test_floats_and_grey_are_shown(scale, channels):
    images = (IMAGES[..., :channels] / 255 * scale).astype(np.float32)

    grid = np.asarray(preview(images, Flip(probability=0.0), n_variants=1))

    assert grid.ndim == (2 if channels == 1 else 3)
    np.testing.assert_array_equal(grid[2:8, 2:11], grid[2:8, 13:22])


def test_results_of_another_size_and_few_images_fit():
    assert preview(IMAGES[:1], Crop(3, 4), n_variants=3).size == (4 * 11 + 2, 10)


def test_what_cannot_be_shown_is_refused():
    with pytest.raises(ParameterError, match="of 1, 3 or 4 channels"):
        preview(IMAGES[..., :2], Flip())
    with pytest.raises(ParameterError, match=r"such as Flip\(\)"):
        preview(IMAGES, Flip)

"""Images that are decoded when their batch is made."""

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from datafix.augment import Flip
from datafix.emit import make_dataset, make_image_dataset
from datafix.errors import ParameterError, TableError
from datafix.reading import image_paths, read_images


@pytest.fixture
def folder(tmp_path):
    """Twenty-three pictures of two classes, the first pixel counting them."""
    random = np.random.default_rng(0)
    for at in range(23):
        pixels = random.integers(0, 255, (6, 8, 3), dtype=np.uint8)
        pixels[0, 0] = at
        place = tmp_path / "Bilder für alle" / ("cat" if at % 3 else "dog")
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(place / f"{at:02}.png")
    return tmp_path / "Bilder für alle"


@pytest.mark.parametrize("shuffle", [False, True])
def test_files_give_the_batches_that_the_images_in_memory_give(folder, shuffle):
    images, labels = read_images(folder)
    how = {"batch_size": 5, "shuffle": shuffle, "seed": 2, "augment": lambda x, y, seeds: (Flip()(x, seeds=seeds), y)}

    on_disk = make_image_dataset(folder, image_size=(6, 8), **how)
    in_memory = make_dataset(images, np.unique(labels, return_inverse=True)[1], **how)

    assert on_disk.element_spec[0].shape.as_list() == [None, 6, 8, 3]
    assert int(on_disk.cardinality()) == 5
    for _ in range(2):
        for (x, y), (given, codes) in zip(on_disk, in_memory, strict=True):
            np.testing.assert_array_equal(x, given)
            np.testing.assert_array_equal(y, codes)


def test_files_of_a_split_come_with_their_own_targets(folder):
    paths, _ = image_paths(folder)
    chosen = [paths[at] for at in (4, 1, 20)]

    x, y, weight = next(iter(make_image_dataset(chosen, [0.5, 1.5, 2.5], [1, 2, 3], image_size=(6, 8))))

    assert [int(image[0, 0, 0]) for image in x] == [int(path.stem) for path in chosen]
    assert y.numpy().tolist() == [0.5, 1.5, 2.5]
    assert weight.numpy().tolist() == [1, 2, 3]


@pytest.mark.parametrize(("color_mode", "channels"), [("rgb", 3), ("rgba", 4), ("grayscale", 1)])
def test_images_are_resized_and_converted(folder, color_mode, channels):
    x, _ = next(iter(make_image_dataset(folder, image_size=(12, 4), color_mode=color_mode)))

    assert x.shape.as_list() == [23, 12, 4, channels]
    assert x.dtype == tf.uint8


def test_a_file_that_is_no_image_is_named_in_the_loop(folder):
    torn = sorted(folder.glob("*/*.png"))[7]
    torn.write_bytes(torn.read_bytes()[:60])

    with pytest.raises(tf.errors.InvalidArgumentError, match=f"TableError.*{torn.name}.*cannot be read as an image"):
        list(make_image_dataset(folder, image_size=(6, 8), shuffle=True))


def test_what_cannot_be_meant_is_refused(folder, tmp_path):
    with pytest.raises(TableError, match="holds no images"):
        make_image_dataset(tmp_path / "nowhere", image_size=(6, 8))
    with pytest.raises(TableError, match=r"1 are missing, the first .*gone\.png"):
        make_image_dataset([tmp_path / "gone.png"], image_size=(6, 8))
    with pytest.raises(ParameterError, match="sub-folders are the classes"):
        make_image_dataset(folder, [1, 2], image_size=(6, 8))
    with pytest.raises(ParameterError, match="color_mode rgb, rgba, grayscale, got 'hsv'"):
        make_image_dataset(folder, image_size=(6, 8), color_mode="hsv")
    with pytest.raises(ParameterError, match=r"image_size=\(height, width\)"):
        make_image_dataset(folder, image_size=(6, 0))

"""What belongs to an image moves with it."""

import numpy as np
import pytest

from datafix.augment import Compose, Crop, CutMix, Flip, MixUp, Rotate, Shear, Shift, Zoom
from datafix.emit import make_dataset
from datafix.errors import ParameterError

N, HEIGHT, WIDTH = 12, 40, 56
RANDOM = np.random.default_rng(0)


def scenes():
    """One bright rectangle an image, its mask and its box; a second box is padding."""
    images = np.zeros((N, HEIGHT, WIDTH, 1), np.uint8)
    boxes = np.full((N, 2, 4), -1, np.float32)
    for at in range(N):
        top, left = RANDOM.integers(10, 18), RANDOM.integers(14, 28)
        images[at, top : top + 9, left : left + 14] = 255
        boxes[at, 0] = [left, top, left + 14, top + 9]
    return images, {"mask": images[..., 0] // 255, "boxes": boxes}


IMAGES, TARGETS = scenes()
MOVES = {
    "flip": [Flip("both", probability=1.0)],
    "rotate": [Rotate(20)],
    "zoom": [Zoom(0.2)],
    "shift": [Shift(0.1)],
    "shear": [Shear(0.2, 0.1)],
    "crop": [Crop(32, 46)],
    "resized crop": [Crop(30, 40, area=(0.7, 1.0))],
    "all": [Flip(), Rotate(15), Zoom(0.1), Shift(0.05), Crop(36, 50)],
}


def boxes_round(mask):
    """Return the boxes round what a mask marks."""
    found = []
    for picture in mask:
        rows, columns = np.nonzero(picture)
        found.append([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1])
    return np.array(found, np.float32)


@pytest.mark.parametrize("engine", ["tensorflow", "opencv"])
@pytest.mark.parametrize("name", MOVES)
def test_masks_and_boxes_follow_the_images(name, engine):
    moved = Compose(MOVES[name], masks="mask", boxes="boxes", engine=engine)

    images, targets = moved(IMAGES, TARGETS)

    mask, boxes = targets["mask"].numpy(), targets["boxes"].numpy()
    assert mask.dtype == np.uint8
    assert set(np.unique(mask)) == {0, 1}
    assert mask.shape == images.shape[:3]
    # A pixel that is more than half bright is marked.
    assert ((images.numpy()[..., 0] > 127) == mask).mean() > 0.99
    whole = boxes_round(mask)
    # The box of a turned box is wider than what it holds; elsewhere it fits to a pixel.
    slack = 6 if name in ("rotate", "shear", "all") else 1.01
    assert (boxes[:, 0, :2] <= whole[:, :2] + 1.01).all()
    assert (boxes[:, 0, 2:] >= whole[:, 2:] - 1.01).all()
    assert np.abs(boxes[:, 0] - whole).max() <= slack
    np.testing.assert_array_equal(boxes[:, 1], -1)


FORMATS = {
    "xyxy": lambda b: b,
    "yxyx": lambda b: b[..., [1, 0, 3, 2]],
    "xywh": lambda b: np.concatenate([b[..., :2], b[..., 2:] - b[..., :2]], -1),
    "center_xywh": lambda b: np.concatenate([(b[..., :2] + b[..., 2:]) / 2, b[..., 2:] - b[..., :2]], -1),
}


@pytest.mark.parametrize("relative", [False, True])
@pytest.mark.parametrize("name", FORMATS)
def test_every_format_of_boxes_means_the_same(name, relative):
    boxes = TARGETS["boxes"][:, :1]
    size = np.array([WIDTH, HEIGHT, WIDTH, HEIGHT], np.float32)
    moves = [Flip(probability=1.0), Shift((0.05, 0.05))]
    _, expected = Compose(moves, boxes=True)(IMAGES, boxes)
    written = lambda b: FORMATS[name](b / size if relative else b).astype(np.float32)  # noqa: E731

    box_format = f"{'rel_' if relative else ''}{name}"
    _, moved = Compose(moves, boxes=True, bounding_box_format=box_format)(IMAGES, written(boxes))

    np.testing.assert_allclose(moved, written(expected.numpy()), atol=1e-3)


def test_what_leaves_the_picture_has_no_box():
    boxes = np.array([[[0, 0, 5, 5], [50, 30, 56, 40], [20, 10, 30, 20]]], np.float32)

    _, moved = Compose([Shift((0.5, 0.5), fill_mode="constant")], boxes=True)(IMAGES[:1], boxes)

    assert moved.numpy().tolist() == [[[28, 20, 33, 25], [-1, -1, -1, -1], [48, 30, 56, 40]]]


def test_masks_are_filled_with_what_was_asked_for():
    _, mask = Compose([Shift((0.5, 0.5), fill_mode="constant")], masks=True, mask_fill=7)(IMAGES, TARGETS["mask"])

    assert (mask.numpy()[:, :20] == 7).all()
    assert (mask.numpy()[:, :, :28] == 7).all()


def test_undeclared_targets_stay_as_they_are():
    y = {"class": np.arange(N), "mask": TARGETS["mask"]}

    _, moved = Compose([Flip(probability=1.0)], masks="mask")(IMAGES, y)

    np.testing.assert_array_equal(moved["class"], np.arange(N))
    np.testing.assert_array_equal(moved["mask"], TARGETS["mask"][:, :, ::-1])


def test_cutmix_pastes_masks_and_its_targets_are_shares_of_pixels():
    images = np.zeros((8, 20, 30, 1), np.uint8) + np.arange(8, dtype=np.uint8)[:, None, None, None]
    y = {"mask": images[..., 0], "class": np.arange(8)}

    mixed, targets = Compose([CutMix(n_classes=8)], masks="mask")(images, y)

    np.testing.assert_array_equal(mixed[..., 0], targets["mask"])
    counts = [np.bincount(picture.ravel(), minlength=8) / 600 for picture in targets["mask"].numpy()]
    np.testing.assert_allclose(targets["class"], counts, atol=1e-6)
    assert (np.max(counts, axis=1) < 1).any()


def test_what_cannot_follow_is_refused():
    with pytest.raises(ParameterError, match="MixUp"):
        Compose([MixUp(0.2)], masks="mask")(IMAGES, TARGETS)
    with pytest.raises(ParameterError, match="CutMix"):
        Compose([CutMix()], boxes="boxes")(IMAGES, TARGETS)
    with pytest.raises(ParameterError, match=r"a dict with the masks \['masks'\]"):
        Compose([Flip()], masks="masks")(IMAGES, TARGETS)
    with pytest.raises(ParameterError, match="y itself to be the boxes"):
        Compose([Flip()], boxes=True)(IMAGES, TARGETS)
    with pytest.raises(ParameterError, match="box format of xyxy"):
        Compose([Flip()], boxes=True, bounding_box_format="ltrb")


@pytest.mark.long
@pytest.mark.parametrize("shape", [(3, 1, 1, 1), (3, 1, 9, 4), (3, 17, 2, 3)])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float16, np.float32])
def test_odd_images_come_through_in_a_dataset_in_any_batch(shape, dtype):
    images = (RANDOM.random(shape) * (200 if np.dtype(dtype).kind == "u" else 1)).astype(dtype)
    operation = Compose([Flip(), Rotate(30), Zoom(0.2), Shift(0.1), Shear(0.1), Crop(1, 2, area=(0.5, 1))])

    together, alone = (
        np.concatenate([np.asarray(x) for x in make_dataset(images, batch_size=size, seed=0, augment=operation)])
        for size in (3, 1)
    )

    if dtype == np.float16:
        images = images.astype(np.float32)  # what make_dataset feeds
    assert together.shape == (3, 1, 2, shape[-1])
    assert together.dtype == images.dtype
    np.testing.assert_array_equal(together, alone)

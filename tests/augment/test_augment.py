import numpy as np
import pytest
import tensorflow as tf
from scipy import ndimage, stats

from datafix.augment import (
    Brightness,
    Compose,
    Crop,
    Flip,
    GaussianJitter,
    MixUp,
    Rotate,
    Shear,
    Shift,
    Zoom,
    moving,
)
from datafix.augment.draws import derived, normal, row_seeds, uniform
from datafix.augment.mixing import own_share
from datafix.augment.sampling import sampled
from datafix.emit import make_dataset
from datafix.errors import ParameterError

rng = np.random.default_rng(0)
IMAGES = rng.random((6, 16, 12, 3), dtype=np.float32)
SQUARES = rng.random((6, 16, 16, 1), dtype=np.float32)
BYTES = rng.integers(0, 256, (6, 16, 12, 3), dtype=np.uint8)
SEEDS = row_seeds(0, 0, tf.range(6, dtype=tf.int64))


def test_a_flip_is_exact_and_twice_is_none():
    for direction, axis in (("horizontal", 2), ("vertical", 1), ("both", (1, 2))):
        flip = Flip(direction, probability=1.0)
        np.testing.assert_array_equal(flip(IMAGES), np.flip(IMAGES, axis))
        np.testing.assert_array_equal(flip(flip(BYTES)), BYTES)


def test_a_flip_by_chance_mirrors_about_half_of_the_rows():
    x = np.tile(np.arange(4.0, dtype=np.float32)[None, None, :, None], (2000, 1, 1, 1))

    flipped = Flip()(x).numpy()[:, 0, 0, 0] == 3

    assert 0.45 < flipped.mean() < 0.55


@pytest.mark.parametrize("quarter", [1, 2, 3])
def test_quarter_turns_are_exact(quarter):
    turned = Rotate((90 * quarter, 90 * quarter))(SQUARES)

    np.testing.assert_allclose(turned, np.rot90(SQUARES, quarter, axes=(1, 2)), atol=1e-5)


@pytest.mark.parametrize("angle", [17, -30])
def test_a_rotation_is_the_one_of_scipy(angle):
    turned = Rotate((angle, angle))(SQUARES).numpy()

    expected = ndimage.rotate(SQUARES, angle, axes=(2, 1), reshape=False, order=1, mode="grid-mirror")
    np.testing.assert_allclose(turned, expected, atol=1e-4)


def test_a_shift_rolls_the_interior_and_mirrors_the_edge():
    moved = Shift((0.25, 0.25))(IMAGES).numpy()

    np.testing.assert_allclose(moved[:, 4:, 3:], np.roll(IMAGES, (4, 3), (1, 2))[:, 4:, 3:], atol=1e-6)
    np.testing.assert_allclose(moved[:, 4:, :3], IMAGES[:, :-4, 2::-1], atol=1e-6)


def test_a_zoom_is_the_one_of_scipy():
    zoomed = Zoom((0.5, 0.5))(IMAGES[..., :1]).numpy()

    centre = (np.array([16, 12]) - 1) / 2
    for before, after in zip(IMAGES[..., 0], zoomed[..., 0], strict=True):
        expected = ndimage.affine_transform(before, np.eye(2) / 1.5, centre - centre / 1.5, order=1, mode="grid-mirror")
        np.testing.assert_allclose(after, expected, atol=1e-5)


@pytest.mark.parametrize(
    "op",
    [Rotate(0), Zoom(0), Shift(0), Brightness(0), Flip(probability=0), Compose([Rotate(0), Shift(0)]), Compose([])],
)
def test_zero_changes_nothing(op):
    np.testing.assert_array_equal(op(IMAGES), IMAGES)
    np.testing.assert_array_equal(op(BYTES), BYTES)


def test_composed_affine_operations_are_those_done_in_turn_but_resampled_once():
    ops = [Flip("both", probability=1.0), Rotate((90, 90)), Shift((0.25, 0.25)), Flip("vertical", probability=1.0)]

    together = Compose(ops)(SQUARES).numpy()
    in_turn = SQUARES
    for op in ops:
        in_turn = op(in_turn)

    np.testing.assert_allclose(together, in_turn, atol=1e-5)


def test_there_is_one_resampling_for_all_affine_neighbours(monkeypatch):
    calls = []
    monkeypatch.setattr(moving, "sampled", lambda *given: calls.append(1) or sampled(*given))

    Compose([Flip(), Rotate(10), Zoom(0.1), Shift(0.1), Shear(0.1), Crop(8, 8), Brightness(0.1), Rotate(5)])(IMAGES)

    assert len(calls) == 2


@pytest.mark.parametrize("op", [Flip(), Rotate(20), Zoom(0.2), Shift(0.2), Brightness(0.4)])
@pytest.mark.parametrize("x", [IMAGES, BYTES, IMAGES.astype(np.float16)], ids=lambda x: x.dtype.name)
def test_dtype_shape_and_range_are_kept(op, x):
    changed = op(x)

    assert changed.dtype == x.dtype
    assert changed.shape == x.shape
    high = 255 if x.dtype == np.uint8 else 1
    assert float(tf.reduce_min(changed)) >= 0
    assert float(tf.reduce_max(changed)) <= high + 1e-5


def test_brightness_adds_a_share_of_the_range():
    np.testing.assert_allclose(Brightness((0.1, 0.1))(IMAGES), np.clip(IMAGES + 0.1, 0, 1), atol=1e-6)
    np.testing.assert_allclose(
        Brightness((0.1, 0.1), value_range=(0, 255))(IMAGES * 255), np.clip(IMAGES * 255 + 25.5, 0, 255), atol=1e-4
    )
    with pytest.raises(tf.errors.InvalidArgumentError, match="float pixels in"):
        Brightness(0.1)(IMAGES * 255)


ROWWISE = Compose([Flip(), Rotate(15), Zoom(0.1), Shift(0.1), Brightness(0.1)], seed=4)


@pytest.mark.parametrize("batch_size", [1, 4, 6])
def test_a_row_is_augmented_alike_in_every_batch(batch_size):
    whole = ROWWISE(IMAGES, seeds=SEEDS).numpy()

    batches = [
        ROWWISE(IMAGES[at : at + batch_size], seeds=SEEDS[at : at + batch_size]) for at in range(0, 6, batch_size)
    ]

    np.testing.assert_array_equal(np.concatenate(batches), whole)


def test_another_seed_or_place_draws_anew():
    first, second = Compose([Rotate(20)], seed=1)(IMAGES).numpy(), Compose([Rotate(20)], seed=2)(IMAGES).numpy()
    noise = GaussianJitter(1.0)
    once = noise(np.zeros((5, 2), np.float32)).numpy()
    twice = Compose([noise, noise])(np.zeros((5, 2), np.float32)).numpy()

    assert (first != second).any()
    assert not np.allclose(twice % once, 0)


def test_a_dataset_augments_alike_however_it_is_batched_and_anew_each_epoch():
    def epoch(dataset):
        parts = [np.concatenate(part) for part in zip(*dataset, strict=True)]
        return parts[0][np.argsort(parts[1])]

    shuffled = make_dataset(BYTES, np.arange(6), batch_size=4, shuffle=True, seed=9, augment=ROWWISE)
    ordered = make_dataset(BYTES, np.arange(6), batch_size=6, seed=9, augment=ROWWISE)
    first, second = epoch(shuffled), epoch(shuffled)

    np.testing.assert_array_equal(first, epoch(ordered))
    np.testing.assert_array_equal(second, epoch(ordered))
    assert (first != second).any()
    assert shuffled.element_spec[0].dtype == tf.uint8


def test_jitter_is_normal_noise_of_the_scale():
    noise = GaussianJitter(0.5)(np.zeros((4000, 5), np.float32)).numpy()

    assert stats.kstest(noise.ravel() / 0.5, "norm").pvalue > 1e-3
    assert np.abs(np.corrcoef(noise.T) - np.eye(5)).max() < 0.06


def test_draws_are_uniform_and_independent_between_streams_rows_and_epochs():
    seeds = row_seeds(3, 0, tf.range(20_000, dtype=tf.int64))
    draws = [uniform(seeds), uniform(seeds, stream=1), uniform(row_seeds(3, 1, tf.range(20_000, dtype=tf.int64)))]
    draws += [uniform(derived(seeds, 1)), normal(seeds, 1)[:, 0]]

    assert all(stats.kstest(draw, "uniform").pvalue > 1e-3 for draw in draws[:4])
    assert np.abs(np.corrcoef(np.array(draws)) - np.eye(5)).max() < 0.03
    assert np.abs(np.corrcoef(draws[0][1:], draws[0][:-1])[0, 1]) < 0.03


def test_mixup_mixes_rows_targets_and_weights_by_the_same_share():
    x = np.eye(64, dtype=np.float32)

    mixed, y, weight = MixUp(0.4)(x, x, np.arange(64, dtype=np.float32))

    np.testing.assert_array_equal(mixed, y)
    np.testing.assert_allclose(weight, mixed.numpy() @ np.arange(64), rtol=1e-4)
    share = np.diag(mixed)
    assert ((share >= 0.5) & (share <= 1)).all()
    np.testing.assert_allclose(mixed.numpy().sum(axis=0).sum(), 64, rtol=1e-5)
    np.testing.assert_array_equal((mixed.numpy() > 0).sum(axis=1) <= 2, True)


def test_shares_of_mixup_follow_the_beta_distribution():
    share = own_share(uniform(row_seeds(0, 0, tf.range(10_000, dtype=tf.int64))), 0.4).numpy()

    folded = 2 * (stats.beta(0.4, 0.4).cdf(share.astype(float)) - 0.5)
    assert stats.kstest(folded, "uniform").pvalue > 1e-3


def test_mixup_makes_class_codes_one_hot_only_when_told():
    x, codes = np.ones((4, 2), np.float32), np.array([0, 1, 2, 1])

    with pytest.raises(ParameterError, match="Say n_classes="):
        MixUp(0.2)(x, codes)

    _, y = MixUp(0.2, n_classes=3)(x, codes)
    np.testing.assert_allclose(y.numpy().sum(axis=1), 1, rtol=1e-6)


def test_a_function_of_ones_own_is_an_operation():
    def shifted(x, y, *, seeds):
        return x + 1, y

    x, _ = Compose([shifted, GaussianJitter(0)])(np.zeros((3, 2), np.float32), np.arange(3))

    np.testing.assert_array_equal(x, 1)

    def lost(x, y, *, seeds):
        return x

    with pytest.raises(ParameterError, match="here 2; 'lost' returned 1"):
        Compose([lost])(np.zeros((3, 2)), np.arange(3))


@pytest.mark.parametrize(
    "make",
    [
        lambda: Flip("diagonal"),
        lambda: Flip(probability=2),
        lambda: Rotate("a"),
        lambda: Rotate((3, 1)),
        lambda: Rotate(-3),
        lambda: Zoom(1),
        lambda: Shift(float("nan")),
        lambda: Brightness(0.1, value_range=(1, 0)),
        lambda: GaussianJitter(-1),
        lambda: MixUp(0),
        lambda: MixUp(1, n_classes=1),
        lambda: Compose(Flip()),
        lambda: Compose([3]),
        lambda: Flip()(np.zeros((3, 2))),
        lambda: Compose([Flip()])({"a": np.zeros((3, 2))}),
        lambda: GaussianJitter(1)(np.zeros((3, 2), int)),
    ],
)
def test_what_cannot_be_meant_is_refused_in_plain_words(make):
    with pytest.raises(ParameterError, match="needs"):
        make()

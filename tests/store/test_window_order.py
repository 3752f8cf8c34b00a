import subprocess
import sys

import numpy as np
import pytest

from datafix.store import WindowOrder


def epoch_of(order, epoch=0):
    return np.concatenate([order.rows(epoch, window) for window in range(order.n_windows)])


@pytest.mark.parametrize(
    ("n_rows", "block_rows", "window_blocks"),
    [(1003, 16, 7), (1, 16, 7), (16, 16, 1), (17, 4, 2), (5, 1, 3), (1000, 16, 99)],
)
@pytest.mark.parametrize("shuffle", [True, False])
def test_every_row_comes_once_an_epoch(n_rows, block_rows, window_blocks, shuffle):
    order = WindowOrder(n_rows, block_rows, window_blocks, shuffle=shuffle, seed=3)

    first, second = epoch_of(order, 0), epoch_of(order, 1)

    np.testing.assert_array_equal(np.sort(first), np.arange(n_rows))
    np.testing.assert_array_equal(np.sort(second), np.arange(n_rows))
    assert (first != second).any() == (shuffle and n_rows > 1)
    assert order.starts(0)[-1] == n_rows
    assert max(len(order.blocks(0, window)) for window in range(order.n_windows)) <= window_blocks
    if not shuffle:
        np.testing.assert_array_equal(first, np.arange(n_rows))


def test_a_seed_gives_one_order_in_any_process():
    code = (
        "from datafix.store import WindowOrder; order = WindowOrder(40, 4, 3, shuffle=True, seed=-5);"
        "print([order.rows(2, window).tolist() for window in range(order.n_windows)])"
    )
    order = WindowOrder(40, 4, 3, shuffle=True, seed=-5)

    told = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout

    assert told.strip() == str([order.rows(2, window).tolist() for window in range(order.n_windows)])
    assert epoch_of(order).tolist() != epoch_of(WindowOrder(40, 4, 3, shuffle=True, seed=6)).tolist()


def test_no_row_favours_a_place_in_the_epoch():
    orders = (WindowOrder(120, 4, 6, shuffle=True, seed=seed) for seed in range(600))

    places = np.mean([np.argsort(epoch_of(order)) for order in orders], axis=0)

    # The mean of 600 places has a standard error of 1.4.
    assert np.abs(places - 59.5).max() < 6


def variance_of_share(rows, label, batch=256):
    whole = label[rows][: len(rows) // batch * batch].reshape(-1, batch)
    return whole.mean(axis=1).var()


def test_sorted_rows_come_out_mixed_as_by_an_exact_permutation():
    n_rows, label = 400_000, np.arange(400_000) >= 200_000
    rows = [epoch_of(WindowOrder(n_rows, 100, 200, shuffle=True, seed=seed)) for seed in range(4)]
    random = np.random.default_rng(0)

    ours = np.mean([variance_of_share(order, label) for order in rows])
    exact = np.mean([variance_of_share(random.permutation(n_rows), label) for _ in range(4)])

    assert abs(np.corrcoef(rows[0], np.arange(n_rows))[0, 1]) < 0.01
    assert 0.9 < ours / exact < 1.1


def test_at_worst_a_batch_varies_as_the_docstring_says():
    n_rows, block_rows, window = 400_000, 100, 500
    label = np.repeat(np.random.default_rng(0).random(n_rows // block_rows) < 0.5, block_rows)
    random = np.random.default_rng(1)

    ours = np.mean(
        [
            variance_of_share(epoch_of(WindowOrder(n_rows, block_rows, window, shuffle=True, seed=s)), label)
            for s in range(4)
        ]
    )
    exact = np.mean([variance_of_share(random.permutation(n_rows), label) for _ in range(4)])

    assert ours / exact == pytest.approx(1 + 256 / 500, rel=0.15)

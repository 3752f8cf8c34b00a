import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse
from sklearn.datasets import load_digits

from datafix import ParameterError, TableError
from datafix.near_duplicates import near_copies, near_duplicates

RNG = np.random.default_rng(0)


def people(n_rows, seed=0):
    random = np.random.default_rng(seed)
    return pd.DataFrame(
        {f"number{j}": random.normal(size=n_rows) * 10.0**j for j in range(4)}
        | {f"count{j}": random.integers(0, 10 ** (j + 1), n_rows) for j in range(3)}
        | {f"text{j}": random.choice([f"value {k}" for k in range(8)], n_rows) for j in range(3)}
    )


def edited(frame, n_cells, seed=1):
    """Change cells of each row: a number to another, a text to another, either to nothing."""
    random = np.random.default_rng(seed)
    out = frame.astype({name: float for name in frame.columns if name.startswith("count")})
    for row in range(len(out)):
        for column in random.permutation(out.shape[1])[:n_cells]:
            other = out.iloc[(row + 7) % len(out), column]
            out.iloc[row, column] = other if random.random() < 0.7 else None
    return out


def test_jittered_copies_are_found_and_nothing_else():
    X = RNG.normal(size=(2000, 10)) * 100
    jittered = X[:100] + RNG.uniform(-1e-2, 1e-2, (100, 10))
    group = near_duplicates(np.vstack([X, jittered]))
    assert np.array_equal(group[2000:], group[:100])
    assert len(np.unique(group)) == 2000


@pytest.mark.parametrize("make", [lambda frame: frame, pl.from_pandas], ids=["pandas", "polars"])
def test_copies_with_a_fifth_of_their_cells_changed_are_found_and_nothing_else(make):
    frame = people(2000)
    group = near_duplicates(make(pd.concat([frame, edited(frame[:100], 2)], ignore_index=True)))
    assert (group[2000:] == group[:100]).mean() >= 0.99
    assert np.array_equal(group[:2000], np.arange(2000))


def test_copies_are_found_that_are_edited_and_jittered_at_once():
    X = RNG.normal(size=(3000, 30)) * 100
    copies = X[:200] + RNG.uniform(-1e-2, 1e-2, (200, 30))
    for row in copies:
        row[RNG.permutation(30)[:6]] = RNG.normal(size=6) * 100
    group = near_duplicates(np.vstack([X, copies]))
    assert (group[3000:] == group[:200]).mean() >= 0.99


def test_more_than_a_fifth_of_the_cells_is_no_small_edit():
    frame = people(1000)
    group = near_duplicates(pd.concat([frame, edited(frame[:100], 4)], ignore_index=True))
    assert (group[1000:] == group[:100]).mean() < 0.1  # an edit may leave a common value as it was


def test_rows_that_are_alike_by_chance_are_no_copies():
    common = pd.DataFrame({f"answer{j}": RNG.choice(["yes", "no"], 5000) for j in range(20)})
    apart = (common.drop_duplicates()).reset_index(drop=True)
    group = near_duplicates(apart)
    assert (np.bincount(group)[group] > 1).mean() <= 0.005


def test_families_that_share_a_ticket_are_no_copies():
    family = np.repeat(np.arange(300), 4)
    shared = {f"shared {j}": [f"{j} {value}" for value in RNG.integers(0, 5000, 300)[family]] for j in range(6)}
    own = {f"own {j}": RNG.integers(0, 2, 1200) for j in range(6)}
    frame = pd.DataFrame(shared | own).drop_duplicates().reset_index(drop=True)
    group = near_duplicates(frame)
    assert (np.bincount(group)[group] > 1).mean() <= 0.02


def test_a_chain_of_edits_is_not_one_group():
    chain = [RNG.normal(size=10)]
    for column in range(9):
        chain.append(chain[-1].copy())
        chain[-1][column] += 5
    group = near_duplicates(np.vstack([*chain, RNG.normal(size=(500, 10))]))
    assert np.bincount(group[:10]).max() <= 5
    assert len(np.unique(group[:10])) < 10


def test_a_group_has_at_most_fifty_contents():
    oversampled = RNG.normal(size=20) + RNG.uniform(-1e-5, 1e-5, (60, 20))
    group = near_duplicates(np.vstack([RNG.normal(size=(20_000, 20)), oversampled]))
    assert np.bincount(group).max() == 50


def test_rows_of_one_content_are_together_however_common():
    group = near_duplicates(pd.DataFrame({"a": [1, 1, 2, 2, 1], "b": ["x", "x", "x", "x", "y"]}))
    assert group.tolist() == [0, 0, 1, 1, 2]


@pytest.mark.parametrize(
    "table",
    [np.zeros((5, 0)), np.zeros((0, 3)), np.full((6, 2), np.nan), np.array([[np.inf], [-np.inf], [1e308], [-1e308]])],
    ids=["no columns", "no rows", "nothing known", "infinite"],
)
def test_odd_tables_have_their_exact_copies_only(table):
    expected = pd.factorize(pd.Series([str(row) for row in table.tolist()]))[0]
    assert near_duplicates(table).tolist() == expected.tolist()


DIGITS = load_digits().images


@pytest.mark.parametrize(
    "edit",
    [lambda x: x + 1, lambda x: x * 0.8, lambda x: x + RNG.normal(0, 0.3, x.shape), lambda x: np.roll(x, 1, axis=1)],
    ids=["brighter", "less contrast", "noisy", "shifted"],
)
def test_images_with_small_edits_are_copies_and_digits_of_one_class_are_none(edit):
    group = near_duplicates(np.concatenate([DIGITS, edit(DIGITS[:100])]))
    assert (group[len(DIGITS) :] == group[:100]).mean() >= 0.95
    original = group[: len(DIGITS)]
    assert (np.bincount(original)[original] > 1).mean() <= 0.005


def test_slightly_brighter_images_are_copies():
    images = RNG.integers(0, 255, (50, 16, 16, 3)).astype(float)
    group = near_duplicates(np.concatenate([images, images[:5] + 1.0]))
    assert np.array_equal(group[50:], group[:5])
    assert len(np.unique(group)) == 50


def test_blank_images_are_like_nothing():
    blank = np.arange(10.0)[:, None, None] * np.ones((10, 8, 8))
    group = near_duplicates(np.concatenate([DIGITS, blank]))
    assert (np.bincount(group)[group[-10:]] == 1).all()


@pytest.mark.parametrize("tolerance", [-1, "a", None, float("nan"), True])
def test_an_odd_tolerance_is_refused(tolerance):
    with pytest.raises(ParameterError, match="tolerance of at least 0"):
        near_duplicates([[1.0]], tolerance=tolerance)


def test_a_sparse_matrix_is_refused_with_a_next_step():
    with pytest.raises(TableError, match="toarray"):
        near_duplicates(sparse.eye_array(5).tocsr())


def test_near_copies_of_training_rows_are_found_among_test_rows_exact_ones_aside():
    train, test = people(1500), people(300, seed=2)
    test = pd.concat([test, edited(train[40:70], 2), train[:10]], ignore_index=True)[train.columns[::-1]]
    rows, matches, share = near_copies(train, test)
    expected = dict(zip(range(300, 330), range(40, 70), strict=True))
    found = dict(zip(rows.tolist(), matches.tolist(), strict=True))
    assert found.items() <= expected.items()
    assert len(found) >= 29
    assert share.min() >= 0.8


def test_copies_within_one_table_cross_nothing():
    train = people(500)
    test = pd.concat([people(200, seed=2), edited(people(200, seed=2), 1)], ignore_index=True)
    assert len(near_copies(train, test)[0]) == 0


def test_near_copies_among_images_are_found():
    rows, matches, share = near_copies(DIGITS[:1000], np.concatenate([DIGITS[1000:], DIGITS[:3] * 0.9]))
    assert rows.tolist()[-3:] == [797, 798, 799]
    assert matches.tolist()[-3:] == [0, 1, 2]
    assert share[-3:].min() > 0.9


def test_tables_that_do_not_match_are_refused():
    with pytest.raises(TableError, match="\\['b'\\]"):
        near_copies(pd.DataFrame({"a": [1]}), pd.DataFrame({"a": [1], "b": [1]}))
    with pytest.raises(TableError, match="one shape"):
        near_copies(DIGITS, DIGITS[:, :4])

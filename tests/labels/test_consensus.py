import numpy as np
import pandas as pd
import polars as pl
import pytest

from datafix import TableError
from datafix.labels import consensus


def crowd(seed=0, n_rows=300):
    """Three good annotators and one who guesses, each labelling most rows."""
    random = np.random.default_rng(seed)
    true = random.integers(0, 3, n_rows)
    given = np.stack([np.where(random.random(n_rows) < right, true, random.integers(0, 3, n_rows)) for right in
                      (0.9, 0.9, 0.85, 0.0)], axis=1).astype(object)  # fmt: skip
    given = np.array(["ant", "bee", "cow"], dtype=object)[given.astype(int)]
    unseen = random.random(given.shape) < 0.3
    unseen[unseen.all(axis=1), 0] = False
    given[unseen] = None
    proba = np.full((n_rows, 3), 0.1)
    proba[np.arange(n_rows), np.where(random.random(n_rows) < 0.85, true, (true + 1) % 3)] = 0.8
    return pd.DataFrame(given, columns=["a", "b", "c", "guesser"]), np.array(["ant", "bee", "cow"])[true], proba


def test_the_true_labels_and_who_guesses_are_found():
    given, true, proba = crowd()
    votes, crowdlab = consensus(given), consensus(given, proba)
    right = [(found.labels["consensus_label"].to_numpy() == true).mean() for found in (votes, crowdlab)]
    assert min(right) > 0.85
    assert votes.annotators["agreement"].idxmin() == crowdlab.annotators["quality"].idxmin() == "guesser"
    assert crowdlab.labels["consensus_quality"].between(0, 1).all()
    wrong = crowdlab.labels["consensus_label"].to_numpy() != true
    assert (
        crowdlab.labels["consensus_quality"][wrong].mean() < crowdlab.labels["consensus_quality"][~wrong].mean() - 0.1
    )


def test_annotations_of_other_kinds_give_the_same():
    given, _, proba = crowd(1)
    expected = consensus(given, proba).labels
    indexed = consensus(given.set_axis(np.arange(len(given))[::-1]), proba).labels
    assert indexed.index[0] == len(given) - 1
    for other in (pl.from_pandas(given), given.to_numpy(), given.astype("category")):
        pd.testing.assert_frame_equal(consensus(other, proba).labels, expected, check_dtype=False)
    numbers = given.apply(lambda column: column.map({"ant": 10.0, "bee": 20.0, "cow": 30.0}))
    assert set(consensus(numbers).labels["consensus_label"]) == {10.0, 20.0, 30.0}


def test_one_annotator_a_row_and_full_agreement_are_taken():
    alone = np.array([["x", None], [None, "y"], ["y", None], [None, "x"]], dtype=object)
    proba = np.array([[0.9, 0.1], [0.2, 0.8], [0.3, 0.7], [0.6, 0.4]])
    for annotations in (alone, np.array([["x", "x"], ["y", "y"], ["y", "y"], ["x", "x"]])):
        for probabilities in (None, proba):
            found = consensus(annotations, probabilities).labels
            assert found["consensus_label"].tolist() == ["x", "y", "y", "x"]
            assert (found["annotator_agreement"] == 1).all()


@pytest.mark.parametrize(
    ("annotations", "proba", "told"),
    [
        ([["a", "b"], [None, None]], None, "1 row.*position 1"),
        ([["a", None], ["b", None]], None, r"Annotator\(s\) \[1\]"),
        ([["a", "b"]], [[1.0]], r"shape \(1, 2\)"),
        (["a", "b"], None, "one column an annotator"),
        (np.empty((0, 2)), None, "got a table of shape"),
        ([["a", "b"]], [[0.0, 0.0]], "add up to 1"),
        (pd.DataFrame([["a", "b"]], columns=["x", "x"]), None, "more than once"),
    ],
)
def test_annotations_that_say_nothing_are_refused(annotations, proba, told):
    with pytest.raises(TableError, match=told):
        consensus(annotations, proba)


def test_ties_go_to_the_rarer_label_and_leave_the_global_generator_alone():
    before = np.random.get_state()[1].copy()
    given = [["a", "b"], ["b", "a"], ["a", "a"], ["a", "a"], ["b", "b"]]
    assert consensus(given).labels["consensus_label"].tolist() == ["b", "b", "a", "a", "b"]
    even = np.full((5, 2), 0.5)
    assert consensus(given, even).labels.equals(consensus(given, even).labels)
    np.testing.assert_array_equal(np.random.get_state()[1], before)


def test_probabilities_go_by_the_names_of_their_columns():
    given, _, proba = crowd(1)
    named = pd.DataFrame(proba, columns=["ant", "bee", "cow"])
    pd.testing.assert_frame_equal(consensus(given, named[["cow", "ant", "bee"]]).labels, consensus(given, proba).labels)

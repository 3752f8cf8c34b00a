import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import make_multilabel_classification
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score

from datafix import TableError
from datafix.labels import find_multilabel_issues, out_of_fold_multilabel_proba

X, TRUE = make_multilabel_classification(600, n_features=40, n_classes=4, n_labels=2, length=400, random_state=0)
RANDOM = np.random.default_rng(0)
GIVEN = TRUE.copy()
WRONG = RANDOM.choice(600, 40, replace=False)
CLASS = RANDOM.integers(0, 4, 40)
GIVEN[WRONG, CLASS] = 1 - GIVEN[WRONG, CLASS]
PROBA = out_of_fold_multilabel_proba(LogisticRegression(max_iter=500), X, GIVEN, random_state=0)


def test_rows_with_a_label_too_many_or_too_few_come_first():
    issues = find_multilabel_issues(GIVEN, PROBA)
    planted = np.isin(np.arange(600), WRONG)
    assert average_precision_score(planted, -issues["label_quality"]) > 3 * planted.mean()
    assert issues["is_issue"][planted].mean() > 3 * issues["is_issue"][~planted].mean()


def test_the_class_in_doubt_is_named_on_the_right_side():
    names = list("abcd")
    issues = find_multilabel_issues(pd.DataFrame(GIVEN, columns=names, index=np.arange(600) + 5), PROBA)
    assert issues.index[0] == 5
    given = pd.DataFrame(GIVEN, columns=names)
    for row, (superfluous, missing) in enumerate(zip(issues["superfluous"], issues["missing"], strict=True)):
        assert given.loc[row, superfluous].eq(1).all()
        assert given.loc[row, missing].eq(0).all()
    np.testing.assert_array_equal(issues["is_issue"], issues["superfluous"].str.len() + issues["missing"].str.len() > 0)


def test_a_class_that_all_or_no_rows_have_is_not_judged():
    given = np.column_stack([GIVEN[:, :2], np.ones(600), np.zeros(600)])
    proba = out_of_fold_multilabel_proba(LogisticRegression(max_iter=500), X, given, random_state=0)
    np.testing.assert_array_equal(proba[:, 2:], given[:, 2:])
    assert find_multilabel_issues(given, proba)["superfluous"].map(lambda names: 2 not in names).all()


@pytest.mark.parametrize(
    ("y", "proba", "told"),
    [
        (GIVEN * 2, PROBA, "0 and 1"),
        (GIVEN, PROBA[:, :2], r"\(600, 4\)"),
        (GIVEN, PROBA * 3, "probabilities"),
        (GIVEN[:0], PROBA[:0], "0 and 1"),
        (pd.Series(GIVEN[:, 0]), PROBA, "a table"),
    ],
)
def test_what_is_no_multi_label_target_is_refused(y, proba, told):
    with pytest.raises(TableError, match=told):
        find_multilabel_issues(y, proba)


def test_probabilities_go_by_the_names_of_their_columns():
    given = pd.DataFrame(GIVEN, columns=list("abcd"))
    named = pd.DataFrame(PROBA, columns=list("abcd"))
    known = find_multilabel_issues(given, PROBA)
    pd.testing.assert_frame_equal(find_multilabel_issues(given, named[list("dbca")]), known)
    names = [f"row {at}" for at in range(600)]
    with pytest.raises(TableError, match="another order"):
        find_multilabel_issues(given.set_axis(names), named.set_axis(names).sample(frac=1, random_state=0))


def test_the_only_row_of_a_class_and_a_single_class_are_taken():
    given = np.column_stack([GIVEN[:, 0], np.arange(600) == 7])
    proba = out_of_fold_multilabel_proba(LogisticRegression(max_iter=500), X, given, random_state=0)
    assert 1 not in find_multilabel_issues(given, proba)["superfluous"][7]
    assert find_multilabel_issues(given[:, :1], proba[:, :1])["is_issue"].any()
    with pytest.raises(TableError, match="one target a row"):
        out_of_fold_multilabel_proba(LogisticRegression(), X, GIVEN[:-1])


def test_the_built_in_models_judge_each_class():
    planted = np.isin(np.arange(600), WRONG)
    proba = out_of_fold_multilabel_proba(None, X, GIVEN, cv=3, random_state=0)
    quality = find_multilabel_issues(GIVEN, proba)["label_quality"]
    assert average_precision_score(planted, -quality) > 3 * planted.mean()

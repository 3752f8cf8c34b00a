import pytest

from datafix.spelling import spelling_key, unify


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("No", "no."),
        ("<=50K", "<=50K."),
        (" New  York ", "new york"),
        ("ﬁt", "fit"),
        ("Straße", "STRASSE"),
        ("a;", "A"),
    ],
)
def test_spellings_of_one_name_share_a_key(one, other):
    assert spelling_key(one) == spelling_key(other)


@pytest.mark.parametrize(
    ("one", "other"), [("+", "-"), ("C", "C++"), ("A+", "A-"), ("<=50K", ">50K"), ("1", "1.0"), ("-1", "1"), (".", ",")]
)
def test_names_that_differ_in_meaning_do_not(one, other):
    assert spelling_key(one) != spelling_key(other)


def test_the_most_frequent_spelling_stands_for_all():
    assert unify({"ny": 1, "NY": 3, "NY ": 2, "LA": 1}) == {"ny": "NY", "NY ": "NY"}


def test_of_equally_frequent_spellings_the_one_without_blanks_stands():
    assert unify({" ny": 1, "ny": 1}) == {" ny": "ny"}


def test_a_slip_in_a_letter_is_mended_but_two_letters_are_two_classes():
    assert unify({"M": 100, "m": 3}) == {"m": "M"}
    assert unify({"M": 100, "m": 90}) == {}


def test_punctuation_counts_where_asked():
    assert unify({"no": 2, "no.": 1}, punctuation=False) == {}

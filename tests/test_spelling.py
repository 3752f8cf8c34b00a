import pytest

from datafix.spelling import find_slips, spelling_key, unify


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


def test_finds_slips_of_frequent_names():
    counts = {"Birmingham": 60, "Birminghm": 1, "Birmimgham": 2, "Brimingham": 1, "Montgomery": 30, "Montgommery": 1}

    assert find_slips(counts) == {
        "Birminghm": "Birmingham",
        "Birmimgham": "Birmingham",
        "Brimingham": "Birmingham",
        "Montgommery": "Montgomery",
    }


@pytest.mark.parametrize(
    "counts",
    [
        {"typical angina": 100, "atypical angina": 2},
        {"employed": 100, "employer": 2},
        {"iran": 100, "iraq": 2},
        {"type 1": 100, "type 2": 2},
        {"al_hf-1": 100, "ak_hf-1": 2},
        {"measure al_hf-1": 100, "measure ak_hf-1": 2},
        {"Birmingham": 60, "Birmimgham": 8, "Montgomery": 1000},
        {"Carmen": 50, "Cerman": 50, "Cermen": 1},
        {"Hansen": 50, "Hanson": 30, "Hansan": 1},
        {"Birmingham": 60, "Birminghxm": 20},
        {"Austin": 60, "Mustin": 1},
        {"North Carolina": 60, "South Carolina": 2},
    ],
    ids="/".join,
)
def test_what_may_be_a_name_of_its_own_is_no_slip(counts):
    assert find_slips(counts) == {}


def test_a_column_whose_names_are_one_letter_apart_has_no_slips():
    names = {"Hansen": 50, "Hanson": 50, "Petersen": 50, "Petterson": 50, "Birmingham": 50, "Birmingam": 1}

    assert find_slips(names) == {}

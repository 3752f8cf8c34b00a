import pytest

from datafix.whole_file import draft_of, write_text


def test_a_file_takes_its_name_when_it_is_whole(tmp_path):
    path = tmp_path / "a.csv"
    with draft_of(path) as draft:
        draft.write_text("half")
        assert (draft.suffix, path.exists()) == (".csv", False)
        draft.write_text("whole")
    assert path.read_text() == "whole"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("stop", [KeyboardInterrupt, OSError, SystemExit])
def test_what_stops_the_writing_leaves_the_old_file_and_no_draft(tmp_path, stop):
    path = tmp_path / "a.csv"
    path.write_text("old")
    with pytest.raises(stop), draft_of(path) as draft:
        draft.write_text("half")
        raise stop
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_names_that_utf_8_cannot_hold_are_written_escaped(tmp_path):
    write_text("\ud800 é", tmp_path / "a.txt")
    assert (tmp_path / "a.txt").read_bytes().decode() == "\\ud800 é"

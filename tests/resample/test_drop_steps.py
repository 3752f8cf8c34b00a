import numpy as np
import pandas as pd
import pytest

from datafix import ColumnRule, DropDuplicates, DropInvalid, ParameterError, Schema, SchemaError

FRAME = pd.DataFrame({"a": [1.0, 1.0, 2.0, 2.0, np.nan, np.nan], "b": ["x", "x", "y", "y", None, None]})


@pytest.mark.parametrize(
    ("arguments", "kept"),
    [
        ({}, [0, 4]),
        ({"keep": "last"}, [1, 5]),
        ({"conflicting": "keep"}, [0, 2, 3, 4]),
    ],
)
def test_copies_and_contradictions_are_left_out(arguments, kept):
    labels = ["n", "n", "n", "y", "y", "y"]
    assert DropDuplicates(**arguments).select(FRAME, labels).indices.tolist() == kept


def test_differing_quantities_are_no_contradiction():
    assert DropDuplicates().select(FRAME, [0.1, 0.1, 0.2, 0.3, 0.4, 0.5]).indices.tolist() == [0, 2, 3, 4, 5]


def test_without_a_target_rows_alone_count():
    assert DropDuplicates().select(FRAME).indices.tolist() == [0, 2, 4]


def test_unknown_arguments_are_refused():
    with pytest.raises(ParameterError, match="'all'"):
        DropDuplicates(keep="all").select(FRAME)
    with pytest.raises(ParameterError, match="Schema, got str"):
        DropInvalid("schema").select(FRAME)


def test_rows_that_break_the_schema_are_left_out_with_the_reason():
    schema = Schema({"a": ColumnRule("number", maximum=1.5), "b": ColumnRule("text", nullable=False)})
    plan = DropInvalid(schema).select(FRAME)
    assert plan.indices.tolist() == [0, 1]
    assert plan.reason[2] == "a: at most 1.5"
    assert plan.reason[4] == "b: not missing"


def test_a_missing_column_is_no_reason_to_drop_all_rows():
    with pytest.raises(SchemaError, match="'z': the column is missing"):
        DropInvalid(Schema({"z": ColumnRule("number")})).select(FRAME)


def test_a_missing_label_contradicts_none():
    labels = ["n", None, "n", "y", "y", "y"]
    assert DropDuplicates().select(FRAME, labels).indices.tolist() == [0, 1, 4]

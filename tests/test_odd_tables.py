"""Whatever the table, the audit gives findings or a refusal, never another exception."""

import warnings

import numpy as np
import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import datafix
from datafix import DatafixError

# Those that fit models take most of the time, and look at tables through the others' eyes.
SLOW = {
    "mislabeled_rows", "target_leakage", "row_order", "learning_curve", "weak_groups", "ambiguous_classes",
    "joint_drift", "relation_drift", "target_encoded_rows", "target_drift", "imputed_before_split",
    "oversampled_before_split",
}  # fmt: skip
QUICK = [check.name for check in datafix.CHECKS if check.name not in SLOW]

FLOATS = st.floats(allow_nan=True, allow_infinity=True, width=64)
ANYTHING = st.one_of(
    st.none(), st.integers(-(2**70), 2**70), FLOATS, st.booleans(), st.text(max_size=5), st.binary(max_size=3),
    st.lists(st.integers(), max_size=2), st.datetimes().map(pd.Timestamp), st.dates(), st.decimals(allow_nan=False),
    st.dictionaries(st.text(max_size=1), st.integers(), max_size=1), st.complex_numbers(), st.timedeltas(),
)  # fmt: skip
NAMES = st.one_of(
    st.text(max_size=4), st.integers(-3, 3), st.none(), st.tuples(st.text(max_size=1), st.integers(0, 1)), FLOATS,
    st.sampled_from(["", " ", "a", "A", "y", "index", "\ud800", "<b>", "x" * 300]),
)  # fmt: skip


@st.composite
def columns(draw, n):
    small = st.one_of(st.none(), st.integers(1, 3))
    flags = st.one_of(st.none(), st.booleans())
    texts = st.one_of(st.none(), st.text(max_size=4), st.sampled_from(["?", "NA", "1,5", "-999", "2020-01-01", "inf"]))
    times = st.one_of(st.none(), st.datetimes(pd.Timestamp("1700-01-01"), pd.Timestamp("2200-01-01")))
    days = st.timedeltas(pd.Timedelta(-9, "D"), pd.Timedelta(9, "D"))
    values, dtypes = draw(
        st.sampled_from(
            [
                (FLOATS, ["float64"]),
                (st.sampled_from([np.inf, -np.inf, np.nan, 0.0, 1e308]), ["float64"]),
                (st.none(), ["object", "float64", "Int64", "string", "category", "datetime64[ns]"]),
                (ANYTHING, ["object"]),
                (texts, ["object", "string", "string[pyarrow]", "category"]),
                (small, ["Int8", "Int64", "Float64", "int64[pyarrow]", "double[pyarrow]", "category", "object"]),
                (flags, ["boolean", "object", "bool[pyarrow]"]),
                (times, ["datetime64[ns]", "object"]),
                (st.integers(0, 2**64 - 1), ["uint64"]),
                (days, ["timedelta64[ns]"]),
                (st.sampled_from([0.0, 1.0]), ["Sparse[float]", "float32"]),
                (st.sampled_from(["no", "yes"]), ["object"]),
            ]
        )
    )
    return pd.Series(draw(st.lists(values, min_size=n, max_size=n)), dtype=draw(st.sampled_from(dtypes)))


@st.composite
def frames(draw, rows=(0, 1, 2, 3, 12, 40)):
    n = draw(st.sampled_from(rows))
    made = [draw(columns(n)) for _ in range(draw(st.integers(0, 4)))]
    frame = pd.concat(made, axis=1) if made else pd.DataFrame(index=range(n))
    frame.columns = pd.Index(
        draw(st.lists(NAMES, min_size=len(made), max_size=len(made))), dtype=object, tupleize_cols=False
    )
    return frame


def rendered(**audited):
    """Audit and render in every form, or be refused."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # NumPy's, of overflowing sums of 1e308
        try:
            report = datafix.audit(**audited)
        except DatafixError:
            return
    texts = (str(report), report.to_html(), report.to_json(), report.to_junit(), report.to_markdown(), repr(report))
    assert all(texts)


RARELY = {"deadline": None, "derandomize": True, "database": None, "suppress_health_check": list(HealthCheck)}


@settings(max_examples=150, **RARELY)
@given(frame=frames(), data=st.data())
def test_odd_tables_give_findings_or_a_refusal(frame, data):
    target = data.draw(st.sampled_from([None, *frame.columns])) if len(frame.columns) else None
    test = data.draw(st.sampled_from([None, frame, frame.head(1)]))
    rendered(train=frame, target=target, test=test, checks=QUICK)


@settings(max_examples=8, **RARELY)
@given(frame=frames(rows=(12, 40)))
def test_odd_tables_pass_every_check(frame):
    names = ["t", *(f"c{j}" for j in range(len(frame.columns)))][: len(frame.columns)]
    frame = frame.set_axis(names, axis=1).assign(y=np.arange(len(frame)) % 2)
    rendered(train=frame, target="y", test=frame)

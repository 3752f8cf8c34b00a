"""A mixed table of 1 M x 30 in one step, against the page of ColumnTransformer that does the same in scikit-learn.

The peer imputes with the median and indicators, scales, and encodes as one-hot with the same rare categories;
its times come as the same sine and cosine columns. Then the encoder alone, a column at a time.
"""

import sys
import threading
import time
from contextlib import contextmanager

import numpy as np
import pandas as pd
import psutil
from measuring import cpu_seconds, tell
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, OrdinalEncoder, StandardScaler, TargetEncoder

from datafix import TablePreprocessor
from datafix.encode import CategoryEncoder

NUMBERS, CARDINALITIES = 20, (3, 5, 12, 30, 40, 200, 1000)
DAY, YEAR = 86_400, 365.2425


def make_table(n_rows, seed):
    """Return 20 columns of numbers, 7 of text, an id-like one and two times, with missing cells."""
    random = np.random.default_rng(seed)
    base = random.normal(size=(n_rows, NUMBERS))
    columns = {}
    for j in range(NUMBERS):
        shapes = (
            base[:, j] * 10 + 50,
            np.exp(base[:, j]) * 100,
            np.floor(np.abs(base[:, j]) * 20),
            base[:, j].round(4),
        )
        columns[f"number_{j:02d}"] = np.where(random.random(n_rows) < 0.03 * (j % 2), np.nan, shapes[j % 4])
    for j, size in enumerate((*CARDINALITIES, n_rows // 5)):
        share = 1 / np.arange(1, size + 1) ** 1.1
        codes = random.choice(size, size=n_rows, p=share / share.sum())
        text = np.array([f"c{j}_{k:06d}" for k in range(size)], dtype=object)[codes]
        columns[f"text_{j}"] = pd.Series(np.where(random.random(n_rows) < 0.02 * (j == 3), None, text), dtype="str")
    start = np.datetime64("2023-01-01", "s")
    for j in range(2):
        columns[f"time_{j}"] = start + random.integers(0, DAY * 700, n_rows).astype("timedelta64[s]")
    return pd.DataFrame(columns)


def time_parts(frame):
    """Return what DatetimeEncoder gives, as a user writes it by hand."""
    parts = []
    for name in frame:
        seconds = (
            frame[name].astype("int64").to_numpy() // 10 ** {"s": 0, "ms": 3, "us": 6, "ns": 9}[frame[name].dt.unit]
        )
        days = seconds / DAY
        parts.append(days)
        for phase in (days % 1, (days + 3) % 7 / 7, days / YEAR % 1):
            parts += [np.sin(2 * np.pi * phase), np.cos(2 * np.pi * phase)]
    return np.column_stack(parts)


def peer(threshold=40):
    texts = [f"text_{j}" for j in range(len(CARDINALITIES) + 1)]
    few, many = [texts[j] for j in range(5)], texts[5:]

    def one_hot(**limits):
        return OneHotEncoder(handle_unknown="infrequent_if_exist", sparse_output=False, dtype=np.float32, **limits)

    return ColumnTransformer(
        [
            (
                "numbers",
                make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler()),
                [f"number_{j:02d}" for j in range(NUMBERS)],
            ),
            ("few", one_hot(min_frequency=0.001), few),
            ("many", one_hot(max_categories=threshold), many),
            ("times", make_pipeline(FunctionTransformer(time_parts), StandardScaler()), ["time_0", "time_1"]),
        ]
    )


@contextmanager
def peak_memory(found):
    """Append the greatest resident memory beyond the start, in bytes, to ``found``."""
    process, stop = psutil.Process(), threading.Event()
    before = most = process.memory_info().rss

    def watch():
        nonlocal most
        while not stop.is_set():
            most = max(most, process.memory_info().rss)
            time.sleep(0.005)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield
    finally:
        stop.set()
        watcher.join()
        found.append(most - before)


def table(n_rows):
    train, test = make_table(n_rows, 0), make_table(n_rows, 1)
    ours, theirs = TablePreprocessor(), peer()
    fit = cpu_seconds(lambda: ours.fit(train), 2), cpu_seconds(lambda: theirs.fit(train), 1)
    transform = cpu_seconds(lambda: ours.transform(test), 2), cpu_seconds(lambda: theirs.transform(test), 1)
    memory = []
    with peak_memory(memory):
        out = ours.transform(test)
    size = out.nbytes
    del out
    with peak_memory(memory):
        theirs.transform(test)
    tell(
        "table",
        rows=n_rows,
        outputs=size // 4 // n_rows,
        fit_cpu_s=fit[0],
        peer_fit_cpu_s=fit[1],
        fit_share=fit[0] / fit[1],
        transform_cpu_s=transform[0],
        peer_transform_cpu_s=transform[1],
        transform_share=transform[0] / transform[1],
        memory_of_output=memory[0] / size,
        peer_memory_of_output=memory[1] / size,
    )


def encoders(n_rows):
    for size in (10, 1000, n_rows // 5):
        random = np.random.default_rng(size)
        values = np.array([f"category {k:07d}" for k in range(size)], dtype=object)
        column = pd.DataFrame({"text": pd.Series(values[random.integers(0, size, n_rows)], dtype="str")})
        y = random.integers(0, 2, n_rows)
        for storage, frame in (("pyarrow string", column), ("category", column.astype("category"))):
            for output, (ours, theirs) in rivals(frame, y).items():
                tell(
                    "encoder",
                    output=output,
                    storage=storage,
                    distinct=size,
                    million_rows_per_cpu_s=n_rows / 1e6 / cpu_seconds(ours, 2),
                    peer_million_rows_per_cpu_s=n_rows / 1e6 / cpu_seconds(theirs, 1),
                )


def rivals(frame, y):
    """Return calls that encode the column, ours and scikit-learn's."""
    one_hot = CategoryEncoder(max_categories=50, dtype=np.float32).fit(frame)
    ordinal = CategoryEncoder(output="ordinal").fit(frame)
    limits = {"handle_unknown": "infrequent_if_exist", "sparse_output": False, "dtype": np.float32}
    their_one_hot = OneHotEncoder(max_categories=50, **limits).fit(frame)
    their_ordinal = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1).fit(frame)
    return {
        "one-hot": (lambda: one_hot.transform(frame), lambda: their_one_hot.transform(frame)),
        "ordinal": (lambda: ordinal.transform(frame), lambda: their_ordinal.transform(frame)),
        "target, cross-fitted": (
            lambda: CategoryEncoder(output="target").fit_transform(frame, y),
            lambda: TargetEncoder().fit_transform(frame, y),
        ),
    }


def main():
    n_rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    encoders(n_rows)
    table(n_rows)


if __name__ == "__main__":
    main()

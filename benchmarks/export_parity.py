"""Exported models against scikit-learn's transform: the same numbers, served in small batches and inside tf.data.

Two tables: 10 numbers and 5 texts by a ColumnTransformer of scikit-learn, exported; and the mixed
table of 30 columns of preprocess.py by TablePreprocessor, against the page of ColumnTransformer there.
Figures hold the conversion of the input, from pandas to tensors, unless they are of tf.data.
"""

import time

import numpy as np
import tensorflow as tf
from measuring import tell
from preprocess import make_table, peer
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from datafix import TablePreprocessor, keras_inputs, to_keras
from datafix.emit import row_function

N_ROWS = 65_536
BATCHES = (1, 32, 256)


def simple_table():
    table = make_table(N_ROWS, 0)
    stamp = 1.7e9 + 1e3 * np.random.default_rng(1).normal(size=N_ROWS)
    names = [f"number_{j:02d}" for j in range(9)] + [f"text_{j}" for j in range(5)]
    return table[names].assign(stamp=stamp)


def simple_pipeline(table):
    numbers = [name for name in table if not name.startswith("text")]
    texts = [name for name in table if name.startswith("text")]
    steps = [
        ("numbers", make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler()), numbers),
        ("texts", OneHotEncoder(handle_unknown="ignore", sparse_output=False), texts),
    ]
    return ColumnTransformer(steps).fit(table)


def cpu_of_calls(function, seconds=1.5):
    """Return CPU seconds a call: the median, for calls too short to be measured alone."""
    for _ in range(5):
        function()
    taken, end = [], time.process_time() + seconds
    while time.process_time() < end:
        start = time.process_time()
        function()
        taken.append(time.process_time() - start)
    return float(np.median(taken))


def parity(name, fitted, table):
    """Compare in float64 and float32, with missing and unseen values."""
    new = table.sample(2000, random_state=0)
    texts = [column for column in new if column.startswith("text")]
    new.loc[new.index[::50], texts] = "never seen"
    expected = np.asarray(fitted.transform(new), dtype=np.float64)
    scale = np.maximum(1.0, np.abs(expected))
    inputs = keras_inputs(new, fitted)
    worst = {
        dtype: float(np.nanmax(np.abs(to_keras(fitted, dtype=dtype)(inputs).numpy() - expected) / scale))
        for dtype in ("float64", "float32")
    }
    print_parity = {f"{dtype}_difference": f"{value:.1e}" for dtype, value in worst.items()}
    tell("export_parity", table=name, transform_dtype=str(fitted.transform(new).dtype), **print_parity)


def small_batches(name, fitted, table, theirs):
    model = to_keras(fitted)
    function = row_function(model, fitted)
    for n in BATCHES:
        rows = table.iloc[:n]
        peer_s = cpu_of_calls(lambda: theirs.transform(rows))  # noqa: B023 - called at once
        by_function = cpu_of_calls(lambda: function(rows))  # noqa: B023
        by_model = cpu_of_calls(lambda: model.predict_on_batch(keras_inputs(rows, fitted)))  # noqa: B023
        tell(
            "export_small_batches",
            table=name,
            rows=n,
            row_function_cpu_ms=1e3 * by_function,
            predict_on_batch_cpu_ms=1e3 * by_model,
            sklearn_cpu_ms=1e3 * peer_s,
            row_function_times_faster=peer_s / by_function,
            predict_on_batch_times_faster=peer_s / by_model,
        )


def inside_tf_data(name, fitted, table, theirs):
    model, inputs = to_keras(fitted), keras_inputs(table, fitted)
    for batch in (256, 1024, 4096):
        starts = tf.data.Dataset.range(0, N_ROWS, batch)
        ours = starts.map(lambda at: model({name: column[at : at + batch] for name, column in inputs.items()}))  # noqa: B023
        peer_batches = [table.iloc[at : at + batch] for at in range(0, min(N_ROWS, 32 * batch), batch)]
        width = model.output.shape[1]

        def call(at):
            return theirs.transform(peer_batches[int(at) // batch]).astype(np.float32)  # noqa: B023

        called = tf.data.Dataset.range(0, len(peer_batches) * batch, batch).map(
            lambda at: tf.ensure_shape(tf.numpy_function(call, [at], tf.float32), (None, width))  # noqa: B023
        )
        rate = N_ROWS / cpu_of_calls(lambda: epoch(ours), 6)  # noqa: B023
        peer_rate = len(peer_batches) * batch / cpu_of_calls(lambda: epoch(called), 4)  # noqa: B023
        tell(
            "export_tf_data",
            table=name,
            batch=batch,
            outputs=width,
            million_rows_per_cpu_s=rate / 1e6,
            sklearn_million_rows_per_cpu_s=peer_rate / 1e6,
            times_faster=rate / peer_rate,
        )


def epoch(dataset):
    """Run through the dataset on one thread, without autotuning, whose own work is no row's."""
    options = tf.data.Options()
    options.threading.private_threadpool_size = options.threading.max_intra_op_parallelism = 1
    options.autotune.enabled = False
    for _ in dataset.with_options(options):
        pass


def main():
    simple, mixed = simple_table(), make_table(N_ROWS, 0)
    exported, page = simple_pipeline(simple), peer().fit(mixed)
    whole = TablePreprocessor().fit(mixed)
    for name, fitted, table, theirs in (("15 columns", exported, simple, exported), ("30 columns", whole, mixed, page)):
        parity(name, fitted, table)
        small_batches(name, fitted, table, theirs)
        inside_tf_data(name, fitted, table, theirs)


if __name__ == "__main__":
    main()

"""The main job on the Adult census data: audit, mend, prepare, train, save one model, serve it.

Run it with ``make demo``, or ``python examples/10_adult_income.py [--epochs N] [--rows N]``.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import keras
import numpy as np
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.preprocessing import OrdinalEncoder

import datafix

DATA = Path(__file__).parent / "data"
TARGET = "income"

SERVE = """
import sys, json, numpy as np, pandas as pd, keras
model = keras.saving.load_model(sys.argv[1])
rows = pd.read_parquet(sys.argv[2])
inputs = {name: rows[name].to_numpy(float if rows[name].dtype.kind in "iuf" else str)[:, None] for name in rows}
inputs = {name: keras.ops.convert_to_tensor(values) for name, values in inputs.items()}
np.save(sys.argv[3], model.predict(inputs, batch_size=1024, verbose=0))
print(json.dumps({"datafix imported": "datafix" in sys.modules}))
"""


def small_network(n_features):
    """Return the network that both ways of preparing data train."""
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((n_features,)),
            keras.layers.Dense(32, activation="relu"),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    return model


def with_datafix(train, test, epochs):
    """Audit, mend, prepare, train; return the model, what was prepared, and the test accuracy."""
    report = datafix.audit(train, test=test, target=TARGET)
    print(report, end="\n\n")

    split = datafix.Split.from_parts(train, test, target=TARGET, on_overlap="drop_train")
    detector = datafix.MislabelDetector(action="reweight", cv=3, random_state=0)
    prepared = datafix.prepare(datafix.TablePreprocessor(), split=split, row_steps=[detector])
    changes = prepared.changes.to_frame()
    print("What was changed:")
    print(changes.groupby(["step", "reason"]).size().rename("n").reset_index().to_string(index=False), end="\n\n")

    parts = datafix.to_tf_data(prepared, batch_size=256, seed=0)
    model = small_network(prepared.train.features.shape[1])
    model.fit(parts["train"], epochs=epochs, shuffle=False, verbose=0)  # the dataset shuffles by itself
    accuracy = model.evaluate(parts["test"], verbose=0, return_dict=True)["accuracy"]
    return model, prepared, accuracy


def naively(train, test, epochs):
    """Prepare as a hasty script does: text as it is, codes for categories, no scaling; return the test accuracy."""
    X, X_test = train.drop(columns=TARGET), test.drop(columns=TARGET)
    text = X.select_dtypes(exclude="number").columns.tolist()
    codes = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    encoder = make_column_transformer((codes, text), remainder="passthrough")
    features = encoder.fit_transform(X).astype("float32")
    model = small_network(features.shape[1])
    model.fit(features, (train[TARGET] == ">50K").to_numpy(float), epochs=epochs, batch_size=256, verbose=0)
    held_out = encoder.transform(X_test).astype("float32")
    as_spelt = (test[TARGET] == ">50K").to_numpy(float)
    mended = test[TARGET].str.startswith(">50K").to_numpy(float)
    return [model.evaluate(held_out, y, verbose=0, return_dict=True)["accuracy"] for y in (as_spelt, mended)]


def served_elsewhere(model, prepared, rows, folder):
    """Save one model that takes raw columns; load it in a fresh process; return its predictions there."""
    served = datafix.with_preprocessing(model, prepared)
    served.save(folder / "income.keras")
    rows.to_parquet(folder / "rows.parquet")
    paths = [str(folder / name) for name in ("income.keras", "rows.parquet", "predictions.npy")]
    done = subprocess.run([sys.executable, "-c", SERVE, *paths], check=True, capture_output=True, text=True)
    print("Served in a fresh process:", json.loads(done.stdout.splitlines()[-1]))
    return np.load(paths[-1])


def main(epochs, n_rows):
    """Do the main job and print what came out."""
    train = pd.read_csv(DATA / "adult_train.csv.gz", skipinitialspace=True).head(n_rows)
    test = pd.read_csv(DATA / "adult_test.csv.gz", skipinitialspace=True).head(n_rows)

    model, prepared, accuracy = with_datafix(train, test, epochs)
    naive_as_spelt, naive = naively(train, test, epochs)

    raw = prepared.split.X.iloc[prepared.test.index]
    here = model.predict(prepared.test.features, batch_size=1024, verbose=0)
    with tempfile.TemporaryDirectory() as folder:
        there = served_elsewhere(model, prepared, raw, Path(folder))
    difference = float(np.abs(here - there).max())
    print(f"Largest difference between predictions here and there: {difference:.1e}", end="\n\n")

    print(f"Test accuracy, prepared with datafix:                            {accuracy:.4f}")
    print(f"Test accuracy, prepared naively, test labels as they are spelt:  {naive_as_spelt:.4f}")
    print(f"Test accuracy, prepared naively, test labels unified by hand:    {naive:.4f}")
    if difference > 1e-5:
        sys.exit("The served model differs from the one that was trained.")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--rows", type=int, default=None, help="use only the first rows of both files")
    options = parser.parse_args()
    main(options.epochs, options.rows)

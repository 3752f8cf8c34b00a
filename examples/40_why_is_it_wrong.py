"""A network that fails for three reasons at once: found, mended, and the gain shown.

Wisconsin breast cancer (scikit-learn's copy, UCI, CC BY 4.0), told as benign or malignant. The columns are as they were
measured, from 0.001 to 4,000; a fifth of the training labels was copied wrongly; and the learning rate is too low.

Run it with ``python examples/40_why_is_it_wrong.py [--html FILE]``.
"""

import argparse

import keras
import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.metrics import balanced_accuracy_score

import datafix

WRONG = 0.2


def network(n_features, learning_rate):
    """Return a small dense network."""
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((n_features,)),
            keras.layers.Dense(32, activation="relu"),
            keras.layers.Dense(16, activation="relu"),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile(keras.optimizers.Adam(learning_rate), loss="binary_crossentropy", metrics=["accuracy"])
    return model


def trained(prepared, learning_rate):
    """Return a network, what it learned by epoch, and its balanced accuracy on the test rows."""
    model = network(prepared.train.features.shape[1], learning_rate)
    history = model.fit(
        prepared.train.features,
        prepared.train.target,
        validation_data=(prepared.validation.features, prepared.validation.target),
        epochs=30,
        verbose=0,
    )
    said = model.predict(prepared.test.features, verbose=0)[:, 0] > 0.5
    return model, history, balanced_accuracy_score(prepared.test.target, said)


def told(report):
    """Print the causes, the first two of each severity in full."""
    for issue in report.at_least("warning").issues[:4]:
        print(f"- {issue.check}: {issue.message}\n  {issue.hint}")


def main(html):
    """Do the job and print what came out."""
    table = load_breast_cancer(as_frame=True)
    X, y = table.data, table.target.map({0: "malignant", 1: "benign"}).to_numpy(dtype=object)
    split = datafix.split(X, y, stratify=y, random_state=0)
    random = np.random.default_rng(0)
    wrong = random.choice(split.train, int(WRONG * len(split.train)), replace=False)
    y[wrong] = np.where(y[wrong] == "benign", "malignant", "benign")

    prepared = datafix.prepare(None, X, y, split=split)
    model, history, score = trained(prepared, 1e-6)
    print(f"As it is: balanced accuracy {score:.3f}")

    report = datafix.diagnose(model, prepared, history=history, try_mends=True)
    told(report)
    if html:
        report.to_html(html)

    prepared = datafix.prepare(datafix.TablePreprocessor(), X, y, split=split)
    _, _, score = trained(prepared, 1e-6)
    print(f"Scaled: balanced accuracy {score:.3f}")
    model, history, score = trained(prepared, 1e-3)
    print(f"And with a learning rate of 0.001: balanced accuracy {score:.3f}")
    told(datafix.diagnose(model, prepared, history=history))

    suspects = datafix.MislabelDetector(action="drop", random_state=0)
    prepared = datafix.prepare(datafix.TablePreprocessor(), X, y, split=split, row_steps=[suspects])
    model, history, score = trained(prepared, 1e-3)
    print(f"And without the unlikely labels: balanced accuracy {score:.3f}")

    answers = model.predict(prepared.test.features, verbose=0)[:, 0] > 0.5
    missed = prepared.test.index[answers != prepared.test.target]
    if len(missed):
        print(f"One that is still wrong, row {missed[0]}:")
        told(datafix.explain_prediction(model, prepared, int(missed[0])))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--html", default=None, help="write the first diagnosis to this page")
    main(parser.parse_args().html)

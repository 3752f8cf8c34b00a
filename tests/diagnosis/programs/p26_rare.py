"""Accuracy 98 %, and still most of the frauds are missed (the fault hides: see balanced accuracy)."""

import keras
from sklearn.datasets import make_classification
from sklearn.preprocessing import StandardScaler

import datafix

CAUSES: tuple[str, ...] = ("class_imbalance", "metric_hides")
# Test accuracy: faulty 0.981 (balanced 0.688), mended 0.895 (balanced 0.905).


def program(mended: bool):
    keras.utils.set_random_seed(26)
    X, y = make_classification(
        4000,
        n_features=12,
        n_informative=5,
        n_clusters_per_class=1,
        weights=[0.97],
        class_sep=0.9,
        flip_y=0,
        random_state=26,
    )
    prepared = datafix.prepare(StandardScaler(), X, y, split=datafix.split(X, y, stratify=y, random_state=26))
    model = keras.Sequential(
        [
            keras.Input((12,)),
            keras.layers.Dense(16, activation="relu"),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    metrics = ["accuracy", keras.metrics.AUC(curve="PR"), keras.metrics.Recall()] if mended else ["accuracy"]
    model.compile("adam", loss="binary_crossentropy", metrics=metrics)
    weights = {"class_weight": {0: 0.52, 1: 16.0}} if mended else {}
    return model, prepared, {"epochs": 15, "batch_size": 64, **weights}

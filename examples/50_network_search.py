"""Preprocessing and network searched together: learning rate, batch size, depth and width, by two searches.

A ``KerasClassifier`` names every argument of its ``build_fn`` as a parameter, and trains all its epochs in every fold;
the preprocessing is fitted again in each fold, too. 3,000 rows of the Adult census data.

Run it with ``python examples/50_network_search.py``.
"""

from pathlib import Path

import keras
import pandas as pd
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import GridSearchCV, HalvingGridSearchCV, train_test_split
from sklearn.pipeline import Pipeline, make_pipeline

import datafix

DATA = Path(__file__).parent / "data"


def network(input_shape, n_classes, depth=1, width=32, learning_rate=1e-3):
    """Return a compiled network of ``depth`` hidden layers."""
    hidden = [keras.layers.Dense(width, activation="relu") for _ in range(depth)]
    model = keras.Sequential(
        [keras.Input(input_shape), *hidden, keras.layers.Dense(n_classes, activation="softmax")],
    )
    model.compile(keras.optimizers.Adam(learning_rate), "sparse_categorical_crossentropy")
    return model


def main():
    """Search, and score what was found on rows that no search has seen."""
    table = pd.read_csv(DATA / "adult_train.csv.gz", skipinitialspace=True).head(3000)
    train, test = train_test_split(table, test_size=0.25, stratify=table["income"], random_state=0)
    X, y = train.drop(columns="income"), train["income"]
    pipeline = Pipeline(
        [
            ("prepare", datafix.TablePreprocessor()),
            ("network", datafix.KerasClassifier(network, epochs=8, batch_size=64, seed=0)),
        ]
    )

    # A grid: how columns are prepared and how fast the network learns, together.
    grid = {
        "prepare__numeric": [
            make_pipeline(datafix.impute.TableImputer(), datafix.scale.TableScaler(method=method))
            for method in ("standard", "quantile")
        ],
        "network__build_params__learning_rate": [1e-4, 1e-2],
    }
    found = GridSearchCV(pipeline, grid, cv=3, error_score="raise").fit(X, y)
    print(f"Grid of {len(found.cv_results_['params'])}: accuracy {found.best_score_:.3f} with")
    for name, value in found.best_params_.items():
        print(f"  {name}: {value}")

    # Successive halving, where the resource is epochs: many small trainings, few long ones.
    sizes = {
        "prepare__cardinality_threshold": [10, 40],
        "network__build_params__depth": [1, 2],
        "network__batch_size": [32, 128],
    }
    halving = HalvingGridSearchCV(
        found.best_estimator_,
        sizes,
        resource="network__epochs",
        min_resources=2,
        max_resources=8,
        factor=4,
        cv=2,
        random_state=0,
        error_score="raise",
    ).fit(X, y)
    print(f"Halving from {halving.n_candidates_[0]} to {halving.n_candidates_[-1]} with epochs {halving.n_resources_}:")
    for name, value in halving.best_params_.items():
        print(f"  {name}: {value}")

    score = halving.score(test.drop(columns="income"), test["income"])
    print(f"Accuracy on {len(test)} rows that no search has seen: {score:.3f}")


if __name__ == "__main__":
    main()

"""The three ways of use: imported into training code, composed in scikit-learn, and as an audit in a script.

Run it with ``python examples/30_sklearn_pipeline.py``. It exits with status 1: its data have errors, on purpose.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline

import datafix

DATA = Path(__file__).parent / "data"
train = pd.read_csv(DATA / "adult_train.csv.gz", skipinitialspace=True).head(3000)
X, y = train.drop(columns="income"), train["income"]


def imported():
    """1. Imported into training code: split, prepare, and train whatever takes arrays."""
    split = datafix.split(X, y, stratify=True, random_state=0)
    prepared = datafix.prepare(datafix.TablePreprocessor(), X, y, split=split)
    model = LogisticRegression(max_iter=500).fit(prepared.train.features, prepared.train.target)
    print(f"1. Validation accuracy: {model.score(prepared.validation.features, prepared.validation.target):.3f}")


def composed():
    """2. Composed in a Pipeline: steps that change rows act while something is fitted, and never in predict."""
    trainer = datafix.ResampledTrainer(
        LogisticRegression(max_iter=500), [("duplicates", datafix.DropDuplicates(conflicting="keep"))]
    )
    pipeline = Pipeline([("prepare", datafix.TablePreprocessor()), ("model", trainer)])
    grid = {"model__estimator__C": [0.01, 0.1], "model__duplicates__conflicting": ["keep", "drop"]}
    search = GridSearchCV(pipeline, grid, cv=3, error_score="raise").fit(X, y)
    print(f"2. Best of the search: {search.best_params_}, accuracy {search.best_score_:.3f}")
    print(f"   {len(search.predict(X))} predictions for {len(X)} rows")


def audited():
    """3. As an audit in a script: exit with a status other than 0 where data are not fit to train on."""
    spoilt = train.assign(hours_per_week=train["hours_per_week"].astype(float))
    spoilt.loc[7, "hours_per_week"] = np.inf
    report = datafix.audit(spoilt, target="income", checks=["infinite_values", "sentinel_value"])
    print(f"3. {report!r}")
    try:
        report.raise_if("error")
    except datafix.DataQualityError as error:
        print(error, file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    imported()
    composed()
    audited()

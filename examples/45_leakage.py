"""Leakage: three ways in which test rows get into training, and what datafix says of each."""

import warnings

import pandas as pd
from sklearn.datasets import load_breast_cancer
from sklearn.exceptions import FitFailedWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import datafix

table = load_breast_cancer(as_frame=True).frame
X, y = table.drop(columns="target"), table["target"]

# 1. Scaled before the split: the numbers themselves tell it.
scaled = pd.DataFrame(StandardScaler().fit_transform(X), columns=X.columns).assign(target=y)
split = datafix.split(scaled, y, validation_size=0, random_state=0)
report = datafix.audit(scaled.iloc[split.train], test=scaled.iloc[split.test], target="target")
print(next(issue.message for issue in report.issues if issue.check == "scaled_before_split"))

# 2. Folds over all rows, test rows among them: the guard refuses, though cross_validate makes NaN of it.
model = make_pipeline(StandardScaler(), LogisticRegression())
split = datafix.split(X, y, stratify=True, random_state=0)
try:
    with warnings.catch_warnings(), split.guard() as guard:
        warnings.simplefilter("ignore", FitFailedWarning)
        cross_validate(guard.wrap(model), X, y, cv=3)
except datafix.LeakageError as error:
    print(f"refused: {str(error).splitlines()[0]}")


# 3. A transformer that learns from what it transforms.
class CentresByWhatItIsGiven(StandardScaler):
    """Subtracts the mean of the rows at hand."""

    def transform(self, X):
        """Return X, centred."""
        return X - X.mean(axis=0)


try:
    datafix.check_transform_purity(CentresByWhatItIsGiven(), X)
except datafix.LeakageError as error:
    print(f"impure: {error}")

# The honest way: split first, fit on the training rows, in folds of the training rows.
with split.guard() as guard:
    scores = cross_validate(guard.wrap(model), X.iloc[split.train], y.iloc[split.train], cv=3)["test_score"]
print(f"cross-validated accuracy {scores.mean():.3f}")

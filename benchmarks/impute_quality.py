"""BoostedImputer against IterativeImputer with boosted trees, neighbours and the median: ten real tables with holes.

A fifth of the cells goes missing at random (MCAR), by another column (MAR) or by their own value (MNAR); imputers
learn from 70 % of the rows and fill the others. Errors are in standard deviations of each column (root mean square
over the holes of all columns of numbers), and the share of wrong categories. The method was designed on seeds 0 and 1.
Every imputer gets one thread. Downstream: a linear model on the filled, scaled and one-hot encoded features.
"""

import sys
import time
import warnings

import numpy as np
import pandas as pd
from leakage_tables import TARGET, base_tables, is_classification
from measuring import tell
from sklearn import datasets
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.experimental import enable_iterative_imputer  # noqa: F401 (scikit-learn asks for it)
from sklearn.impute import IterativeImputer, KNNImputer, SimpleImputer
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.metrics import r2_score, roc_auc_score
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from datafix import TablePreprocessor
from datafix.impute import BoostedImputer, TableImputer

SEEDS, MECHANISMS, SHARE, MOST_ROWS = range(100, 105), ("MCAR", "MAR", "MNAR"), 0.2, 2000


def tables():
    """Return ten real tables, complete, of at most 2000 rows, with their targets under "y"."""
    found = base_tables()
    del found["friedman"]
    found["iris"] = datasets.load_iris(as_frame=True).frame.rename(columns={"target": TARGET})
    digits = found["digits"]
    widest = digits.drop(columns=TARGET).std().nlargest(16).index
    found["digits"] = digits[[*widest, TARGET]]
    for name, table in found.items():
        rows = table.dropna()
        rows = rows.sample(min(MOST_ROWS, len(rows)), random_state=0).reset_index(drop=True)
        found[name] = rows.astype({c: float for c in rows if c != TARGET and rows[c].dtype.kind in "iu"})
    return found


def holes(features, mechanism, random):
    """Return which cells go missing, bool of shape (rows, columns); no row loses all."""
    ranks = {c: features[c].rank(pct=True).to_numpy() for c in features if features[c].dtype.kind == "f"}
    gone = np.zeros(features.shape, dtype=bool)
    for j, column in enumerate(features):
        share = np.full(len(features), SHARE)
        others = [name for name in ranks if name != column]
        if mechanism == "MAR" and others:
            share = 2 * SHARE * ranks[others[random.integers(len(others))]]
        elif mechanism == "MNAR" and column in ranks:
            share = 2 * SHARE * ranks[column]
        elif mechanism == "MNAR":
            commonest = features[column] == features[column].mode()[0]
            share = np.where(commonest, 1.5 * SHARE, 0.5 * SHARE)
        gone[:, j] = random.random(len(features)) < share
    gone[gone.all(axis=1), 0] = False
    return gone


class Neighbours:
    """KNNImputer on scaled columns, brought back to their units."""

    def fit(self, X):
        """Learn the scales and keep the rows."""
        self.scaler = StandardScaler().fit(X)
        self.imputer = KNNImputer().fit(self.scaler.transform(X))
        return self

    def transform(self, X):
        """Return X filled."""
        return self.scaler.inverse_transform(self.imputer.transform(self.scaler.transform(X)))


class Coded:
    """A scikit-learn imputer of numbers, categories handed to it as codes and rounded back."""

    def __init__(self, imputer):
        self.imputer = imputer

    def fit(self, frame):
        """Learn the categories and fit the imputer."""
        self.levels = {c: sorted(frame[c].dropna().unique()) for c in frame if frame[c].dtype.kind != "f"}
        self.imputer.fit(self._coded(frame))
        return self

    def transform(self, frame):
        """Return the frame filled."""
        filled = pd.DataFrame(self.imputer.transform(self._coded(frame)), columns=frame.columns, index=frame.index)
        for column, levels in self.levels.items():
            codes = filled[column].round().clip(0, len(levels) - 1).astype(int)
            filled[column] = np.array(levels, dtype=object)[codes]
        return filled

    def _coded(self, frame):
        codes = {c: pd.Categorical(frame[c], levels).codes for c, levels in self.levels.items()}
        columns = {c: np.where(codes[c] < 0, np.nan, codes[c]) if c in codes else frame[c] for c in frame}
        return pd.DataFrame(columns).to_numpy(dtype=float)


IMPUTERS = {
    "boosted": lambda seed: BoostedImputer(indicator=False, random_state=seed),
    "iterative": lambda seed: Coded(
        IterativeImputer(HistGradientBoostingRegressor(random_state=seed), random_state=seed)
    ),
    "neighbours": lambda _: Coded(Neighbours()),
    "median": lambda _: Coded(SimpleImputer(strategy="median")),
    "table": lambda _: TableImputer(indicator=False),
}


def errors(truth, filled, gone):
    """Return the standardised root mean square error of numbers, and the share of wrong categories (NaN: none)."""
    squares, wrong = [], []
    for j, column in enumerate(truth):
        mask, true, made = gone[:, j], truth[column].to_numpy(), filled[column].to_numpy()
        if mask.any() and truth[column].dtype.kind == "f":
            spread = truth[column].std() or 1.0
            squares.append((((made.astype(float) - true)[mask] / spread) ** 2).mean())
        elif mask.any():
            wrong.append(np.mean(made[mask].astype(str) != true[mask].astype(str)))
    return np.sqrt(np.mean(squares)) if squares else np.nan, np.mean(wrong) if wrong else np.nan


def filled_part(imputer, train, test):
    """Return the test rows filled, and the CPU seconds."""
    start = time.process_time()
    with threadpool_limits(1):
        filled = imputer.fit(train).transform(test)
    return filled, time.process_time() - start


def downstream(table, gone, rows, seed):
    """Tell the score of a linear model by imputer, with and without indicators."""
    features, y = table.drop(columns=TARGET), table[TARGET]
    holed = features.mask(gone)
    scores = {}
    for name, imputer in (("table", TableImputer), ("boosted", BoostedImputer)):
        for indicator in (False, True):
            options = {"random_state": seed} if imputer is BoostedImputer else {}
            with threadpool_limits(1):
                fitted = imputer(indicator=indicator, **options).fit(holed[rows])
                encoder = TablePreprocessor(clean=False)
                X = encoder.fit_transform(fitted.transform(holed[rows]))
                new = encoder.transform(fitted.transform(holed[~rows]))
                if is_classification(table):
                    model = LogisticRegression(max_iter=2000).fit(X, y[rows])
                    chances = model.predict_proba(new)
                    chances = chances[:, 1] if chances.shape[1] == 2 else chances
                    score = roc_auc_score(y[~rows], chances, multi_class="ovr", labels=model.classes_)
                else:
                    score = r2_score(y[~rows], RidgeCV(np.logspace(-2, 3, 11)).fit(X, y[rows]).predict(new))
            scores[name + ("_indicators" if indicator else "")] = score
    return scores


def main():
    warnings.simplefilter("ignore", ConvergenceWarning)  # ten rounds are IterativeImputer's default
    quick = "--quick" in sys.argv
    results = []
    for table_name, table in tables().items():
        features = table.drop(columns=TARGET)
        for mechanism in MECHANISMS:
            for seed in list(SEEDS)[: 1 if quick else None]:
                random = np.random.default_rng(seed)
                gone, rows = holes(features, mechanism, random), random.random(len(features)) < 0.7
                holed = features.mask(gone)
                known = {"table": table_name, "mechanism": mechanism, "seed": seed}
                for name, make in IMPUTERS.items():
                    filled, spent = filled_part(make(seed), holed[rows], holed[~rows])
                    error, wrong = errors(features[~rows], filled, gone[~rows])
                    results.append({**known, "imputer": name, "error": error, "wrong": wrong, "cpu_s": spent})
                score = downstream(table, gone, rows, seed)
                results += [{**known, "imputer": f"downstream {name}", "score": value} for name, value in score.items()]
        tell_of(table_name, pd.DataFrame(results))
    sum_up(pd.DataFrame(results))


def tell_of(table_name, results):
    own = results[results["table"] == table_name]
    for mechanism, part in own.groupby("mechanism"):
        means = part.groupby("imputer")[["error", "wrong", "cpu_s", "score"]].mean()
        for name, row in means.iterrows():
            figures = {key: float(value) for key, value in row.items() if not pd.isna(value)}
            tell("impute_quality", table=table_name, mechanism=mechanism, imputer=name, **figures)


def sum_up(results):
    """Tell on how many tables each imputer is at least as good as the iterative one (within 1 %), and what it costs."""
    means = results.pivot_table(["error", "wrong", "cpu_s"], "table", "imputer")
    scores = results.groupby("imputer")["score"].mean().dropna()
    for name in IMPUTERS:
        ratio = means["error"][name] / means["error"]["iterative"]
        wrong = means["wrong"][name] / means["wrong"]["iterative"]
        tell(
            "impute_quality, all tables",
            imputer=name,
            error_no_worse=int((ratio <= 1.01).sum()),
            wrong_no_worse=int((wrong.dropna() <= 1.01).sum()),
            error_of_iterative=float(ratio.mean()),
            wrong_of_iterative=float(wrong.mean()),
            cpu_of_iterative=float(means["cpu_s"][name].sum() / means["cpu_s"]["iterative"].sum()),
            worst=str(ratio.idxmax()),
        )
    tell("impute_quality, downstream", **scores.to_dict())


if __name__ == "__main__":
    main()

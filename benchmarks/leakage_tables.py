"""Tables without a planted fault: ten real ones to plant faults in, and twenty to be left alone."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn import datasets
from sklearn.decomposition import PCA
from sklearn.model_selection import StratifiedKFold
from sklearn.preprocessing import MinMaxScaler, QuantileTransformer, RobustScaler, StandardScaler, TargetEncoder

HERE = Path(__file__).parent
TARGET = "y"
TEST_SHARE = 0.3


@dataclass
class Case:
    """A training and a test table, with what the audit is told of them."""

    train: pd.DataFrame
    test: pd.DataFrame
    roles: dict = field(default_factory=dict)


def base_tables():
    """Return ten real tables, by name, the target under "y" and the rows as they came."""
    ai4i = _read("ai4i2020").drop(columns=["UDI", "Product ID", "TWF", "HDF", "PWF", "OSF", "RNF"])
    telco = _read("telco_churn").drop(columns="customerID")
    telco["TotalCharges"] = pd.to_numeric(telco["TotalCharges"], errors="coerce").fillna(0.0)
    adult = pd.read_csv(HERE.parent / "examples/data/adult_train.csv.gz", skipinitialspace=True).head(12_000)
    adult = adult.drop(columns="education_num").replace("?", np.nan)
    adult["capital_gain"] = adult["capital_gain"].where(adult["capital_gain"] < 99_999, 20_000)
    taken_apart = {
        "adult": adult.rename(columns={"income": TARGET}),
        "german_credit": _read("german_credit"),
        "telco_churn": telco.rename(columns={"Churn": TARGET}),
        "ai4i2020": ai4i.rename(columns={"Machine failure": TARGET}),
        "penguins": _read("penguins").rename(columns={"species": TARGET}),
    }
    for name, load in (
        ("breast_cancer", datasets.load_breast_cancer),
        ("wine", datasets.load_wine),
        ("digits", datasets.load_digits),
        ("diabetes", datasets.load_diabetes),
    ):
        bunch = load(as_frame=True, scaled=False) if name == "diabetes" else load(as_frame=True)
        taken_apart[name] = bunch.frame.rename(columns={"target": TARGET})
    X, y = datasets.make_friedman1(1500, n_features=8, noise=1.0, random_state=0)
    taken_apart["friedman"] = pd.DataFrame(X, columns=[f"x{j}" for j in range(8)]).assign(y=y)
    return taken_apart


def is_classification(table):
    """Tell whether the target names classes."""
    return table[TARGET].nunique() <= 20


def parted(table, random, most_rows=6000):
    """Return a random training and test part of (at most so many rows of) a table."""
    order = random.permutation(len(table))[:most_rows]
    cut = round(len(order) * (1 - TEST_SHARE))
    train, test = table.iloc[order[:cut]], table.iloc[order[cut:]]
    return Case(train.reset_index(drop=True), test.reset_index(drop=True))


def clean_tables(seed):
    """Yield twenty (name, case) with nothing wrong: the ten bases and ten that look like trouble and are none."""
    for name, table in base_tables().items():
        yield name, parted(table, np.random.default_rng([seed, len(name)]))
    random = np.random.default_rng([seed, 99])
    bases = base_tables()
    for scaler in (StandardScaler(), MinMaxScaler(), RobustScaler(), QuantileTransformer(n_quantiles=200)):
        yield f"{type(scaler).__name__} fitted on train", _scaled(parted(bases["breast_cancer"], random), scaler)
    yield "PCA fitted on train", _scaled(parted(bases["breast_cancer"], random), PCA(8))
    yield "imputed by the training means", _imputed(parted(bases["wine"], random), random)
    yield "target-encoded by cross-fitting", _target_encoded(parted(bases["german_credit"], random))
    yield "oversampled in train alone", _oversampled(parted(bases["german_credit"], random), random)
    yield "few answers, many equal rows", parted(_questionnaire(random), random)
    yield "one strong feature", parted(_strong_feature(random), random)


def _read(name):
    return pd.read_csv(HERE / "data" / f"{name}.csv.gz").rename(columns=str)


def numeric_columns(table):
    """Return the features that hold numbers of more than ten kinds."""
    return [
        name
        for name in table.columns
        if name != TARGET and pd.api.types.is_numeric_dtype(table[name]) and table[name].nunique() > 10
    ]


def _scaled(case, scaler):
    columns = numeric_columns(case.train)
    scaler.fit(case.train[columns].to_numpy())

    def apply(part):
        values = scaler.transform(part[columns].to_numpy())
        return pd.DataFrame(values, columns=[f"c{j}" for j in range(values.shape[1])]).assign(y=part[TARGET])

    return Case(apply(case.train), apply(case.test))


def _imputed(case, random):
    for column in numeric_columns(case.train)[:3]:
        for part in (case.train, case.test):
            part.loc[random.random(len(part)) < 0.1, column] = np.nan
        mean = case.train[column].mean()
        case.train[column] = case.train[column].fillna(mean)
        case.test[column] = case.test[column].fillna(mean)
    return case


def _target_encoded(case):
    columns = ["history", "purpose", "property"]
    encoder = TargetEncoder(cv=StratifiedKFold(5, shuffle=True, random_state=0))
    y = case.train[TARGET] - 1
    train, test = case.train.copy(), case.test.copy()
    train[columns] = encoder.fit_transform(case.train[columns], y)
    test[columns] = encoder.transform(case.test[columns])
    return Case(train, test)


def _oversampled(case, random):
    rare = np.flatnonzero(case.train[TARGET] == 2)
    more = case.train.iloc[random.choice(rare, len(rare))]
    train = pd.concat([case.train, more]).sample(frac=1, random_state=0)
    return Case(train.reset_index(drop=True), case.test)


def _questionnaire(random):
    answers = random.integers(1, 5, (3000, 5))
    table = pd.DataFrame(answers, columns=[f"question_{j}" for j in range(5)])
    return table.assign(y=np.where(answers.sum(axis=1) + random.normal(0, 2, 3000) > 12.5, "yes", "no"))


def _strong_feature(random):
    X = random.normal(size=(2000, 6))
    table = pd.DataFrame(X, columns=[f"x{j}" for j in range(6)])
    return table.assign(y=np.where(3 * X[:, 0] + X[:, 1] + random.normal(0, 1, 2000) > 0, "yes", "no"))

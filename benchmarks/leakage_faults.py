"""Faults, planted by code in a clean training and test table.

A fault is a function of (case, strength, random), strength being 0 (strong), 1 (medium) or 2 (weak). It returns the
faulty case, the checks that would be right to name it, and the columns of which one must be named (None: no column).
It returns None for a table that cannot have it.
"""

import numpy as np
import pandas as pd
from leakage_tables import TARGET, Case, is_classification, numeric_columns
from sklearn.decomposition import PCA
from sklearn.preprocessing import MinMaxScaler, QuantileTransformer, RobustScaler, StandardScaler

STRENGTHS = ("strong", "medium", "weak")
COPIES = {"train_test_copies", "near_copies"}


# Rows that cross the split


def exact_copies(case, strength, random):
    rows = _some(case.train, random, (0.2, 0.03, 0.005)[strength] * len(case.test))
    return _tested_too(case, case.train.loc[rows]), COPIES, None


def copies_of_other_columns_order_and_width(case, strength, random):
    rows = _some(case.train, random, (0.2, 0.03, 0.005)[strength] * len(case.test))
    copies = case.train.loc[rows].copy()
    for name in _features(case.train):
        if pd.api.types.is_float_dtype(copies[name]):
            copies[name] = copies[name].astype(np.float32).astype(np.float64)
    faulty = _tested_too(case, copies)
    faulty.test = faulty.test[random.permutation(faulty.test.columns)]
    return faulty, COPIES, None


def jittered_copies(case, strength, random):
    columns = numeric_columns(case.train)
    if len(columns) < 3:
        return None
    rows = _some(case.train, random, (0.2, 0.03, 0.005)[strength] * len(case.test))
    copies = case.train.loc[rows].copy()
    for name in columns:
        copies[name] = copies[name] + random.normal(0, 1e-5 * case.train[name].std(), len(copies))
    return _tested_too(case, copies), COPIES, None


def edited_copies(case, strength, random):
    features = _features(case.train)
    rows = _some(case.train, random, (0.2, 0.05, 0.01)[strength] * len(case.test))
    copies = case.train.loc[rows].reset_index(drop=True)
    edits = max(1, round(0.1 * len(features)))
    columns = {name: copies[name].to_numpy(copy=True) for name in features}
    for i in range(len(copies)):
        for name in random.choice(features, edits, replace=False):
            columns[name][i] = random.choice(case.train[name].to_numpy())
    return _tested_too(case, copies.assign(**columns)), COPIES, None


def test_rows_in_train(case, strength, random):
    """Plant copies in the other direction: test rows, with their labels, in train."""
    rows = _some(case.test, random, (0.5, 0.1, 0.02)[strength] * len(case.test))
    train = pd.concat([case.train, case.test.loc[rows]], ignore_index=True)
    return Case(_shuffled(train, random), case.test), COPIES, None


def copies_within_train(case, strength, random):
    rows = _some(case.train, random, (0.3, 0.1, 0.02)[strength] * len(case.train))
    train = pd.concat([case.train, case.train.loc[rows]], ignore_index=True)
    return Case(_shuffled(train, random), case.test), {"duplicate_rows"}, None


def group_in_both(case, strength, random):
    faulty = _with_groups(case, random)
    crossing = _some(faulty.test, random, (0.5, 0.1, 0.01)[strength] * len(faulty.test))
    faulty.test.loc[crossing, "person"] = random.choice(faulty.train["person"], len(crossing))
    faulty.roles = {"groups": "person"}
    return faulty, {"group_overlap"}, None


def id_in_both(case, strength, random):
    train, test = case.train.copy(), case.test.copy()
    numbers = random.permutation(10**6)[: len(train) + len(test)]
    train["record"], test["record"] = numbers[: len(train)], numbers[len(train) :]
    crossing = _some(test, random, (0.2, 0.03, 0.005)[strength] * len(test))
    test.loc[crossing, "record"] = random.choice(train["record"], len(crossing), replace=False)
    return Case(train, test, {"ids": "record"}), {"id_overlap"}, None


def training_on_the_future(case, strength, random):
    train, test = case.train.copy(), case.test.copy()
    train["when"] = pd.Timestamp("2024-01-01") + pd.to_timedelta(random.uniform(0, 300, len(train)), "D")
    test["when"] = pd.Timestamp("2024-01-01") + pd.to_timedelta(random.uniform(300, 365, len(test)), "D")
    late = _some(train, random, (0.5, 0.1, 0.01)[strength] * len(train))
    train.loc[late, "when"] = pd.Timestamp("2024-01-01") + pd.to_timedelta(random.uniform(301, 365, len(late)), "D")
    return Case(train, test, {"time": "when"}), {"time_overlap"}, None


# Features that know the target


def target_under_another_name(case, strength, random):
    def leak(y):
        if not is_classification(case.train):
            return y * 1.8 + 32 + random.normal(0, (0.001, 0.1, 0.3)[strength] * 1.8 * y.std(), len(y))
        codes = pd.factorize(y, sort=True)[0]
        return pd.Series(_flipped(codes, (0, 0.03, 0.15)[strength], random)).map(lambda code: f"k{code}").to_numpy()

    return _with_leak(case, leak), {"target_leakage"}, {"leak"}


def monotone_of_target(case, strength, random):
    def leak(y):
        rank = _rank(y, random)
        return np.exp(3 * rank) + random.normal(0, 1e-3, len(y))

    faulty = _with_leak(case, lambda y: _blurred(leak(y), (0.0, 0.03, 0.15)[strength], random))
    return faulty, {"target_leakage"}, {"leak"}


def fold_of_target(case, strength, random):
    def leak(y):
        sign = random.choice([-1.0, 1.0], len(y))
        return sign * (0.1 + _rank(y, random))

    faulty = _with_leak(case, lambda y: _blurred(leak(y), (0.0, 0.03, 0.15)[strength], random))
    return faulty, {"target_leakage"}, {"leak"}


def categories_of_one_class(case, strength, random):
    def leak(y):
        level = np.floor(_rank(y, random) * 0.999 * 8).astype(int) if not is_classification(case.train) else None
        codes = pd.factorize(y, sort=True)[0] if level is None else level
        codes = _flipped(codes, (0, 0.03, 0.15)[strength], random)
        return np.array([f"c{code}-{random.integers(4)}" for code in codes])

    return _with_leak(case, leak), {"target_leakage"}, {"leak"}


def missing_tells(case, strength, random):
    def leak(y):
        if is_classification(case.train):
            codes = pd.factorize(y, sort=True)[0]
            tells = codes == np.bincount(codes).argmin()
        else:
            tells = y > np.median(y)
        tells = _flipped(tells.astype(int), (0, 0.03, 0.15)[strength], random) == 1
        return np.where(tells, np.nan, random.normal(size=len(y)))

    return _with_leak(case, leak), {"target_leakage"}, {"leak"}


def number_given_by_class(case, strength, random):
    """Record numbers that were given out class by class, or in the order of the target."""

    def leak(y):
        order = np.argsort(pd.factorize(y, sort=True)[0] if is_classification(case.train) else y, kind="stable")
        number = np.empty(len(y))
        number[order] = np.arange(len(y)) + 1000
        lost = random.random(len(y)) < (0, 0.03, 0.15)[strength]
        number[lost] = random.permutation(number[lost])
        return number

    return _with_leak(case, leak), {"target_leakage", "identifier_column"}, {"leak"}


# The order of rows


def sorted_by_target(case, strength, random):
    train = case.train.sort_values(TARGET, kind="stable").reset_index(drop=True)
    if strength:
        share = (0, 0.5, 0.85)[strength]
        moved = np.flatnonzero(random.random(len(train)) < share)
        order = np.arange(len(train))
        order[moved] = random.permutation(moved)
        train = train.iloc[order].reset_index(drop=True)
    return Case(train, case.test), {"row_order"}, None


def blocks_of_one_class(case, strength, random):
    size = (50, 10, 3)[strength]
    ranks = case.train.sort_values(TARGET, kind="stable")
    blocks = [ranks.iloc[start : start + size] for start in range(0, len(ranks), size)]
    train = pd.concat([blocks[i] for i in random.permutation(len(blocks))], ignore_index=True)
    return Case(train, case.test), {"row_order"}, None


# Preparation before the split


def standardised_over_all(case, strength, random):
    return _prepared_over_all(case, StandardScaler(), (0.0, 0.02, 0.2)[strength], random, "scaled_before_split")


def range_scaled_over_all(case, strength, random):
    return _prepared_over_all(case, MinMaxScaler(), (0.0, 0.02, 0.2)[strength], random, "scaled_before_split")


def robust_scaled_over_all(case, strength, random):
    share = (0.0, 0.001, 0.02)[strength]
    return _prepared_over_all(case, RobustScaler(), share, random, "scaled_before_split", floats_only=True)


def quantiles_over_all(case, strength, random):
    scaler = QuantileTransformer(n_quantiles=len(case.train) // 2, subsample=None)
    share = (0.0, 0.01, 0.1)[strength]
    return _prepared_over_all(case, scaler, share, random, "scaled_before_split", floats_only=True)


def components_over_all(case, strength, random):
    columns = numeric_columns(case.train)
    if len(columns) < 4:
        return None
    share = (0.0, 0.001, 0.01)[strength]
    return _prepared_over_all(case, PCA(), share, random, "scaled_before_split")


def imputed_means_over_all(case, strength, random):
    return _imputed_over_all(case, strength, random, np.nanmean)


def imputed_medians_over_all(case, strength, random):
    return _imputed_over_all(case, strength, random, np.nanmedian)


def oversampled_before_split(case, strength, random):
    if not _has_rare_class(case):
        return None
    whole = _whole(case)
    rare = _rare_rows(whole)
    factor = (1.0, 0.6, 0.2)[strength]
    more = whole.iloc[random.choice(rare, round(factor * (_most(whole) - len(rare))) or len(rare))]
    return _split_again(pd.concat([whole, more]), random), {"oversampled_before_split"}, None


def smote_before_split(case, strength, random):
    columns = numeric_columns(case.train)
    if not _has_rare_class(case) or len(columns) < 4 or case.train[columns].isna().any(axis=None):
        return None
    whole = _whole(case)
    rare = _rare_rows(whole)
    values = whole[columns].to_numpy(float)[rare]
    scaled = (values - values.mean(axis=0)) / values.std(axis=0)
    nearest = np.argsort(((scaled[:, None] - scaled[None]) ** 2).sum(axis=2), axis=1)[:, 1:6]
    n_new = max(10, round((1.0, 0.5, 0.1)[strength] * (_most(whole) - len(rare))))
    parents = random.integers(len(rare), size=n_new)
    others = nearest[parents, random.integers(nearest.shape[1], size=n_new)]
    share = random.random((n_new, 1))
    made = whole.iloc[rare[parents]].copy()
    made[columns] = values[parents] + share * (values[others] - values[parents])
    return (
        _split_again(pd.concat([whole.astype(dict.fromkeys(columns, float)), made]), random),
        {"oversampled_before_split"},
        None,
    )


def augmented_before_split(case, strength, random):
    """Each row once more with a little noise on every number, before the split."""
    columns = numeric_columns(case.train)
    if len(columns) < 4:
        return None
    whole = _whole(case)
    noisy = whole.sample(frac=(1.0, 0.5, 0.2)[strength], random_state=0).copy()
    for name in columns:
        noise = random.normal(0, (0.002, 0.005, 0.02)[strength] * whole[name].std(), len(noisy))
        noisy[name] = noisy[name] + noise
    return _split_again(pd.concat([whole, noisy]), random), COPIES, None


def target_encoded_over_all(case, strength, random):
    whole, smoothing = _whole(case), (0.0, 10.0, 300.0)[strength]
    shops = random.integers(max(8, len(whole) // 20), size=len(whole))
    y = _numeric_target(whole)
    return _split_encoded(case, _means(shops, shops, y, y, smoothing)), {"target_encoded_rows"}, {"shop"}


def target_encoded_in_sample(case, strength, random):
    whole, n_train = _whole(case), len(case.train)
    shops = random.integers(max(8, len(whole) // (5, 20, 100)[strength]), size=len(whole))
    y = _numeric_target(whole)
    return _split_encoded(case, _means(shops, shops[:n_train], y, y[:n_train], 0.0)), {"target_encoded_rows"}, {"shop"}


# What else makes a test part tell little


def unknown_category(case, strength, random):
    columns = [name for name in _features(case.train) if not pd.api.types.is_numeric_dtype(case.train[name])]
    if not columns:
        return None
    rows = _some(case.test, random, (0.1, 0.02, 0.003)[strength] * len(case.test))
    test = case.test.copy()
    test[columns[0]] = test[columns[0]].astype(object)
    test.loc[rows, columns[0]] = "never seen"
    return Case(case.train, test.infer_objects()), {"category_mismatch"}, {columns[0]}


def drifted(case, strength, random):  # noqa: ARG001 - as every fault has it
    columns = numeric_columns(case.train)
    test = case.test.copy()
    test[columns[0]] = test[columns[0]] + (1.0, 0.5, 0.1)[strength] * case.train[columns[0]].std()
    return Case(case.train, test), {"column_drift"}, {columns[0]}


def another_unit(case, strength, random):  # noqa: ARG001 - as every fault has it
    spread = case.train.std(numeric_only=True)
    columns = [name for name in numeric_columns(case.train) if abs(case.train[name].mean()) > spread[name]]
    if not columns:
        return None
    test = case.test.copy()
    test[columns[0]] = test[columns[0]] * (1000, 2.54, 1.1)[strength]
    return Case(case.train, test), {"column_drift"}, {columns[0]}


def columns_swapped_in_test(case, strength, random):
    columns = numeric_columns(case.train)
    if len(columns) < 2:
        return None

    first, second = columns[0], columns[1]
    swapped = case.test.copy()
    rows = _some(swapped, random, (1.0, 0.5, 0.1)[strength] * len(swapped))
    values = swapped[[first, second]].astype(float)
    values.loc[rows] = values.loc[rows, [second, first]].to_numpy()
    if (case.train[first].mean() - case.train[second].mean()) ** 2 < case.train[first].var():
        return None  # columns of the same kind: a swap is no drift
    return (
        Case(case.train, swapped.assign(**{first: values[first], second: values[second]})),
        {"column_drift"},
        {first, second},
    )


def only_one_class_in_test(case, strength, random):
    if not is_classification(case.train):
        return None
    rare = case.train[TARGET].value_counts().index[-1]
    test = case.test.copy()
    share = (0.0, 0.2, 0.7)[strength]
    keep = (test[TARGET] != rare) | (random.random(len(test)) < share)
    return Case(case.train, test[keep].reset_index(drop=True)), {"target_drift"}, None


def stand_in_for_missing(case, strength, random):
    column = numeric_columns(case.train)[0]
    train = case.train.copy()
    rows = _some(train, random, (0.1, 0.02, 0.003)[strength] * len(train))
    train[column] = train[column].astype(float)
    train.loc[rows, column] = -999.0
    return Case(train, case.test), {"sentinel_value"}, {column}


def contradictions(case, strength, random):
    if not is_classification(case.train):
        return None
    rows = _some(case.train, random, (0.1, 0.03, 0.005)[strength] * len(case.train))
    more = case.train.loc[rows].copy()
    classes = np.sort(case.train[TARGET].unique())
    codes = np.searchsorted(classes, more[TARGET].to_numpy())
    more[TARGET] = classes[(codes + 1) % len(classes)]
    train = pd.concat([case.train, more], ignore_index=True)
    return Case(_shuffled(train, random), case.test), {"conflicting_labels"}, None


def label_of_another_spelling(case, strength, random):
    if not is_classification(case.train):
        return None
    train, test = (part.assign(y="class " + part[TARGET].astype(str)) for part in (case.train, case.test))
    rows = _some(test, random, (1.0, 0.1, 0.01)[strength] * len(test))
    test.loc[rows, TARGET] = test.loc[rows, TARGET] + "."
    return Case(train, test), {"label_spelling", "new_labels"}, None


FAULTS = (
    exact_copies,
    copies_of_other_columns_order_and_width,
    jittered_copies,
    edited_copies,
    test_rows_in_train,
    copies_within_train,
    group_in_both,
    id_in_both,
    training_on_the_future,
    target_under_another_name,
    monotone_of_target,
    fold_of_target,
    categories_of_one_class,
    missing_tells,
    number_given_by_class,
    sorted_by_target,
    blocks_of_one_class,
    standardised_over_all,
    range_scaled_over_all,
    robust_scaled_over_all,
    quantiles_over_all,
    components_over_all,
    imputed_means_over_all,
    imputed_medians_over_all,
    oversampled_before_split,
    smote_before_split,
    augmented_before_split,
    target_encoded_over_all,
    target_encoded_in_sample,
    unknown_category,
    drifted,
    another_unit,
    columns_swapped_in_test,
    only_one_class_in_test,
    stand_in_for_missing,
    contradictions,
    label_of_another_spelling,
)


def _features(table):
    return [name for name in table.columns if name != TARGET]


def _some(table, random, size):
    return np.sort(random.choice(len(table), max(1, round(size)), replace=False))


def _shuffled(table, random):
    return table.iloc[random.permutation(len(table))].reset_index(drop=True)


def _whole(case):
    return pd.concat([case.train, case.test], ignore_index=True)


def _tested_too(case, copies):
    """Put copies in the place of as many test rows."""
    test = pd.concat([case.test.iloc[len(copies) :], copies], ignore_index=True)
    return Case(case.train, test)


def _split_again(whole, random):
    whole = _shuffled(whole, random)
    cut = round(0.7 * len(whole))
    return Case(whole.iloc[:cut].reset_index(drop=True), whole.iloc[cut:].reset_index(drop=True))


def _with_groups(case, random):
    train, test = case.train.copy(), case.test.copy()
    train["person"] = random.integers(len(train) // 4 + 1, size=len(train))
    test["person"] = random.integers(len(test) // 4 + 1, size=len(test)) + 10**6
    return Case(train, test)


def _with_leak(case, leak):
    whole = _whole(case)
    column = leak(whole[TARGET].to_numpy())
    n_train = len(case.train)
    return Case(case.train.assign(leak=column[:n_train]), case.test.assign(leak=column[n_train:]))


def _flipped(codes, share, random):
    n_classes = codes.max() + 1
    wrong = random.random(len(codes)) < share
    return np.where(wrong, random.integers(n_classes, size=len(codes)), codes)


def _rank(y, random):
    """Return ranks in [0, 1]: of classes spread out within their band, of a quantity as they are."""
    if pd.api.types.is_numeric_dtype(y) and len(np.unique(y)) > 20:
        return np.argsort(np.argsort(y)) / len(y)
    codes = pd.factorize(y, sort=True)[0]
    return (codes + random.uniform(0, 0.9, len(y))) / (codes.max() + 1)


def _blurred(values, share, random):
    wrong = random.random(len(values)) < share
    return np.where(wrong, random.permutation(values), values)


def _prepared_over_all(case, scaler, lost, random, check, *, floats_only=False):
    whole = _whole(case)
    columns = numeric_columns(case.train)
    if floats_only:  # medians and quantiles of few distinct values are the same in any part
        columns = [name for name in columns if whole[name].nunique() > len(whole) / 5]
    whole = whole.dropna(subset=columns).reset_index(drop=True)
    if len(columns) < 2:
        return None
    values = scaler.fit_transform(whole[columns].to_numpy(float))
    names = [f"c{j}" for j in range(values.shape[1])]
    others = whole[[name for name in whole.columns if name not in columns]]
    prepared = pd.concat([pd.DataFrame(values, columns=names), others], axis=1)
    prepared = prepared[random.random(len(prepared)) >= lost]
    faulty = _split_again(prepared, random)
    if isinstance(scaler, MinMaxScaler) and not lost:
        ends = faulty.train[names].agg(["min", "max"]).to_numpy()
        if (np.abs(ends - [[0], [1]]) < 1e-9).all():
            return None  # all ends are in train: a scaler fitted there does the same
    return faulty, {check}, None


def _imputed_over_all(case, strength, random, average):
    columns = [name for name in numeric_columns(case.train) if case.train[name].nunique() > 30]
    columns = columns[: (3, 1, 1)[strength]]
    if not columns:
        return None
    whole, n_train = _shuffled(_whole(case), random), len(case.train)
    leaking = set()
    for name in columns:
        values = whole[name].to_numpy(float, copy=True)
        values[random.random(len(values)) < (0.1, 0.1, 0.01)[strength]] = np.nan
        if average(values) != average(values[:n_train]):  # else a step fitted on train does the same
            leaking.add(name)
        whole[name] = np.where(np.isnan(values), average(values), values)
    faulty = Case(whole.iloc[:n_train].reset_index(drop=True), whole.iloc[n_train:].reset_index(drop=True))
    return (faulty, {"imputed_before_split"}, leaking) if leaking else None


def _has_rare_class(case):
    if not is_classification(case.train):
        return False
    counts = case.train[TARGET].value_counts()
    return counts.iloc[-1] < 0.7 * counts.iloc[0]


def _rare_rows(whole):
    return np.flatnonzero(whole[TARGET] == whole[TARGET].value_counts().index[-1])


def _most(whole):
    return whole[TARGET].value_counts().iloc[0]


def _numeric_target(whole):
    y = whole[TARGET]
    if is_classification(whole):
        return (y == y.value_counts().index[0]).to_numpy(float)
    return y.to_numpy(float)


def _means(of, keys, _, y, smoothing):
    prior = y.mean()
    counts = np.bincount(keys, minlength=of.max() + 1)
    sums = np.bincount(keys, y, minlength=of.max() + 1)
    weight = np.maximum(counts + smoothing, 1e-12)
    means = np.where(counts > 0, (sums + smoothing * prior) / weight, prior)
    return means[of]


def _split_encoded(case, column):
    n_train = len(case.train)
    return Case(case.train.assign(shop=column[:n_train]), case.test.assign(shop=column[n_train:]))

"""Mislabeled rows, datafix against cleanlab with the same folds: average precision, F1 of the flags and CPU.

    python benchmarks/quality_labels.py designed     # digits, wine, breast cancer, 20k synthetic rows
    python benchmarks/quality_labels.py unseen       # six sets that nothing was chosen on
    python benchmarks/quality_labels.py known [FOLDER]   # real wrong labels: ai4i2020, MNIST's test images in FOLDER
    python benchmarks/quality_labels.py training     # a Keras network on digits, cleaned or not

Noise of 5, 10 and 20 % of the rows: uniform, to the next class, or near the boundary (the runner-up of a logistic
model, likelier where the margin is small). Designed on seeds 100 and 101, reported on 0 to 4. The peers are cleanlab's
scores and default flags from a logistic model, from boosted trees, and its ensemble of datafix's own models, with the
best of its weightings in hindsight.
"""

import json
import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np
from cleanlab.filter import find_label_issues
from cleanlab.rank import get_label_quality_ensemble_scores, get_label_quality_scores
from joblib import Memory
from leakage_tables import _read, base_tables
from measuring import cpu_seconds, tell
from sklearn import datasets
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, f1_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict, train_test_split
from sklearn.pipeline import make_pipeline

from datafix import MislabelDetector, TablePreprocessor
from datafix import find_label_issues as find_issues_ours
from datafix.labels import out_of_fold_proba
from datafix.labels.committee import Committee

KINDS, RATES, WEIGHTINGS = (
    ("uniform", "asymmetric", "boundary"),
    (0.05, 0.1, 0.2),
    ("uniform", "accuracy", "log_loss_search"),
)
LOGISTIC = make_pipeline(TablePreprocessor(), LogisticRegression(max_iter=500))
BOOSTED = make_pipeline(TablePreprocessor(), HistGradientBoostingClassifier(random_state=0))


def designed_sets():
    synthetic = {"n_features": 20, "n_informative": 10, "n_redundant": 4, "n_classes": 4, "class_sep": 1.5, "flip_y": 0}
    return {
        "wine": datasets.load_wine(return_X_y=True),
        "breast cancer": datasets.load_breast_cancer(return_X_y=True),
        "digits": datasets.load_digits(return_X_y=True),
        "synthetic": datasets.make_classification(20_000, random_state=0, **synthetic),
    }


def unseen_sets():
    tables = base_tables()
    sets = {"iris": datasets.load_iris(return_X_y=True)}
    for name, most in (("penguins", 400), ("german_credit", 1000), ("telco_churn", 3000), ("adult", 4000)):
        table = tables[name].head(most)
        sets[name] = table.drop(columns="y"), np.unique(table["y"], return_inverse=True)[1]
    moons, y = datasets.make_moons(2000, noise=0.15, random_state=0)
    sets["moons"] = np.hstack([moons, np.random.default_rng(0).normal(size=(2000, 6))]), y
    return sets


def noisy(X, y, kind, rate, seed):
    """Return labels of which the share ``rate`` is wrong."""
    random, n_classes, n_wrong = np.random.default_rng([seed, int(100 * rate)]), y.max() + 1, round(rate * len(y))
    labels = y.copy()
    if kind != "boundary":
        rows = random.choice(len(y), n_wrong, replace=False)
        labels[rows] += 1 if kind == "asymmetric" else random.integers(1, n_classes, n_wrong)
        return labels % n_classes
    proba = cross_val_predict(LOGISTIC, X, y, cv=5, method="predict_proba")
    own = proba[np.arange(len(y)), y]
    proba[np.arange(len(y)), y] = -1
    margin = own - proba.max(axis=1)
    weight = np.exp(-3 * margin.argsort().argsort() / len(y))
    rows = random.choice(len(y), n_wrong, replace=False, p=weight / weight.sum())
    labels[rows] = proba[rows].argmax(axis=1)
    return labels


def compared(name, X, y, kind, rate, seed):
    """Judge one set of wrong labels by everyone, and return the figures."""
    labels = noisy(X, y, kind, rate, seed)
    wrong, rows, figures, done = labels != y, np.arange(len(y)), {}, {}
    folds = list(StratifiedKFold(5, shuffle=True, random_state=seed).split(rows, labels))
    ap = lambda score: 100 * float(average_precision_score(wrong, score))  # noqa: E731
    f1 = lambda flags: 100 * float(f1_score(wrong, flags))  # noqa: E731
    with tempfile.TemporaryDirectory() as folder:
        memory = Memory(folder, verbose=0)

        def ours():
            done["detector"] = MislabelDetector(cv=folds, random_state=seed, memory=memory).fit(X, labels)

        def boosted():
            done["boosted"] = out_of_fold_proba(BOOSTED, X, labels, cv=folds)

        figures["cpu"], figures["cpu boosted"] = cpu_seconds(ours, 1), cpu_seconds(boosted, 1)
        inner = int(np.random.RandomState(seed).randint(2**31 - 1))
        committee = Committee(boosted=len(y) >= 1000, random_state=inner)
        opinions = out_of_fold_proba(committee, X, labels, cv=folds, memory=memory, learn=np.ones(len(y), dtype=bool))
    detector = done["detector"]
    figures["ap"], figures["f1"] = ap(-detector.label_quality_), f1(detector.is_issue_)
    figures["precision"] = float(wrong[detector.is_issue_].mean()) if detector.is_issue_.any() else float("nan")
    figures["estimated precision"], figures["rounds"] = detector.estimated_precision_, detector.n_rounds_
    figures["ap best member"] = max(ap(-opinion[rows, labels]) for opinion in opinions)
    for weighting in WEIGHTINGS:
        scores = get_label_quality_ensemble_scores(
            labels, list(opinions), method="self_confidence", weight_ensemble_members_by=weighting, verbose=False
        )
        figures[f"ap ensemble {weighting}"] = ap(-scores)
    figures["f1 ensemble"] = f1(find_label_issues(labels, opinions.mean(axis=0), n_jobs=1))
    for who, proba in (("logistic", out_of_fold_proba(LOGISTIC, X, labels, cv=folds)), ("boosted", done["boosted"])):
        figures[f"ap {who}"], figures[f"f1 {who}"] = (
            ap(-proba[rows, labels]),
            f1(find_label_issues(labels, proba, n_jobs=1)),
        )
    tell("quality_labels", data=name, noise=kind, rate=rate, seed=seed, **figures)
    return figures


def table_of(sets, seeds):
    cells = []
    for name, (X, y) in sets.items():
        own = [compared(name, X, y, kind, rate, seed) for kind in KINDS for rate in RATES for seed in seeds]
        tell("quality_labels", data=name, mean=True, **_means(own))
        cells.append(own)
    everything = [cell for own in cells for cell in own]
    means = _means([_means(own) for own in cells])
    ensemble = max(means[f"ap ensemble {weighting}"] for weighting in WEIGHTINGS)
    close = np.mean([cell["ap"] >= cell["ap best member"] - 0.5 for cell in everything])
    off = [
        abs(cell["estimated precision"] - cell["precision"]) for cell in everything if np.isfinite(cell["precision"])
    ]
    cpu = sum(cell["cpu"] for cell in everything) / sum(cell["cpu boosted"] for cell in everything)
    tell("quality_labels", data="all", **means, gain=means["ap"] - ensemble, close_to_best_member=float(close),
         precision_is_off_by=float(np.mean(off)), cpu_times_boosted=cpu)  # fmt: skip


def _means(cells):
    return {key: float(np.nanmean([cell[key] for cell in cells])) for key in cells[0]}


def known():
    """Labels of ai4i2020 that contradict their own definition: the failure is one of five modes, or it is not."""
    table = _read("ai4i2020")
    modes = table[["TWF", "HDF", "PWF", "OSF", "RNF"]].any(axis=1).to_numpy()
    y = table["Machine failure"].to_numpy()
    X = table.drop(columns=["UDI", "Product ID", "Machine failure"])
    folds = list(StratifiedKFold(5, shuffle=True, random_state=0).split(X, y))
    detector = MislabelDetector(cv=folds, random_state=0).fit(X, y)
    wrong = modes != y
    proba = out_of_fold_proba(BOOSTED, X, y, cv=folds)
    tell("quality_labels", data="ai4i2020", wrong=int(wrong.sum()), flagged=int(detector.is_issue_.sum()),
         found=int((wrong & detector.is_issue_).sum()),
         ap=100 * average_precision_score(wrong, -detector.label_quality_),
         ap_boosted=100 * average_precision_score(wrong, -proba[np.arange(len(y)), y]),
         f1_boosted=100 * f1_score(wrong, find_label_issues(y, proba, n_jobs=1)),
         f1=100 * f1_score(wrong, detector.is_issue_))  # fmt: skip


def mnist(folder):
    """Labels of MNIST's test images that most of five people did not confirm (labelerrors.com), of 100 shown to them.

    ``folder`` holds mnist_test.npz (images, labels, cv_pred_probs as published) and mturk.json; MNIST is CC BY-SA 3.0
    and so not copied here.
    """
    with np.load(folder / "mnist_test.npz") as file:
        images, labels, published = file["images"], file["labels"].astype(int), file["cv_pred_probs"]
    judged = json.loads((folder / "mturk.json").read_text())
    wrong = np.zeros(len(labels), dtype=bool)
    wrong[[row["id"] for row in judged if row["mturk"]["given"] < 3]] = True
    issues = find_issues_ours(labels, published)
    theirs = find_label_issues(labels, published, n_jobs=1)
    detector = MislabelDetector(random_state=0)
    cpu = cpu_seconds(lambda: detector.fit(images, labels), 1)
    tell("quality_labels", data="mnist", wrong=int(wrong.sum()),
         flagged=int(issues["is_issue"].sum()), found=int((wrong & issues["is_issue"]).sum()),
         ap=100 * average_precision_score(wrong, -issues["label_quality"]),
         flagged_cleanlab=int(theirs.sum()), found_cleanlab=int((wrong & theirs).sum()),
         ap_cleanlab=100 * average_precision_score(wrong, -get_label_quality_scores(labels, published)),
         flagged_images=int(detector.is_issue_.sum()), found_images=int((wrong & detector.is_issue_).sum()),
         ap_images=100 * average_precision_score(wrong, -detector.label_quality_), cpu_images=cpu)  # fmt: skip


def training():
    """Which share of what removing exactly the wrong labels would gain is gained, by a Keras network on digits."""
    import keras

    def accuracy(X, y, weight, test, seed):
        keras.utils.set_random_seed(seed)
        layers = [
            keras.Input((64,)),
            keras.layers.Dense(128, "relu"),
            keras.layers.Dense(128, "relu"),
            keras.layers.Dense(10),
        ]
        model = keras.Sequential(layers)
        one_hot = y.ndim == 2
        loss = keras.losses.CategoricalCrossentropy if one_hot else keras.losses.SparseCategoricalCrossentropy
        model.compile("adam", loss(from_logits=True))
        model.fit(X, y, sample_weight=weight, epochs=30, batch_size=32, verbose=0)
        return float((model.predict(test[0], verbose=0).argmax(axis=1) == test[1]).mean())

    X, y = datasets.load_digits(return_X_y=True)
    for kind in KINDS:
        gains = []
        for seed in range(5):
            train, test, given, true = train_test_split(X / 16, y, test_size=0.4, stratify=y, random_state=seed)
            labels, held_out = noisy(train, given, kind, 0.2, seed), (test, true)
            folds = list(StratifiedKFold(5, shuffle=True, random_state=seed).split(train, labels))
            d = MislabelDetector(cv=folds, random_state=seed).fit(train, labels)
            keep, exact = ~d.is_issue_, labels == given
            boosted = out_of_fold_proba(BOOSTED, train, labels, cv=folds)
            theirs = ~find_label_issues(labels, boosted, n_jobs=1)
            members = out_of_fold_proba(Committee(random_state=seed), train, labels, cv=folds)
            together = ~find_label_issues(labels, members.mean(axis=0), n_jobs=1)
            figures = {
                "noisy": accuracy(train, labels, None, held_out, seed),
                "exact": accuracy(train[exact], labels[exact], None, held_out, seed),
                "drop": accuracy(train[keep], labels[keep], None, held_out, seed),
                "reweight": accuracy(train, labels, d.sample_weight_, held_out, seed),
                "relabel": accuracy(
                    train,
                    np.where(d.is_issue_ & (d.suggestion_confidence_ >= 0.8), d.suggested_label_, labels),
                    None,
                    held_out,
                    seed,
                ),
                "soft": accuracy(train, d.soft_label_, None, held_out, seed),
                "cleanlab boosted": accuracy(train[theirs], labels[theirs], None, held_out, seed),
                "cleanlab ensemble": accuracy(train[together], labels[together], None, held_out, seed),
            }
            gains.append(figures)
        means = _means(gains)
        gain = means["exact"] - means["noisy"]
        shares = {
            f"share {who}": (means[who] - means["noisy"]) / gain for who in means if who not in ("noisy", "exact")
        }
        tell("quality_labels", training=kind, **means, **shares)


def main():
    warnings.filterwarnings("ignore", category=UserWarning, module="cleanlab")
    which = sys.argv[1:] or ["designed", "unseen", "known", "training"]
    if "designed" in which:
        table_of(designed_sets(), range(5))
    if "unseen" in which:
        table_of(unseen_sets(), range(2))
    if "known" in which:
        known()
        folders = [Path(word) for word in which if Path(word).is_dir()]
        if folders:
            mnist(folders[0])
    if "training" in which:
        training()


if __name__ == "__main__":
    main()

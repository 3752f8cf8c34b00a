"""Mislabeled rows, datafix against cleanlab's CleanLearning with its default model: F1 and CPU seconds.

Designed on digits; reported on wine and breast cancer too. Noise: uniform, 10 %.
"""

import numpy as np
from cleanlab.classification import CleanLearning
from measuring import cpu_seconds, tell
from sklearn import datasets
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from datafix import MislabelDetector

SETS = {"digits": datasets.load_digits, "wine": datasets.load_wine, "breast cancer": datasets.load_breast_cancer}
SEEDS = range(3)


def noisy(y, seed):
    random = np.random.default_rng(seed)
    wrong = random.random(len(y)) < 0.1
    n_classes = y.max() + 1
    return np.where(wrong, (y + random.integers(1, n_classes, len(y))) % n_classes, y), wrong


def main():
    for name, load in SETS.items():
        X, y = load(return_X_y=True)
        scores = {"datafix": [], "cleanlab": []}
        seconds = {"datafix": 0.0, "cleanlab": 0.0}
        for seed in SEEDS:
            labels, wrong = noisy(y, seed)
            found = {}

            def ours(found=found, labels=labels, X=X):
                found["datafix"] = MislabelDetector(random_state=0).fit(X, labels).is_issue_

            def theirs(found=found, labels=labels, X=X):
                model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=500))
                issues = CleanLearning(model, seed=0).find_label_issues(X, labels)
                found["cleanlab"] = issues["is_label_issue"].to_numpy()

            for who, function in (("datafix", ours), ("cleanlab", theirs)):
                seconds[who] += cpu_seconds(function, 1)
                scores[who].append(f1_score(wrong, found[who]))
        for who, f1 in scores.items():
            tell("labels", data=name, who=who, f1=float(np.mean(f1)), cpu_s=seconds[who] / len(SEEDS))


if __name__ == "__main__":
    main()

"""Confident learning's flags from given probabilities, datafix against cleanlab: CPU, memory, equal flags."""

import tracemalloc

import numpy as np
from cleanlab.filter import find_label_issues
from measuring import cpu_seconds, tell

from datafix.labels.confident import confident_flags


def judged(n_rows, n_classes):
    random = np.random.default_rng(0)
    true = random.integers(0, n_classes, n_rows)
    proba = random.exponential(size=(n_rows, n_classes))
    proba[np.arange(n_rows), true] += n_classes
    proba /= proba.sum(axis=1, keepdims=True)
    return np.where(random.random(n_rows) < 0.1, random.integers(0, n_classes, n_rows), true), proba


def peak(function):
    """Return the most MB that a call held beyond what there was."""
    tracemalloc.start()
    function()
    most = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    return most


def main():
    for n_rows, n_classes in ((1_000_000, 10), (50_000, 1000)):
        codes, proba = judged(n_rows, n_classes)
        found = {}

        def ours(found=found, codes=codes, proba=proba):
            found["datafix"] = confident_flags(codes, proba)

        def theirs(found=found, codes=codes, proba=proba):
            found["cleanlab"] = find_label_issues(codes, proba, filter_by="both", n_jobs=1, min_examples_per_class=0)

        for who, function in (("datafix", ours), ("cleanlab", theirs)):
            tell("label_flags", rows=n_rows, classes=n_classes, who=who, cpu_s=cpu_seconds(function), mb=peak(function))
        tell("label_flags", rows=n_rows, classes=n_classes, flags=int(found["datafix"].sum()),
             different=int((found["datafix"] != found["cleanlab"]).sum()))  # fmt: skip


if __name__ == "__main__":
    main()

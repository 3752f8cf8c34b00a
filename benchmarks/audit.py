"""The whole audit of 1 M + 250 k rows x 30, HTML and near copies included: CPU seconds and memory, check by check.

python benchmarks/audit.py [ROWS]
"""

import sys
import time

import numpy as np
import pandas as pd
from measuring import tell
from preprocess import make_table, peak_memory
from schema_speed import spoilt

from datafix import CHECKS, audit


def tables(n_rows):
    """Return a training table with faults in a hundredth of the cells and rows, and a test table of a fourth."""
    train = spoilt(make_table(n_rows, 0))
    random = np.random.default_rng(3)
    train["y"] = np.where(random.random(n_rows) < 1 / (1 + np.exp(-(train["number_00"] - 50) / 10)), "yes", "no")
    rows = random.choice(n_rows, n_rows // 100, replace=False)
    train = pd.concat([train.iloc[: n_rows - len(rows)], train.iloc[rows]], ignore_index=True)
    test = make_table(n_rows // 4, 1).assign(y="no")
    test["y"] = np.where(random.random(len(test)) < 1 / (1 + np.exp(-(test["number_00"] - 50) / 10)), "yes", "no")
    copies = train.iloc[: len(test) // 100].set_axis(test.index[: len(test) // 100])
    return train, pd.concat([copies, test.iloc[len(copies) :]], ignore_index=True)


def main():
    n_rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    train, test = tables(n_rows)
    size = train.memory_usage(deep=True).sum() + test.memory_usage(deep=True).sum()
    peak = []
    with peak_memory(peak):
        before = time.process_time()
        report = audit(train, target="y", test=test)
        html = report.to_html()
        seconds = time.process_time() - before
    if "checks" in sys.argv:
        for check in CHECKS:
            before = time.process_time()
            audit(train, target="y", test=test, checks=[check])
            tell("audit", check=check.name, cpu=time.process_time() - before)
    counts = pd.Series([str(issue.severity) for issue in report.issues]).value_counts().to_dict()
    tell("audit", rows=n_rows, columns=train.shape[1], cpu=seconds, peak_mb=peak[0] / 1e6, table_mb=size / 1e6,
         html_kb=len(html) / 1e3, **counts)  # fmt: skip


if __name__ == "__main__":
    main()

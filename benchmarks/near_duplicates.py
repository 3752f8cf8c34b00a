"""Near copies: CPU seconds and memory at 1 M rows × 30, recall of planted copies, and what is grouped in clean tables.

The peer of the speed is exact hashing, which finds no near copy. Copies have 5 to 20 % of their cells replaced by those
of other rows and every other number jittered by 1e-5 deviations. Designed on seeds 0 to 2, reported on seed 100.
"""

import resource

import numpy as np
import pandas as pd
from leakage_tables import TARGET, base_tables
from measuring import cpu_seconds, tell

from datafix.fingerprint import row_hashes
from datafix.near_duplicates import near_copies, near_duplicates

SEED = 100


def million():
    random = np.random.default_rng(0)
    table = pd.DataFrame(random.normal(size=(1_000_000, 18))).rename(columns=lambda j: f"c{j}")
    more = {f"n{j}": random.integers(0, 100, len(table)) for j in range(4)}
    more |= {f"k{j}": pd.Categorical(random.choice([f"v{i}" for i in range(20)], len(table))) for j in range(8)}
    return table.assign(**more)


def peak_gb():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def edited(rows, table, share, random):
    """Return copies of rows with a share of the cells of each replaced, and the other numbers jittered."""
    n_edits = max(1, int(share * rows.shape[1] + 1e-9))
    columns = {}
    for name in rows.columns:
        values = rows[name].to_numpy(copy=True)
        if rows[name].dtype == "float64":
            values = values + random.normal(0, 1e-5 * table[name].std(), len(values))
        columns[name] = values
    for i in range(len(rows)):
        for name in random.choice(rows.columns.to_numpy(), n_edits, replace=False):
            columns[name][i] = random.choice(table[name].to_numpy())
    return pd.DataFrame(columns)


def main():
    table = million()
    before = peak_gb()
    near = cpu_seconds(lambda: near_duplicates(table), 1)
    peak = peak_gb() - before
    exact = cpu_seconds(lambda: pd.factorize(row_hashes(table)), 1)
    tell(
        "near_duplicates", rows=len(table), columns=30, cpu_s=near, gb_beyond_the_table=peak, exact_hashing_cpu_s=exact
    )

    for name, base in base_tables().items():
        random = np.random.default_rng([SEED, len(name)])
        rows = base.drop(columns=TARGET).iloc[random.permutation(len(base))[:4000]].reset_index(drop=True)
        cut = round(0.7 * len(rows))
        train, test = rows.iloc[:cut], rows.iloc[cut:].reset_index(drop=True)
        groups = near_duplicates(rows)
        distinct = ~rows.duplicated().to_numpy()
        sizes = np.bincount(groups[distinct])
        recall = {}
        for share in (0.05, 0.1, 0.2):
            if share < 0.2 and share * rows.shape[1] < 1:
                continue
            copies = edited(train.iloc[:100].reset_index(drop=True), train, share, random)
            found = near_copies(train, pd.concat([test, copies], ignore_index=True))[0]
            recall[str(share)] = float(np.isin(np.arange(len(test), len(test) + 100), found).mean())
        share_grouped = float(sizes[sizes > 1].sum() / distinct.sum())
        tell(
            "near_duplicates",
            data=name,
            recall=recall,
            clean_rows_grouped=share_grouped,
            largest_group=int(sizes.max()),
        )


if __name__ == "__main__":
    main()

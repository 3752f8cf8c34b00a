"""Inferred schemas: fresh rows rejected (asked for: at most 1 %), injected faults caught (at least 95 %).

    python benchmarks/schema_quality.py          # 200 seeds x ten generators
    python benchmarks/schema_quality.py 5        # seeds 0 to 4, on which the thresholds were chosen

Learned from 2,000 rows, held to 10,000 fresh ones of the same generator. A fault is put into 1 % of the cells of one
column (into its rows, where a relation is broken); it is caught where the schema names that column, or another of the
relation. Reported on seeds from 100 on.
"""

import sys
import warnings
from collections import Counter

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from measuring import tell
from schema_tables import GENERATORS

from datafix import infer_schema

TRAIN, FRESH = 2000, 10_000
BROKEN_RELATIONS = {
    "country": ("currency", "currency decided", lambda cells: np.where(cells == "CHF", "EUR", "CHF")),
    "net": ("total", "sum", lambda cells: cells + 1),
    "ordered": ("delivered", "order", lambda cells: cells - pd.Timedelta(days=300)),
    "state": ("paid_by", "missing when", lambda cells: np.where(cells.isna(), "card", None)),
}


def main():
    seeds = range(int(sys.argv[1])) if len(sys.argv) > 1 else range(100, 300)
    jobs = [(make, seed) for make in GENERATORS for seed in seeds]
    done = Parallel(n_jobs=2)(delayed(one)(make, seed) for make, seed in jobs)
    for make in GENERATORS:
        own = [result for (maker, _), result in zip(jobs, done, strict=True) if maker is make]
        tell_of(make.__name__, own)
    tell_of("all", done)


def tell_of(name, results):
    kinds = Counter()
    caught = Counter()
    for _, faults in results:
        for kind, found in faults:
            kinds[kind] += 1
            caught[kind] += found
    tell("schema_quality", table=name, samples=len(results),
         rejected=float(np.mean([bool(broken) for broken, _ in results])),
         by=Counter(rule for broken, _ in results for rule in broken).most_common(4),
         faults=sum(kinds.values()), caught=sum(caught.values()) / max(1, sum(kinds.values())),
         missed={kind: f"{caught[kind]} of {kinds[kind]}" for kind in kinds if caught[kind] < kinds[kind]})  # fmt: skip


def one(make, seed):
    """Return what rules fresh rows break, and which faults are caught."""
    warnings.simplefilter("ignore")
    random = np.random.default_rng([seed, GENERATORS.index(make)])
    schema = infer_schema(make(random, TRAIN))
    fresh = make(random, FRESH)
    broken = [f"{failure.column}: {failure.rule}" for failure in schema.failures(fresh)]
    return broken, [
        (kind, any(failure.column in columns for failure in schema.failures(spoilt)))
        for kind, columns, spoilt in faults(fresh, random)
    ]


def faults(frame, random):
    """Yield a kind of fault, the columns concerned, and the frame with it."""
    rows = random.choice(len(frame), len(frame) // 100, replace=False)

    def spoilt(column, values):
        mended = frame.copy()
        mended[column] = mended[column].astype(object)
        mended.loc[rows, column] = values
        return mended.assign(**{column: mended[column].infer_objects()})

    for name in frame.columns:
        for kind, values in values_of_faults(frame.loc[rows, name], complete=frame[name].notna().all()):
            yield kind, {name}, spoilt(name, values)
    for key, (column, kind, change) in BROKEN_RELATIONS.items():
        if {key, column} <= set(frame.columns):
            yield kind, set(frame.columns), spoilt(column, change(frame.loc[rows, column]))


def values_of_faults(cells, *, complete):
    """Yield a kind of fault and the values that take the cells' place."""
    if complete:
        yield "missing", None
    if cells.dtype.kind in "if":
        yield from (("-999", -999.0), ("infinite", np.inf), ("text", "unknown"))
        yield "x 10,000", (cells.abs().to_numpy() + 1.0) * 1e4
    if cells.dtype.kind == "M":
        yield from (("1900", pd.Timestamp("1900-01-01")), ("2261", pd.Timestamp("2261-01-01")))
    if cells.name in ("country", "state", "browser", "weekday"):
        yield "spelling", cells.astype(str) + " "
    if cells.name in ("order", "key", "text"):
        yield "code", cells.str[:-1] + "?"


if __name__ == "__main__":
    main()

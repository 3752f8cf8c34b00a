"""Canonical row hashes against pandas' own, which knows neither engines nor storage: 1 M x 30 floats, 1 M x 5 texts."""

import numpy as np
import pandas as pd
from measuring import cpu_seconds, tell

from datafix.fingerprint import row_hashes

N = 1_000_000


def main():
    random = np.random.default_rng(0)
    tables = {
        "30 numbers": pd.DataFrame(random.normal(size=(N, 30))),
        "5 texts": pd.DataFrame({f"t{i}": random.choice([f"value {k}" for k in range(50)], N) for i in range(5)}),
    }
    for name, table in tables.items():
        ours = cpu_seconds(lambda table=table: row_hashes(table))
        theirs = cpu_seconds(lambda table=table: pd.util.hash_pandas_object(table, index=False))
        tell("fingerprint", table=name, rows=N, datafix_cpu_s=ours, pandas_cpu_s=theirs, ratio=ours / theirs)


if __name__ == "__main__":
    main()

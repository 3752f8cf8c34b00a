"""Time and peak memory of what takes lazy frames, by the number of rows, beside pandas in memory.

Tables of 30 columns (16 floats, 6 whole numbers, 5 texts, 2 times, a class) lie in one Parquet file. Each case runs in
a process of its own, which tells its CPU and wall seconds and its peak memory beyond that of the imports. pandas reads
the file whole before, which "read_cpu_s" tells; it is left out beyond ``--in-memory`` million rows. "dask1" and
"dask2" are clusters of one and of two worker processes of one thread each: their CPU seconds are those of the process
that asks, so look at the wall.

Usage: python benchmarks/scale.py [--rows 1 4 16] [--engines pandas polars duckdb dask dask1 dask2]
    [--jobs audit schema fit save]
"""

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from measuring import tell

MILLION = 1_000_000
GROUP = 250_000
JOBS = ("audit", "schema", "fit", "save")
ENGINES = ("pandas", "polars", "duckdb", "dask", "dask1", "dask2")


def made(path, n_millions):
    """Write a table of so many million rows, a group of rows at a time."""
    writer = None
    for number in range(n_millions * MILLION // GROUP):
        rng = np.random.default_rng([7, number])
        columns = {f"float{at}": rng.normal(at, 1 + at, GROUP) for at in range(16)}
        columns["float3"][::7] = np.nan
        columns |= {f"whole{at}": rng.integers(0, 10 ** (at + 1), GROUP) for at in range(6)}
        for at in range(5):
            columns[f"text{at}"] = pa.DictionaryArray.from_arrays(
                pa.array(rng.integers(0, 5 * 8**at, GROUP)), pa.array([f"value {at}" for at in range(5 * 8**at)])
            ).cast(pa.string())
        for at in range(2):
            seconds = rng.integers(1_500_000_000, 1_700_000_000, GROUP)
            columns[f"time{at}"] = pa.array(seconds * 1_000_000, pa.timestamp("us"))
        columns["label"] = pa.array(np.where(columns["float0"] + rng.normal(size=GROUP) > 0, "yes", "no"))
        table = pa.table(columns)
        writer = writer or pq.ParquetWriter(path, table.schema)
        writer.write_table(table, row_group_size=GROUP)
    writer.close()


def opened(engine, path):
    """Return the table as an engine has it, and the memory that this process used before."""
    if engine == "pandas":
        before = _peak()
        return pd.read_parquet(path), before
    if engine == "polars":
        import polars as pl

        return pl.scan_parquet(path), _peak()
    if engine == "duckdb":
        import duckdb

        return duckdb.read_parquet(path), _peak()
    import dask.dataframe as dd

    if engine != "dask":
        from distributed import Client, LocalCluster

        Client(LocalCluster(n_workers=int(engine[-1]), threads_per_worker=1, dashboard_address=":0"))
    return dd.read_parquet(path, split_row_groups=True), _peak()


def run(engine, job, path):
    """Do one job and tell what it took, as a line of JSON."""
    import datafix

    start = time.process_time()
    frame, before = opened(engine, path)
    read = time.process_time() - start
    wall, cpu = time.perf_counter(), time.process_time()
    if job == "schema":
        datafix.infer_schema(frame)
    elif job == "audit":
        datafix.audit(frame, target="label", progress=False)
    elif job == "fit":
        features = frame.drop(columns="label") if engine not in ("polars", "duckdb") else _without_label(engine, frame)
        datafix.TablePreprocessor().fit(features)
    else:
        folder = Path(tempfile.mkdtemp(dir=Path(path).parent)) / "prepared"
        _prepared(engine, frame).save(folder)
        shutil.rmtree(folder.parent)
    figures = {"wall_s": time.perf_counter() - wall, "cpu_s": time.process_time() - cpu}
    if engine == "pandas":
        figures["read_cpu_s"] = read
    print(json.dumps(figures | {"peak_mb": (_peak() - before) / 1024}))


def _prepared(engine, frame):
    import datafix

    if engine == "pandas":
        X = frame.drop(columns="label")
        split = datafix.split(X, frame["label"], assign="hash")
        return datafix.prepare(datafix.TablePreprocessor(), X, frame["label"], split=split)
    return datafix.prepare(datafix.TablePreprocessor(), split=datafix.split(frame, "label", assign="hash"))


def _without_label(engine, frame):
    if engine == "polars":
        return frame.drop("label")
    return frame.project(", ".join(name for name in frame.columns if name != "label"))


def _peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def main():
    """Make the tables, run every case in its process, and tell its figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[1, 4, 16], help="millions")
    parser.add_argument("--engines", nargs="+", default=list(ENGINES[:4]), choices=ENGINES)
    parser.add_argument("--jobs", nargs="+", default=list(JOBS), choices=JOBS)
    parser.add_argument("--in-memory", type=int, default=4, help="most million rows for pandas")
    parser.add_argument("--case", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.case:
        run(*options.case)
        return
    with tempfile.TemporaryDirectory() as place:
        for n_millions in options.rows:
            path = str(Path(place) / f"{n_millions}.parquet")
            made(path, n_millions)
            for job in options.jobs:
                for engine in options.engines:
                    if engine == "pandas" and n_millions > options.in_memory:
                        continue
                    command = [sys.executable, __file__, "--case", engine, job, path]
                    done = subprocess.run(command, check=True, capture_output=True, text=True)
                    figures = json.loads(done.stdout.splitlines()[-1])
                    tell("scale", job=job, engine=engine, million_rows=n_millions, **figures)


if __name__ == "__main__":
    main()

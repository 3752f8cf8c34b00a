"""datafix's audit and what others do of it, each in its own process and virtual environment, on the same files.

python benchmarks/audit_others.py write FOLDER [ROWS]     # train.parquet and test.parquet, by datafix's environment
PEER/bin/python benchmarks/audit_others.py PEER FOLDER    # datafix, deepchecks, evidently, ydata, skrub or gx

deepchecks 0.19 needs pandas < 2.2, numpy < 2, scikit-learn < 1.4 and setuptools < 70; evidently pandas < 3;
ydata-profiling setuptools < 80; all of them pyarrow. Seconds are CPU seconds without reading the files; memory is the
peak of the process with what it imports.
"""

import json
import resource
import sys
import time
import warnings
from pathlib import Path

import pandas as pd


def write(folder, n_rows):
    from audit import tables

    for name, table in zip(("train", "test"), tables(n_rows), strict=True):
        table.to_parquet(folder / f"{name}.parquet")


def run_datafix(train, test):
    import datafix

    return {"full": lambda: datafix.audit(train, target="y", test=test, progress=False).to_html()}


def run_deepchecks(train, test):
    from deepchecks.tabular import Dataset
    from deepchecks.tabular.suites import data_integrity, train_test_validation

    here, there = (Dataset(table, label="y", cat_features=_texts(table)) for table in (train, test))
    return {
        "integrity": lambda: data_integrity().run(here),
        "train and test": lambda: train_test_validation().run(here, there),
    }


def run_evidently(train, test):
    from evidently import Report
    from evidently.presets import DataDriftPreset, DataSummaryPreset

    return {
        "summary": lambda: Report([DataSummaryPreset()]).run(test, train).get_html_str(as_iframe=False),
        "drift": lambda: Report([DataDriftPreset()]).run(test, train).get_html_str(as_iframe=False),
    }


def run_ydata(train, _test):
    from ydata_profiling import ProfileReport

    return {"minimal": lambda: ProfileReport(train, minimal=True, progress_bar=False).to_html()}


def run_skrub(train, _test):
    from skrub import TableReport

    return {"report": lambda: TableReport(train, verbose=0).html()}


def run_gx(train, test):
    import great_expectations as gx
    from great_expectations import expectations as gxe

    context = gx.get_context(mode="ephemeral")
    asset = context.data_sources.add_pandas("tables").add_dataframe_asset("test")
    batch = asset.add_batch_definition_whole_dataframe("all").get_batch(batch_parameters={"dataframe": test})
    suite = gx.ExpectationSuite(name="rules")
    for name in train:
        suite.add_expectation(gxe.ExpectColumnValuesToNotBeNull(column=name))
        if train[name].dtype.kind in "iuf":
            ends = {"min_value": float(train[name].min()), "max_value": float(train[name].max())}
            suite.add_expectation(gxe.ExpectColumnValuesToBeBetween(column=name, **ends))
        elif name in _texts(train) and train[name].nunique() < 1000:
            known = train[name].dropna().unique().tolist()
            suite.add_expectation(gxe.ExpectColumnValuesToBeInSet(column=name, value_set=known))
    return {"two rules a column, test only": lambda: batch.validate(suite)}


def _texts(table):
    return [name for name in table if name != "y" and table[name].dtype.kind not in "iufbM"]


def main():
    peer, folder = sys.argv[1], Path(sys.argv[2])
    if peer == "write":
        write(folder, int(sys.argv[3]) if len(sys.argv) > 3 else 1_000_000)
        return
    warnings.simplefilter("ignore")  # of peers about their own dependencies
    train, test = (pd.read_parquet(folder / f"{name}.parquet") for name in ("train", "test"))
    parts = globals()[f"run_{peer}"](train, test)
    for part, run in parts.items():
        before = time.process_time()
        run()
        figures = {"peer": peer, "part": part, "rows": len(train), "cpu": round(time.process_time() - before, 1)}
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
        print(json.dumps({"benchmark": "audit_others", **figures, "peak_mb": round(peak)}), flush=True)


if __name__ == "__main__":
    main()

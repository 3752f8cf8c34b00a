"""Holding 1 M rows x 31 columns, one cell in a hundred wrong, to a schema: CPU seconds and memory beside pandera's.

python benchmarks/schema_speed.py [ROWS]
"""

import sys
import warnings

import numpy as np
import pandera.pandas as pa
from measuring import cpu_seconds, tell
from preprocess import make_table, peak_memory

from datafix import Schema, SchemaError, infer_schema


def spoilt(frame):
    """Return the frame with a hundredth of the cells of every column wrong."""
    random, frame = np.random.default_rng(2), frame.copy()
    for name in frame:
        wrong = random.random(len(frame)) < 0.01
        if frame[name].dtype.kind == "f":
            frame.loc[wrong, name] = -1e9
        elif frame[name].dtype.kind != "M":
            frame.loc[wrong, name] = "?"
    return frame


def main():
    n_rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    warnings.simplefilter("ignore")
    clean = make_table(n_rows, 0)
    bad, size = spoilt(clean), clean.memory_usage(deep=True).sum()
    schemas, found = {}, {}

    def inferred():
        schemas["ours"] = infer_schema(clean)

    def ours():
        found["ours"] = schemas["ours"].failures(bad)

    def raised():
        try:
            schemas["ours"].raise_if_invalid(bad)
        except SchemaError as error:
            found["message"] = str(error)

    def theirs():
        try:
            bare = Schema({name: rule for name, rule in schemas["ours"].columns.items() if not rule.unknown_share})
            bare.to_pandera().validate(bad, lazy=True)
        except pa.errors.SchemaErrors as error:
            found["theirs"] = len(error.failure_cases)
            found["their message"] = len(str(error))

    figures = {}
    for who, job in (("infer", inferred), ("validate", ours), ("raise", raised), ("pandera", theirs)):
        peak = []
        with peak_memory(peak):
            figures[f"cpu {who}"] = cpu_seconds(job, 1)
        figures[f"memory {who}, of the table"] = peak[0] / size
    tell("schema_speed", rows=n_rows, columns=clean.shape[1], rules_broken=len(found["ours"]),
         cells=sum(len(failure.rows) for failure in found["ours"]), cells_pandera=found["theirs"],
         message=len(found["message"]), message_pandera=found["their message"], **figures)  # fmt: skip


if __name__ == "__main__":
    main()

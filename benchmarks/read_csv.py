"""read_table beside pandas.read_csv, which is told delimiter and encoding: CPU seconds and peak memory.

python benchmarks/read_csv.py [MEGABYTES]
"""

import csv
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from measuring import tell

READERS = {
    "datafix": "from datafix.reading import read_table as read",
    "pandas": "from functools import partial; read = partial(pd.read_csv, skipinitialspace=True)",
}
MEASURED = """
import resource, sys, time
import pandas as pd
{reader}
before = time.process_time()
frame = read(sys.argv[1])
print(time.process_time() - before, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3, len(frame))
"""


def table(n_rows):
    random = np.random.default_rng(0)
    frame = pd.DataFrame(random.normal(size=(n_rows, 6)), columns=[f"number {j}" for j in range(6)])
    frame["whole"] = random.integers(0, 10**6, n_rows)
    frame["town"] = random.choice(["Bern", "Basel", "Zürich"], n_rows)
    frame["text"] = random.choice([f"text {k}" for k in range(500)], n_rows)
    frame["y"] = random.choice(["no", "yes"], n_rows)
    return frame


def write(path, frame, megabytes, **options):
    """Write the same rows until the file is as large."""
    frame.to_csv(path, index=False, **options)
    lines = frame.to_csv(index=False, header=False, **options).encode()
    with path.open("ab") as file:
        while file.tell() + len(lines) < megabytes * 1e6:
            file.write(lines)


def measured(reader, path):
    code = MEASURED.format(reader=READERS[reader])
    done = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True, check=True)
    return [float(figure) for figure in done.stdout.split()]


def main():
    megabytes = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    frame = table(100_000)
    gaps = frame.assign(gaps=frame["whole"].where(frame["whole"] % 2 == 0))
    forms = {
        "plain": (frame, megabytes, {}),
        "last column with gaps": (gaps, megabytes / 10, {}),
        "every field in quotes": (frame, megabytes / 10, {"quoting": csv.QUOTE_ALL}),
    }
    with tempfile.TemporaryDirectory() as folder:
        for name, (rows, size, options) in forms.items():
            path = Path(folder) / "table.csv"
            write(path, rows, size, **options)
            best = {reader: np.min([measured(reader, path) for _ in range(3)], axis=0) for reader in READERS}
            tell("read_csv", file=name, megabytes=path.stat().st_size / 1e6, rows=int(best["pandas"][2]),
                 datafix_cpu_s=best["datafix"][0], pandas_cpu_s=best["pandas"][0],
                 ratio=best["datafix"][0] / best["pandas"][0], datafix_peak_mb=best["datafix"][1],
                 pandas_peak_mb=best["pandas"][1])  # fmt: skip


if __name__ == "__main__":
    main()

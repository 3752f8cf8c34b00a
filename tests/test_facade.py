import json
import pkgutil
import subprocess
import sys

import pytest

import datafix

ENGINES = ("polars", "duckdb", "dask", "distributed", "pyspark")
IMPORT = """
import json, sys
import datafix
print(json.dumps(list(sys.modules)))
"""
USE = """
import json, sys
import numpy as np
import datafix
X, y = np.random.default_rng(0).normal(size=(60, 2)), np.arange(60) % 2
split = datafix.split(X, y)
datafix.prepare(datafix.TablePreprocessor(), X, y, split=split)
datafix.audit(X, target=y, checks=["constant_column"])
print(json.dumps(list(sys.modules)))
"""


def run(code):
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def test_importing_loads_nothing_heavy():
    assert not {"tensorflow", "keras", "cleanlab", "pandera", *ENGINES}.intersection(run(IMPORT))


def test_work_without_keras_and_lazy_frames_never_loads_them():
    assert not {"tensorflow", "keras", "cleanlab", *ENGINES}.intersection(run(USE))


@pytest.mark.parametrize("name", datafix.__all__)
def test_every_public_name_is_there_and_told(name):
    assert getattr(datafix, name).__doc__ or name == "CHECKS"


def test_no_module_bears_the_name_of_a_public_function():
    functions = {name for name in datafix.__all__ if not isinstance(getattr(datafix, name), type(datafix))}
    modules = {module.name for module in pkgutil.iter_modules(datafix.__path__)}
    assert not functions & modules

import json
import pkgutil
import subprocess
import sys

import pytest

import datafix

COST = """
import json, sys, time
import sklearn, sklearn.base, pandas, sklearn.utils.validation
start = time.process_time()
import datafix
seconds = time.process_time() - start
heavy = [name for name in ("tensorflow", "keras", "cleanlab", "pandera") if name in sys.modules]
print(json.dumps({"seconds": seconds, "heavy": heavy}))
"""
USE = """
import json, sys
import numpy as np
import datafix
X, y = np.random.default_rng(0).normal(size=(60, 2)), np.arange(60) % 2
split = datafix.split(X, y)
datafix.prepare(datafix.TablePreprocessor(), X, y, split=split)
datafix.audit(X, target=y, checks=["constant_column"])
print(json.dumps([name for name in ("tensorflow", "keras", "cleanlab") if name in sys.modules]))
"""


def run(code):
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def test_importing_costs_little_and_loads_nothing_heavy():
    cost = run(COST)
    assert cost["heavy"] == []
    assert cost["seconds"] < 0.5


def test_work_without_keras_never_loads_it():
    assert run(USE) == []


@pytest.mark.parametrize("name", datafix.__all__)
def test_every_public_name_is_there_and_told(name):
    assert getattr(datafix, name).__doc__ or name == "CHECKS"


def test_no_module_bears_the_name_of_a_public_function():
    functions = {name for name in datafix.__all__ if not isinstance(getattr(datafix, name), type(datafix))}
    modules = {module.name for module in pkgutil.iter_modules(datafix.__path__)}
    assert not functions & modules

"""Faulty programs and their mended twins, before training; ``benchmarks/diagnose_suite.py --programs`` trains them."""

import importlib
import pkgutil

import pytest

import datafix
from tests.diagnosis import programs

NAMES = sorted(found.name for found in pkgutil.iter_modules(programs.__path__))
TOLD_BEFORE = {
    "p01": "activations",
    "p02": "head_and_loss",
    "p03": "head_and_loss",
    "p04": "head_and_loss",
    "p05": "gradients",
    "p06": "activations",
    "p07": "head_and_loss",
    "p08": "loss_value",
    "p09": "head_and_loss",
    "p10": "head_and_loss",
    "p11": "head_and_loss",
    "p12": "learning_rate",
    "p15": "learning_rate",
    "p16": "learning_rate",
    "p20": "input_scale",
    "p21": "label_values",
    "p22": "input_values",
    "p32": "steady_outputs",
    "p33": "frozen_layers",
    "p34": "unrelated_labels",
    "p36": "initial_weights",
    "p37": "wrapped_integers",
}


def made(name, *, mended):
    model, prepared, _ = importlib.import_module(f"{programs.__name__}.{name}").program(mended)
    return model, prepared


@pytest.mark.parametrize("name", [name for name in NAMES if name[:3] in TOLD_BEFORE])
def test_the_fault_is_told_before_training(name):
    report = datafix.check_model(*made(name, mended=False)).at_least("warning")
    assert TOLD_BEFORE[name[:3]] in [issue.check for issue in report.issues[:2]]


@pytest.mark.parametrize("name", NAMES)
def test_the_mended_twin_raises_no_alarm_before_training(name):
    assert datafix.check_model(*made(name, mended=True)).at_least("warning").issues == ()

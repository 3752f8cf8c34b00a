"""Faulty programs and their mended twins; ``benchmarks/diagnose_suite.py --programs`` trains all of them.

p13, p14, p19, p24, p25 and p29 are told after training only, which takes too long for a test.
"""

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
    "p26": "metrics",
    "p32": "steady_outputs",
    "p33": "frozen_layers",
    "p34": "unrelated_labels",
    "p36": "initial_weights",
    "p37": "wrapped_integers",
}
NOTED_BEFORE = {"p27": "row_order", "p30": "network_kind"}
TOLD_AFTER = {
    "p17": "training_length",
    "p18": "batches",
    "p23": "serving_skew",
    "p28": "batch_statistics",
    "p31": "leakage",
    "p35": "drift",
}


def program(name, *, mended):
    return importlib.import_module(f"{programs.__name__}.{name}").program(mended)


def made(name, *, mended):
    return program(name, mended=mended)[:2]


def named(known):
    return pytest.mark.parametrize("name", [name for name in NAMES if name[:3] in known])


@named(TOLD_BEFORE)
def test_the_fault_is_told_before_training(name):
    report = datafix.check_model(*made(name, mended=False)).at_least("warning")
    assert TOLD_BEFORE[name[:3]] in [issue.check for issue in report.issues[:2]]


@named(NOTED_BEFORE)
def test_what_may_be_meant_is_noted_before_training(name):
    (issue,) = datafix.check_model(*made(name, mended=False)).issues
    assert (issue.check, issue.severity) == (NOTED_BEFORE[name[:3]], "info")


@named(TOLD_AFTER)
@pytest.mark.long
def test_the_fault_is_told_after_training(name):
    model, prepared, how = program(name, mended=False)
    history = model.fit(prepared.train.features, prepared.train.target, verbose=0, **how)
    report = datafix.diagnose(model, prepared, history=history).at_least("error")
    assert TOLD_AFTER[name[:3]] == report.issues[0].check


@pytest.mark.parametrize("name", NAMES)
def test_the_mended_twin_raises_no_alarm_before_training(name):
    assert datafix.check_model(*made(name, mended=True)).at_least("warning").issues == ()

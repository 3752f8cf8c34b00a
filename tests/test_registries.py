"""Every check, transformer, row step and question in the code stands in its registry, once."""

import importlib
import inspect
import pkgutil

import pytest
from sklearn.base import TransformerMixin

import datafix
from datafix import CHECKS, RowStep
from datafix.checks import Check
from datafix.diagnosis.after import AFTER
from datafix.diagnosis.before import BEFORE
from datafix.diagnosis.question import Question

ROOMS = ("clean", "impute", "scale", "encode", "schema", "resample", "labels")
# Steps of datafix's own machinery, which no user composes.
INNER = {"ClassCodes", "RepairingTransformer"}


def classes_in(package):
    module = importlib.import_module(f"datafix.{package}")
    names = [f"datafix.{package}"]
    if hasattr(module, "__path__"):
        names += [f"datafix.{package}.{found.name}" for found in pkgutil.iter_modules(module.__path__)]
    for name in names:
        for _, cls in inspect.getmembers(importlib.import_module(name), inspect.isclass):
            if cls.__module__.startswith(f"datafix.{package}"):
                yield cls


ALL = {cls for found in pkgutil.iter_modules(datafix.__path__) if found.name != "cli" for cls in classes_in(found.name)}


def test_every_check_is_registered_under_a_name_of_its_own():
    written = {cls for cls in ALL if hasattr(cls, "find") and cls.__module__.startswith("datafix.checks")}
    assert written - {Check} == {type(check) for check in CHECKS}
    names = [check.name for check in CHECKS]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_every_check_keeps_the_protocol(check):
    assert isinstance(check, Check)
    assert check.name.islower()
    assert type(check).__doc__
    assert type(check)() == check


def test_every_question_is_registered():
    written = {cls for cls in ALL if cls.__module__.startswith("datafix.diagnosis") and hasattr(cls, "find")} - {
        Question
    }
    assert written == {type(question) for question in (*BEFORE, *AFTER)}


def test_every_transformer_and_row_step_stands_in_the_registry_of_its_room():
    written = {cls for cls in ALL if issubclass(cls, TransformerMixin | RowStep) and cls is not RowStep}
    for cls in written:
        room = cls.__module__.split(".")[1]
        if cls.__name__ in INNER or room not in ROOMS:
            assert cls.__name__ in INNER | set(datafix.__all__), cls
        else:
            assert cls.__name__ in importlib.import_module(f"datafix.{room}").__all__, cls

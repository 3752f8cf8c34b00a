import copy
import json
from importlib.resources import files

import numpy as np
import pandas as pd
import pytest

import datafix
from datafix import Issue, Report, Severity

SCHEMA = json.loads((files("datafix.report") / "report.schema.json").read_text(encoding="utf-8"))
FRAME = pd.DataFrame({"a": [1.0, 2.0, np.inf] * 20, "b": ["x", "y", "?"] * 20, "y": ["no", "yes", "no"] * 20})
TYPES = {"object": dict, "array": list, "string": str, "integer": int, "null": type(None)}


def faults(value, schema, place="report"):
    """Yield what breaks the schema: the few words of JSON Schema that ours has."""
    unknown = set(schema) - {
        "$schema", "title", "description", "type", "enum", "minimum", "required", "properties", "additionalProperties",
        "items",
    }  # fmt: skip
    assert not unknown, f"{unknown} are not checked here"
    types = schema.get("type")
    if types and not isinstance(value, tuple(TYPES[name] for name in ([types] if isinstance(types, str) else types))):
        yield f"{place} is no {types}"
        return
    if value not in schema.get("enum", [value]) or (isinstance(value, int) and value < schema.get("minimum", value)):
        yield f"{place} is {value!r}"
    if isinstance(value, dict):
        yield from (f"{place} lacks {name}" for name in schema.get("required", ()) if name not in value)
        for name, part in value.items():
            inner = schema.get("properties", {}).get(name, schema.get("additionalProperties", {}))
            yield from faults(part, inner, f"{place}.{name}")
    if isinstance(value, list):
        for part in value:
            yield from faults(part, schema.get("items", {}), f"{place}[]")


def strictly_parsed(text):
    def refuse(constant):
        raise AssertionError(f"{constant} is no JSON")

    return json.loads(text, parse_constant=refuse)


def test_reports_keep_to_the_published_schema():
    odd = {
        "nan": float("nan"), "infinite": np.float64("inf"), "counts": np.arange(3), np.int64(3): [{"a": (1, np.nan)}],
        "time": pd.Timestamp("2020-01-01"), "class": np.str_("x"), "flag": np.bool_(True),
    }  # fmt: skip
    made = Report([Issue("mine", Severity.INFO, "m", "h", rows=np.array([1, 2]), evidence=odd)])
    for report in (made, Report(), datafix.audit(FRAME, target="y", test=FRAME)):
        assert list(faults(strictly_parsed(report.to_json()), SCHEMA)) == []
    assert strictly_parsed(made.to_json())["issues"][0]["evidence"] == {
        "nan": None, "infinite": None, "counts": [0, 1, 2], "3": [{"a": [1, None]}],
        "time": "2020-01-01 00:00:00", "class": "x", "flag": True,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda report: report.pop("version"), "report lacks version"),
        (lambda report: report.update(version=2), "report.version is 2"),
        (lambda report: report["issues"][0].update(severity="fatal"), "report.issues[].severity is 'fatal'"),
        (lambda report: report["issues"][0].update(rows=[-1]), "report.issues[].rows[] is -1"),
    ],
)
def test_another_report_would_break_the_schema(spoil, told):
    report = copy.deepcopy(strictly_parsed(Report([Issue("a", Severity.INFO, "m", "h")]).to_json()))
    spoil(report)
    assert list(faults(report, SCHEMA)) == [told]

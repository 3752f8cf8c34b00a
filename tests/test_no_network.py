import socket

import numpy as np
import pandas as pd
import pytest

import datafix


@pytest.fixture
def no_network(monkeypatch):
    """Make whatever asks for the network fail, and tell who asked even where the error is swallowed."""
    asked = []

    def refuse(*arguments, **options):
        asked.append(arguments)
        raise OSError(f"the network was asked for: {arguments!r}")

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, refuse)
    for name in ("getaddrinfo", "gethostbyname", "create_connection"):
        monkeypatch.setattr(socket, name, refuse)
    return asked


def test_audit_schema_and_report_never_ask_for_the_network(no_network, tmp_path):
    with pytest.raises(OSError, match="the network was asked for"):
        socket.create_connection(("example.org", 80))
    no_network.clear()
    random = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "age": random.normal(40, 9, 400),
            "town": random.choice(["Bern", "Zug", "?"], 400),
            "y": random.integers(0, 2, 400),
        }
    )
    train, test = tmp_path / "train.csv", tmp_path / "test.csv"
    frame[:300].to_csv(train, index=False)
    frame[300:].to_csv(test, index=False)

    schema = datafix.infer_schema(train, target="y")
    schema.to_yaml(tmp_path / "schema.yaml")
    schema = datafix.Schema.from_yaml(tmp_path / "schema.yaml")
    assert datafix.Schema.from_pandera(schema.to_pandera()) == schema
    schema.to_pandera().validate(frame[:300])
    report = datafix.audit(train, test=test, target="y", schema=schema)
    for write, name in (("to_json", "r.json"), ("to_html", "r.html"), ("to_junit", "r.xml"), ("to_markdown", "r.md")):
        getattr(report, write)(tmp_path / name)
    assert str(report)
    assert schema.validate(frame.assign(age=-1e9)).issues

    assert no_network == []

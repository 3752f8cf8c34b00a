import sys

import numpy as np
import pandas as pd
import pytest

from datafix import cli


@pytest.fixture
def run(monkeypatch, capsys):
    """Run the command in this process; give its exit status and what it printed."""

    def command(*arguments):
        monkeypatch.setattr(sys, "argv", ["datafix", *map(str, arguments)])
        with pytest.raises(SystemExit) as stop:
            cli.main()
        printed = capsys.readouterr()
        return stop.value.code or 0, printed.out + printed.err

    return command


@pytest.fixture
def train(tmp_path):
    path = tmp_path / "train.csv"
    frame = {
        "a": [1.0, 2.0, np.inf] * 30,
        "city": ["Bern", "bern ", "?"] * 30,
        "n": ["1,000", "2,500", "3"] * 30,
        "y": ["no", "yes", "no"] * 30,
        "gap": [1, None, 3] * 30,
    }
    pd.DataFrame(frame).to_csv(path, index=False)
    return path

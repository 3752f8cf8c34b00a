"""One finding."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from datafix.report.bars import Bars
from datafix.report.grid import Grid
from datafix.report.lines import Lines
from datafix.report.severity import Severity
from datafix.report.shortening import shortened_message
from datafix.report.thumbnails import Thumbnails

Figure = Bars | Grid | Lines | Thumbnails


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing that is wrong with the data, with its evidence and the next step.

    Attributes
    ----------
    check : str
        Name of the check that found it.
    severity : Severity
    message : str
        What was found, with its figures, in one sentence; names and values in it are cut at 200 characters.
    hint : str
        The next step, a datafix call where there is one.
    table : {"train", "test"}
    column : str or None
    rows : int64 ndarray of shape (rows,) or None
        Positions of the rows concerned, in order; None where it is not about rows.
    evidence : dict
        Figures behind the message, as plain numbers and text.
    figure : Bars, Lines, Grid, Thumbnails or None
        What the HTML page shows beside it.

    Examples
    --------
    >>> Issue("constant_column", Severity.WARNING, "Column 'a' is 1 on every row.", "Drop it.").table
    'train'
    """

    check: str
    severity: Severity
    message: str
    hint: str
    table: Literal["train", "test"] = "train"
    column: str | None = None
    rows: np.ndarray | None = field(default=None, compare=False, repr=False)
    evidence: dict[str, Any] = field(default_factory=dict)
    figure: Figure | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "message", shortened_message(self.message))
        object.__setattr__(self, "hint", shortened_message(self.hint))

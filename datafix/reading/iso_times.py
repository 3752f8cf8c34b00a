"""Text columns of ISO 8601 dates as times."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

_ISO = re.compile(r"\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(?P<zone>Z|[+\-]\d{2}:?\d{2})?)?")
FIRST = 20


def with_iso_times(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with text columns of which every value is an ISO 8601 date, or date and time, as times.

    What two readers may read differently (01/02/2020), what is no day (2020-02-30) and what has several offsets from
    UTC stays text, the whole column.

    Examples
    --------
    >>> frame = pd.DataFrame({"on": ["2020-01-31", None], "at": ["31/01/2020", None]})
    >>> with_iso_times(frame)["on"].dt.day.tolist(), with_iso_times(frame)["at"].tolist()[0]
    ([31.0, nan], '31/01/2020')
    """
    found = {name: times for name in frame.columns if (times := _times(frame[name])) is not None}
    return frame.assign(**found) if found else frame


def _times(column: pd.Series) -> pd.Series | None:
    if not (column.dtype == object or isinstance(column.dtype, pd.StringDtype)):
        return None
    if _zones(column.head(FIRST).dropna()) is None:  # spares columns of text a look at the whole
        return None
    codes, texts = pd.factorize(column)
    if len(_zones(texts) or ()) != 1:
        return None
    try:
        times = pd.to_datetime(pd.Series(texts, dtype=object), format="ISO8601")
    except (ValueError, OverflowError):  # no such day, or past the years of pandas
        return None
    return times.reindex(np.where(codes < 0, len(times), codes)).set_axis(column.index).rename(column.name)


def _zones(texts: pd.Series | pd.Index) -> set[str | None] | None:
    """Return the offsets from UTC, None being none; None where a text is no ISO date."""
    found = [_ISO.fullmatch(text) if isinstance(text, str) else None for text in texts]
    return None if None in found else {match["zone"] for match in found if match}

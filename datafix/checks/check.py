"""What a check is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol, runtime_checkable

from datafix.checks.tables import Tables
from datafix.report import Issue


@runtime_checkable
class Check(Protocol):
    """Anything that reads tables and reports.

    datafix's own checks are frozen dataclasses whose fields are their settings.

    Attributes
    ----------
    name : str
        Of small letters and underscores; it stands in reports and settings.
    needs : frozenset of str
        What must be there for the check to run; see ``datafix.checks.tables.LACKING``.
    """

    @property
    def name(self) -> str:
        """The check's name."""
        ...

    @property
    def needs(self) -> frozenset[str]:
        """What it needs."""
        ...

    def find(self, tables: Tables) -> Iterator[Issue]:
        """Yield what is wrong; change nothing."""
        ...

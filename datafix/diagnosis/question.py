"""What a question is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol, TypeVar

from datafix.report import Issue

Asked_contra = TypeVar("Asked_contra", contravariant=True)


class Question(Protocol[Asked_contra]):
    """Anything that is asked about a model and its data, and reports.

    datafix's own are frozen dataclasses whose fields are their settings, like its checks.

    Attributes
    ----------
    name : str
        Of small letters and underscores; it stands in reports.
    needs : frozenset of str
        What must be there for it to be asked: keys of the subject's ``lacking``.
    """

    @property
    def name(self) -> str:
        """The question's name."""
        ...

    @property
    def needs(self) -> frozenset[str]:
        """What it needs."""
        ...

    def find(self, asked: Asked_contra) -> Iterator[Issue]:
        """Yield what is wrong; change nothing."""
        ...

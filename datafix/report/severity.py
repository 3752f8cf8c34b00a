"""How much a finding matters to a model."""

from __future__ import annotations

from enum import Enum

from datafix.errors import ParameterError


class Severity(str, Enum):
    """INFO < WARNING < ERROR; each equals its own text.

    ``ERROR`` makes predictions or their evaluation wrong, ``WARNING`` is likely
    to cost accuracy, ``INFO`` is worth knowing.

    Examples
    --------
    >>> Severity.INFO < Severity.ERROR, Severity.ERROR == "error"
    (True, True)
    """

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"

    @classmethod
    def of(cls, value: Severity | str) -> Severity:
        """Return the severity that a text names, or raise ParameterError."""
        try:
            return cls(value)
        except ValueError as error:
            names = ", ".join(repr(member.value) for member in cls)
            raise ParameterError(f"severity must be one of {names}, got {value!r}.") from error

    @property
    def rank(self) -> int:
        """0 for INFO, 1 for WARNING, 2 for ERROR."""
        return list(Severity).index(self)

    # str orders by letters ("error" < "info"), so each comparison is said anew.
    def __lt__(self, other: str) -> bool:
        return self.rank < Severity.of(other).rank

    def __le__(self, other: str) -> bool:
        return self.rank <= Severity.of(other).rank

    def __gt__(self, other: str) -> bool:
        return self.rank > Severity.of(other).rank

    def __ge__(self, other: str) -> bool:
        return self.rank >= Severity.of(other).rank

    def __str__(self) -> str:
        return self.value

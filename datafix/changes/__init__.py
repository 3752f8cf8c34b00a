"""What was repaired: where, from what to what, by whom and how sure. Reversible."""

from datafix.changes.change_log import WEIGHT, ChangeLog

__all__ = ["WEIGHT", "ChangeLog"]

"""Rows and images that are copies but for small edits."""

from datafix.near_duplicates.crossing import near_copies
from datafix.near_duplicates.grouping import near_duplicates

__all__ = ["near_copies", "near_duplicates"]

"""Row steps: what drops, repeats or makes rows while something is fitted."""

from datafix.resample.drop_duplicates import DropDuplicates

__all__ = ["DropDuplicates"]

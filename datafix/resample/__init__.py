"""Row steps: what drops, repeats or makes rows while something is fitted."""

from datafix.resample.drop_duplicates import DropDuplicates
from datafix.resample.drop_invalid import DropInvalid

__all__ = ["DropDuplicates", "DropInvalid"]

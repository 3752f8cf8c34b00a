"""Row steps: what drops, repeats or makes rows while something is fitted."""

from datafix.resample.augmenter import Augmenter
from datafix.resample.drop_duplicates import DropDuplicates
from datafix.resample.drop_invalid import DropInvalid
from datafix.resample.drop_outliers import DropOutliers

__all__ = ["Augmenter", "DropDuplicates", "DropInvalid", "DropOutliers"]

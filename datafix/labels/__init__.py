"""Which labels are wrong."""

from datafix.labels.finding import find_label_issues
from datafix.labels.mislabel_detector import MislabelDetector
from datafix.labels.out_of_fold import out_of_fold_proba

__all__ = ["MislabelDetector", "find_label_issues", "out_of_fold_proba"]

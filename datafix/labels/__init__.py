"""Which labels are wrong."""

from datafix.labels.consensus import Consensus, consensus
from datafix.labels.finding import find_label_issues
from datafix.labels.mislabel_detector import MislabelDetector
from datafix.labels.multi_label import find_multilabel_issues, out_of_fold_multilabel_proba
from datafix.labels.out_of_fold import out_of_fold_proba
from datafix.labels.regression_label_detector import RegressionLabelDetector

__all__ = [
    "Consensus",
    "MislabelDetector",
    "RegressionLabelDetector",
    "consensus",
    "find_label_issues",
    "find_multilabel_issues",
    "out_of_fold_multilabel_proba",
    "out_of_fold_proba",
]

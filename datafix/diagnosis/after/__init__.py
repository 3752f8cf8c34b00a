"""Questions that are asked after training: one file a question, and their registry."""

from typing import Any

from datafix.diagnosis.after.batch_statistics import BatchStatistics
from datafix.diagnosis.after.behind_trees import BehindTrees
from datafix.diagnosis.after.calibration import Calibration
from datafix.diagnosis.after.confused_classes import ConfusedClasses
from datafix.diagnosis.after.drift import Drift
from datafix.diagnosis.after.held_out_sentinels import HeldOutSentinels
from datafix.diagnosis.after.imputed_inputs import ImputedInputs
from datafix.diagnosis.after.label_order import LabelOrder
from datafix.diagnosis.after.leakage import Leakage
from datafix.diagnosis.after.mislabeled_test import MislabeledTest
from datafix.diagnosis.after.mislabeled_train import MislabeledTrain
from datafix.diagnosis.after.overfitting import Overfitting
from datafix.diagnosis.after.rare_classes import RareClasses
from datafix.diagnosis.after.serving_skew import ServingSkew
from datafix.diagnosis.after.too_few_rows import TooFewRows
from datafix.diagnosis.after.trained_model import TrainedModel
from datafix.diagnosis.after.training_length import TrainingLength
from datafix.diagnosis.after.underfitting import Underfitting
from datafix.diagnosis.after.unlike_training import UnlikeTraining
from datafix.diagnosis.after.weak_slices import WeakSlices
from datafix.diagnosis.question import Question

EXACT: tuple[Question[Any], ...] = (
    TrainedModel(),
    BatchStatistics(),
    HeldOutSentinels(),
    ServingSkew(),
    LabelOrder(),
    Leakage(),
)
"""What is shown by undoing it, or stands in the model: told first."""
CAUSES: tuple[Question[Any], ...] = (
    MislabeledTrain(),
    MislabeledTest(),
    RareClasses(),
    Drift(),
    UnlikeTraining(),
    ImputedInputs(),
    Overfitting(),
    TrainingLength(),
    TooFewRows(),
    ConfusedClasses(),
)
"""What is told by how much of the error it explains."""
GENERAL: tuple[Question[Any], ...] = (Underfitting(), WeakSlices(), Calibration(), BehindTrees())
"""What may come of any cause: told last."""
AFTER = (*EXACT, *CAUSES, *GENERAL)
"""Every question of ``diagnose`` beside those of ``check_model``."""

"""What the audit looks for: one file a check, and the registry of them all."""

from datafix.checks.ambiguous_classes import AmbiguousClasses
from datafix.checks.blurry_images import BlurryImages
from datafix.checks.category_mismatch import CategoryMismatch
from datafix.checks.category_spelling import CategorySpelling
from datafix.checks.check import Check
from datafix.checks.class_balance import ClassBalance
from datafix.checks.column_drift import ColumnDrift
from datafix.checks.column_types import ColumnTypes
from datafix.checks.conflicting_labels import ConflictingLabels
from datafix.checks.constant_column import ConstantColumn
from datafix.checks.dependent_rows import DependentRows
from datafix.checks.duplicate_rows import DuplicateRows
from datafix.checks.few_rows import FewRows
from datafix.checks.folder_contents import FolderContents
from datafix.checks.grey_images import GreyImages
from datafix.checks.high_cardinality import HighCardinality
from datafix.checks.identifier_column import IdentifierColumn
from datafix.checks.image_copies import ImageCopies
from datafix.checks.image_formats import ImageFormats
from datafix.checks.image_orientation import ImageOrientation
from datafix.checks.image_quality import ImageQuality
from datafix.checks.image_ratios import ImageRatios
from datafix.checks.image_shortcuts import ImageShortcuts
from datafix.checks.image_sizes import ImageSizes
from datafix.checks.image_transparency import ImageTransparency
from datafix.checks.imputed_before_split import ImputedBeforeSplit
from datafix.checks.infinite_values import InfiniteValues
from datafix.checks.joint_drift import JointDrift
from datafix.checks.joint_outliers import JointOutliers
from datafix.checks.label_spelling import LabelSpelling
from datafix.checks.learning_curve import LearningCurve
from datafix.checks.low_information_images import LowInformationImages
from datafix.checks.mislabeled_rows import MislabeledRows
from datafix.checks.missing_labels import MissingLabels
from datafix.checks.missing_patterns import MissingPatterns
from datafix.checks.missing_values import MissingValues
from datafix.checks.mixed_nulls import MixedNulls
from datafix.checks.near_copies import NearCopies
from datafix.checks.near_duplicate_rows import NearDuplicateRows
from datafix.checks.new_labels import NewLabels
from datafix.checks.number_scales import NumberScales
from datafix.checks.odd_characters import OddCharacters
from datafix.checks.odd_formats import OddFormats
from datafix.checks.outlier_values import OutlierValues
from datafix.checks.oversampled_before_split import OversampledBeforeSplit
from datafix.checks.part_overlap import GroupOverlap, IdOverlap, TimeOverlap
from datafix.checks.prior_shift import PriorShift
from datafix.checks.redundant_columns import RedundantColumns
from datafix.checks.relation_drift import RelationDrift
from datafix.checks.row_order import RowOrder
from datafix.checks.scaled_before_split import ScaledBeforeSplit
from datafix.checks.schema_rules import SchemaRules
from datafix.checks.seen_in_preparation import SeenInPreparation
from datafix.checks.sentinel_value import SentinelValue
from datafix.checks.small_groups import SmallGroups
from datafix.checks.tables import Tables
from datafix.checks.target_drift import TargetDrift
from datafix.checks.target_encoded_rows import TargetEncodedRows
from datafix.checks.target_leakage import TargetLeakage
from datafix.checks.target_outliers import TargetOutliers
from datafix.checks.text_lengths import TextLengths
from datafix.checks.train_test_copies import TrainTestCopies
from datafix.checks.unlikely_targets import UnlikelyTargets
from datafix.checks.unreadable_images import UnreadableImages
from datafix.checks.weak_groups import WeakGroups

CHECKS: tuple[Check, ...] = (
    FewRows(),
    ColumnTypes(),
    InfiniteValues(),
    MissingValues(),
    MissingPatterns(),
    SentinelValue(),
    MixedNulls(),
    ConstantColumn(),
    IdentifierColumn(),
    RedundantColumns(),
    HighCardinality(),
    SmallGroups(),
    NumberScales(),
    OutlierValues(),
    JointOutliers(),
    CategorySpelling(),
    OddCharacters(),
    TextLengths(),
    OddFormats(),
    CategoryMismatch(),
    ColumnDrift(),
    JointDrift(),
    DuplicateRows(),
    NearDuplicateRows(),
    MissingLabels(),
    ClassBalance(),
    LabelSpelling(),
    NewLabels(),
    TargetDrift(),
    PriorShift(),
    TargetOutliers(),
    ConflictingLabels(),
    MislabeledRows(),
    UnlikelyTargets(),
    AmbiguousClasses(),
    WeakGroups(),
    LearningCurve(),
    RelationDrift(),
    TargetLeakage(),
    RowOrder(),
    DependentRows(),
    TrainTestCopies(),
    NearCopies(),
    GroupOverlap(),
    IdOverlap(),
    TimeOverlap(),
    ScaledBeforeSplit(),
    ImputedBeforeSplit(),
    OversampledBeforeSplit(),
    TargetEncodedRows(),
    SeenInPreparation(),
    SchemaRules(),
    UnreadableImages(),
    FolderContents(),
    ImageFormats(),
    ImageSizes(),
    ImageRatios(),
    ImageOrientation(),
    ImageTransparency(),
    ImageQuality(),
    BlurryImages(),
    LowInformationImages(),
    GreyImages(),
    ImageCopies(),
    ImageShortcuts(),
)
"""Every check, in the order in which the audit runs them."""

__all__ = ["CHECKS", "Check", "Tables"]

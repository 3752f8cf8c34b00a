from . import augment, clean, emit, encode, impute, near_duplicates, scale, store
from .auditing import audit
from .checks import CHECKS, Check
from .diagnosis import DataQualityCallback, check_model, diagnose, explain_prediction
from .emit import (
    DataPosition,
    input_schema,
    keras_inputs,
    make_dataset,
    make_image_dataset,
    row_function,
    to_keras,
    to_tf_data,
    with_preprocessing,
)
from .errors import (
    DatafixError,
    DatafixWarning,
    DataQualityError,
    LeakageError,
    NotExportableError,
    ParameterError,
    SchemaError,
    TableError,
)
from .labels import (
    MislabelDetector,
    RegressionLabelDetector,
    consensus,
    find_label_issues,
    find_multilabel_issues,
)
from .preparation import Prepared, load, prepare
from .preprocess import TablePreprocessor
from .purity import check_transform_purity
from .report import Issue, Report, Severity
from .resample import Augmenter, DropDuplicates, DropInvalid, DropOutliers
from .rows import ResampledTrainer, RowPlan, RowStep
from .schema import ColumnRule, Relation, Schema, SchemaValidator, infer_schema
from .splitting import Split, split
from .wrappers import KerasClassifier, KerasEmbedder, KerasRegressor

__all__ = [
    "CHECKS",
    "Augmenter",
    "Check",
    "ColumnRule",
    "DataPosition",
    "DataQualityCallback",
    "DataQualityError",
    "DatafixError",
    "DatafixWarning",
    "DropDuplicates",
    "DropInvalid",
    "DropOutliers",
    "Issue",
    "KerasClassifier",
    "KerasEmbedder",
    "KerasRegressor",
    "LeakageError",
    "MislabelDetector",
    "NotExportableError",
    "ParameterError",
    "Prepared",
    "RegressionLabelDetector",
    "Relation",
    "Report",
    "ResampledTrainer",
    "RowPlan",
    "RowStep",
    "Schema",
    "SchemaError",
    "SchemaValidator",
    "Severity",
    "Split",
    "TableError",
    "TablePreprocessor",
    "audit",
    "augment",
    "check_model",
    "check_transform_purity",
    "clean",
    "consensus",
    "diagnose",
    "emit",
    "encode",
    "explain_prediction",
    "find_label_issues",
    "find_multilabel_issues",
    "impute",
    "infer_schema",
    "input_schema",
    "keras_inputs",
    "load",
    "make_dataset",
    "make_image_dataset",
    "near_duplicates",
    "prepare",
    "row_function",
    "scale",
    "split",
    "store",
    "to_keras",
    "to_tf_data",
    "with_preprocessing",
]

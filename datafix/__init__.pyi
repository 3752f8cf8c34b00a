from .errors import (
    DataQualityError,
    DatafixError,
    DatafixWarning,
    LeakageError,
    NotExportableError,
    ParameterError,
    SchemaError,
    TableError,
)
from .preparation import Prepared, load, prepare
from .report import Issue, Report, Severity
from .resample import DropDuplicates
from .rows import ResampledTrainer, RowPlan, RowStep
from .splitting import Split, split

__all__ = [
    "DataQualityError",
    "DatafixError",
    "DatafixWarning",
    "DropDuplicates",
    "Issue",
    "LeakageError",
    "NotExportableError",
    "ParameterError",
    "Prepared",
    "Report",
    "ResampledTrainer",
    "RowPlan",
    "RowStep",
    "SchemaError",
    "Severity",
    "Split",
    "TableError",
    "load",
    "prepare",
    "split",
]

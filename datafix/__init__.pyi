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

__all__ = [
    "DataQualityError",
    "DatafixError",
    "DatafixWarning",
    "LeakageError",
    "NotExportableError",
    "ParameterError",
    "SchemaError",
    "TableError",
]

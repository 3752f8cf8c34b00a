"""What datafix raises and warns with.

::

    DatafixError
    ├── ParameterError      (ValueError)  an argument that cannot be meant
    ├── TableError          (ValueError)  data that cannot be read as a table
    ├── SchemaError         (ValueError)  data that break their schema
    ├── LeakageError        (ValueError)  held-out rows about to be learned from
    ├── DataQualityError    (ValueError)  findings at or above a severity
    └── NotExportableError  (TypeError)   a step that has no exact form in Keras

    DatafixWarning          (UserWarning)

A message says who, what was needed, what came, and the next step.
"""


class DatafixError(Exception):
    """Whatever datafix raises on purpose."""


class ParameterError(DatafixError, ValueError):
    """An argument that cannot be meant."""


class TableError(DatafixError, ValueError):
    """Data that cannot be read as a table, or lack what was asked of them."""


class SchemaError(DatafixError, ValueError):
    """Data that break their schema."""


class LeakageError(DatafixError, ValueError):
    """Held-out rows that were about to be learned from."""


class DataQualityError(DatafixError, ValueError):
    """Findings at or above the severity that the caller does not accept."""


class NotExportableError(DatafixError, TypeError):
    """A fitted step that has no exact form as a Keras graph."""


class DatafixWarning(UserWarning):
    """Something that went on, and that the user should know of."""

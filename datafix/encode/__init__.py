"""Categories and times as numbers."""

from datafix.encode.category_encoder import CategoryEncoder
from datafix.encode.datetime_encoder import DatetimeEncoder

__all__ = ["CategoryEncoder", "DatetimeEncoder"]

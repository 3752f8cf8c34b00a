"""Numbers brought to one scale, and kept within the range seen in training."""

from datafix.scale.quantile_clipper import QuantileClipper
from datafix.scale.table_scaler import TableScaler

__all__ = ["QuantileClipper", "TableScaler"]

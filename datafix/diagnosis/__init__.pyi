from .checking import check_model
from .data_quality_callback import DataQualityCallback

__all__ = ["DataQualityCallback", "check_model"]

from .checking import check_model
from .data_quality_callback import DataQualityCallback
from .diagnosing import diagnose
from .explaining import explain_prediction

__all__ = ["DataQualityCallback", "check_model", "diagnose", "explain_prediction"]

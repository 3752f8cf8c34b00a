from .checking import check_model
from .diagnosing import diagnose
from .explaining import explain_prediction

__all__ = ["check_model", "diagnose", "explain_prediction"]

from .checking import check_model
from .diagnosing import diagnose

__all__ = ["check_model", "diagnose"]

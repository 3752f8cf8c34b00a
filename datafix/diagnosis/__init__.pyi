from .checking import check_model

__all__ = ["check_model"]

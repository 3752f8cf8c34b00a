from .checking import check_model
from .questions import QUESTIONS

__all__ = ["QUESTIONS", "check_model"]

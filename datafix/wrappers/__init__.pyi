from .classifier import KerasClassifier
from .regressor import KerasRegressor

__all__ = ["KerasClassifier", "KerasRegressor"]

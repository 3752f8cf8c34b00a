from .classifier import KerasClassifier
from .embedder import KerasEmbedder
from .image_network import small_image_network
from .regressor import KerasRegressor

__all__ = ["KerasClassifier", "KerasEmbedder", "KerasRegressor", "small_image_network"]

"""From prepared arrays and fitted steps to what Keras takes: tf.data datasets and Keras models."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

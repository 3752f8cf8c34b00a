"""datafix: what is wrong with the data of a Keras model, found and mended before training.

The names that are public stand in ``__init__.pyi``; each is imported when first used (SPEC 1),
so that ``import datafix`` loads neither tensorflow nor keras nor cleanlab.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
__version__ = "0.1.0"

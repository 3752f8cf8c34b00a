"""Questions about a model on its data: one file a question, and the registry of them all."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

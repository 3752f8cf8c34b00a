"""Random changes to batches of images and of table rows, seeded row by row.

An operation is called as ``operation(x[, y[, weight]], seeds=None)`` and returns as many things
as it got. ``seeds`` is an int64 tensor of shape (rows,), one seed a row (``make_dataset`` gives
it; see ``draws.py``), or None: then rows are numbered from 0. ``Compose`` calls several in turn.
An operation of your own is any callable of that form, or a subclass of ``Operation``.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

"""Who may learn: parts of a table, how they are made, and the guard between them."""

from datafix.splitting.guard import Guard
from datafix.splitting.lazy_split import LazySplit
from datafix.splitting.makers import split
from datafix.splitting.parts import Split

__all__ = ["Guard", "LazySplit", "Split", "split"]

from .brightness import Brightness
from .compose import Compose
from .flip import Flip
from .gaussian_jitter import GaussianJitter
from .mixup import MixUp
from .operation import Operation
from .rotate import Rotate
from .shift import Shift
from .zoom import Zoom

__all__ = ["Brightness", "Compose", "Flip", "GaussianJitter", "MixUp", "Operation", "Rotate", "Shift", "Zoom"]

from .blur import Blur
from .brightness import Brightness
from .compose import Compose
from .contrast import Contrast
from .crop import Crop
from .cutmix import CutMix
from .cutout import Cutout
from .flip import Flip
from .gaussian_jitter import GaussianJitter
from .hue import Hue
from .mixup import MixUp
from .noise import Noise
from .operation import Operation
from .preview import preview
from .rand_augment import RandAugment
from .rotate import Rotate
from .saturation import Saturation
from .shear import Shear
from .shift import Shift
from .zoom import Zoom

__all__ = [
    "Blur",
    "Brightness",
    "Compose",
    "Contrast",
    "Crop",
    "CutMix",
    "Cutout",
    "Flip",
    "GaussianJitter",
    "Hue",
    "MixUp",
    "Noise",
    "Operation",
    "RandAugment",
    "Rotate",
    "Saturation",
    "Shear",
    "Shift",
    "Zoom",
    "preview",
]

"""One file that should be an image."""

from __future__ import annotations

import hashlib
import struct
import zlib
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, UnidentifiedImageError

from datafix.images.figures import SIDE

DRAFT = 512
"""JPEG files are decoded at a half, a fourth or an eighth of their size where no side falls below this."""
ORIENTATION = 0x0112
# What Pillow's decoders raise on bytes that are not as they should be.
UNREADABLE = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    EOFError,
    MemoryError,
    AttributeError,
    AssertionError,
    RuntimeError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
)


@dataclass(frozen=True)
class ImageFile:
    """What a file is, whatever its name says.

    Attributes
    ----------
    name : str
        Path within the folder, with slashes.
    format : str or None
        By content, as Pillow names it; None where that is no image.
    mode : str
        As Pillow names it.
    width, height : int
        In pixels; 0 where it could not be read.
    transparent : float
        Share of the pixels that are not opaque.
    orientation : int
        EXIF's number for how the image is to be turned; 1 upright.
    digest : int
        Of the decoded pixels: equal for equal images, whatever their format.
    fault : str
        Why it cannot be decoded; empty where it can.
    """

    name: str
    format: str | None = None
    mode: str = ""
    width: int = 0
    height: int = 0
    transparent: float = 0.0
    orientation: int = 1
    digest: int = 0
    fault: str = ""

    @property
    def suffix(self) -> str:
        """The name's last part, in small letters."""
        return Path(self.name).suffix.lower()

    @property
    def format_by_name(self) -> str | None:
        """The format that the name promises."""
        return Image.registered_extensions().get(self.suffix)


def read_image_file(path: Path, name: str) -> tuple[ImageFile, np.ndarray | None]:
    """Read and decode a file once, whatever it is.

    Returns
    -------
    file : ImageFile
    pixels : uint8 ndarray of shape (height, width, channels) or None
        Means over areas where a side is longer than 128 pixels; one channel for ``1`` and ``L``, else three.
    """
    image, fault = _opened(path)
    if image is None or fault:
        return _unreadable(name, None if image is None else _format(image), fault), None
    size, mode = image.size, image.mode
    if fault := _decoded(image):
        return _unreadable(name, _format(image), fault), None
    picture, transparent = _flattened(image)
    file = ImageFile(
        name,
        format=_format(image),
        mode=mode,
        width=size[0],
        height=size[1],
        transparent=transparent,
        orientation=_orientation(image),
        digest=_digest(picture, size),
    )
    return file, _small(picture)


def _opened(path: Path) -> tuple[Image.Image | None, str]:
    """Return the image, not yet decoded, and what is wrong with it so far."""
    try:
        data = path.read_bytes()
    except OSError as error:
        return None, error.strerror or str(error)
    if not data:
        return None, "it is empty"
    image = None
    try:
        image = Image.open(BytesIO(data))
        if image.format == "PNG":
            with Image.open(BytesIO(data)) as whole:
                whole.verify()  # decoding alone does not look at the checksums of pixels
    except UnidentifiedImageError:
        return None, "its content is no image"
    except UNREADABLE as error:
        return image, str(error) or type(error).__name__
    return image, ""


def _decoded(image: Image.Image) -> str:
    """Decode the image in place; return what is wrong with it."""
    try:
        if _format(image) == "JPEG" and min(image.size) > DRAFT:
            image.draft(None, (DRAFT, DRAFT))
        image.load()
    except UNREADABLE as error:
        return str(error) or type(error).__name__
    return ""


def _format(image: Image.Image) -> str | None:
    return "JPEG" if image.format == "MPO" else image.format  # several pictures of a phone in one file


def _unreadable(name: str, file_format: str | None, fault: str) -> ImageFile:
    # Each is unlike any other: two torn files are no copies.
    digest = int.from_bytes(hashlib.blake2b(name.encode(errors="surrogateescape"), digest_size=8).digest(), "little")
    return ImageFile(name, format=file_format, digest=digest, fault=fault)


def _flattened(image: Image.Image) -> tuple[Image.Image, float]:
    """Return the image in mode L or RGB, and the share of its pixels that are not opaque."""
    if image.mode in ("1", "L") and "transparency" not in image.info:
        return image.convert("L"), 0.0
    if image.mode.startswith(("I", "F")):
        return Image.fromarray(_as_bytes(np.asarray(image))), 0.0
    if image.has_transparency_data:
        with_alpha = image.convert("RGBA")
        opaque = with_alpha.getchannel("A").histogram()[255]
        return with_alpha.convert("RGB"), 1 - opaque / (image.width * image.height)
    return image.convert("RGB"), 0.0


def _as_bytes(values: np.ndarray) -> np.ndarray:
    """Return whole numbers of 16 bits by their upper half, others spread from their smallest to their largest."""
    if values.dtype.kind in "ui" and values.min() >= 0 and values.max() < 2**16:
        return (values.astype(np.uint32) >> 8).astype(np.uint8)
    finite = np.nan_to_num(values.astype(np.float64), posinf=0.0, neginf=0.0)
    low, high = float(finite.min()), float(finite.max())
    return (255 * (finite - low) / (high - low if high > low else 1.0)).astype(np.uint8)


def _orientation(image: Image.Image) -> int:
    if "exif" not in image.info:
        return 1
    try:
        value: Any = image.getexif().get(ORIENTATION, 1)
    except UNREADABLE:  # no viewer can turn it by such a record either
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _digest(picture: Image.Image, size: tuple[int, int]) -> int:
    """Hash the pixels; an image of colour whose channels are equal is the grey one."""
    pixels = np.asarray(picture)
    if pixels.ndim == 3 and all(np.array_equal(pixels[:, :, 0], pixels[:, :, k]) for k in (1, 2)):
        pixels = pixels[:, :, 0]
    digest = hashlib.blake2b(np.ascontiguousarray(pixels).data, digest_size=8)
    digest.update(repr((size, pixels.ndim)).encode())
    return int.from_bytes(digest.digest(), "little")


def _small(picture: Image.Image) -> np.ndarray:
    longest = max(picture.size)
    if longest > SIDE:
        size = (max(1, round(picture.width * SIDE / longest)), max(1, round(picture.height * SIDE / longest)))
        picture = picture.resize(size, Image.Resampling.BOX)
    return np.atleast_3d(np.asarray(picture))

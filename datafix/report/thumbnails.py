"""Pictures of a finding."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from datafix.report.bars import MOST

SIZE = 96


@dataclass(frozen=True)
class Thumbnails:
    """Small pictures with a line of text each.

    Attributes
    ----------
    title : str
    pictures : tuple of (str, str)
        PNG in base64, and the text below it.
    """

    title: str
    pictures: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, title: str, images: np.ndarray | Sequence[np.ndarray], captions: list[str]) -> Thumbnails:
        """Draw the first twelve images, each of shape (height, width, channels)."""
        pairs = zip(images[:MOST], captions[:MOST], strict=True)
        return cls(title, tuple((thumbnail(image), caption) for image, caption in pairs))


def thumbnail(image: np.ndarray) -> str:
    """Return an image of shape (height, width, channels), 96 pixels at its longer side, as PNG in base64.

    Numbers that are no bytes are spread over the range from their smallest to their largest.
    """
    from PIL import Image

    if image.dtype != np.uint8:
        finite = np.nan_to_num(image.astype(np.float64), posinf=0.0, neginf=0.0)
        low, high = float(finite.min()), float(finite.max())
        image = (255 * (finite - low) / (high - low if high > low else 1.0)).astype(np.uint8)
    if image.shape[-1] not in (1, 3, 4):
        image = image[..., :1]
    picture = Image.fromarray(image[..., 0] if image.shape[-1] == 1 else image)
    scale = SIZE / max(picture.size)
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    file = io.BytesIO()
    picture.resize(size, Image.Resampling.NEAREST if scale > 1 else Image.Resampling.LANCZOS).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode("ascii")

"""Folders of images."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from datafix.errors import TableError

IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp")


def read_images(folder: str | Path) -> tuple[np.ndarray, np.ndarray]:
    """Read a folder of images with one sub-folder a class.

    Parameters
    ----------
    folder : path
        Sub-folders bear the class names; all images have one size and mode.

    Returns
    -------
    images : uint8 ndarray of shape (n, height, width, channels)
        In the order of class, then file name.
    labels : str ndarray of shape (n,)

    Raises
    ------
    TableError
        If there are no images, one cannot be read, or their sizes differ.
    """
    from PIL import Image, UnidentifiedImageError

    paths, labels = image_paths(folder)
    images = []
    for path in paths:
        try:
            with Image.open(path) as image:
                pixels = np.asarray(image.convert("L" if image.mode in ("1", "L") else "RGB"))
        except (UnidentifiedImageError, OSError) as error:
            raise TableError(f"{str(path)!r} cannot be read as an image: {error}. Mend or remove it.") from error
        images.append(pixels if pixels.ndim == 3 else pixels[:, :, None])
        if images[-1].shape != images[0].shape:
            raise TableError(
                f"Images must have one size and colour mode: {str(paths[0])!r} is {images[0].shape}, "
                f"{str(path)!r} is {images[-1].shape}. Resize them first."
            )
    return np.stack(images), labels


def image_paths(folder: str | Path) -> tuple[list[Path], np.ndarray]:
    """List the images of a folder with one sub-folder a class.

    Returns
    -------
    paths : list of Path
        In the order of class, then file name.
    labels : str ndarray of shape (n,)

    Raises
    ------
    TableError
        If there are none.
    """
    folder = Path(folder)
    paths = sorted(path for path in folder.glob("*/*") if path.suffix.lower() in IMAGE_SUFFIXES)
    if not paths:
        raise TableError(
            f"{str(folder)!r} holds no images in sub-folders: one sub-folder a class is needed, "
            f"with files that end in {', '.join(IMAGE_SUFFIXES)}."
        )
    return paths, np.array([path.parent.name for path in paths])

"""Tables and images from disk."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from datafix.errors import TableError

IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp")


def read_table(path: str | Path) -> pd.DataFrame:
    """Read a CSV (plain or compressed) or Parquet file.

    Raises
    ------
    TableError
        If there is no such file, or it cannot be read as what its name says.
    """
    path = Path(path)
    if not path.is_file():
        raise TableError(f"There is no file {str(path)!r}. Check the path, from {Path.cwd()}.")
    suffixes = [suffix.lower() for suffix in path.suffixes]
    try:
        if ".parquet" in suffixes[-1:]:
            return pd.read_parquet(path)
        if {".csv", ".tsv"} & set(suffixes[-2:]):
            return pd.read_csv(path, sep="\t" if ".tsv" in suffixes else ",", skipinitialspace=True)
    except (ValueError, OSError) as error:  # pandas' and pyarrow's errors of parsing, decoding, unpacking
        raise TableError(f"{str(path)!r} cannot be read as a table: {error}") from error
    raise TableError(f"datafix reads .csv, .tsv (also compressed) and .parquet, got {path.name!r}.")


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

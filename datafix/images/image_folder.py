"""A folder of images, whatever its files are."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from PIL import Image

from datafix.errors import TableError
from datafix.images.figures import SIDE, Figures, figures_of
from datafix.images.image_file import ImageFile, read_image_file
from datafix.reading import IMAGE_SUFFIXES

BUDGET = 256e6
"""Bytes of pixels that are kept; from some 5,000 images of colour on, their sides shrink."""
SMALLEST = 32


@dataclass(frozen=True, eq=False)
class ImageFolder:
    """The images of a folder with one sub-folder a class, or of a folder without any.

    Attributes
    ----------
    root : Path
    files : tuple of ImageFile
        In the order of class, then file name: the rows.
    labels : str ndarray of shape (rows,) or None
        Names of the sub-folders; None where there is none.
    images : uint8 ndarray of shape (rows, height, width, channels)
        Brought to one shape: that of the files where they share one and no side is longer than 128 pixels, else
        resized to the median of their heights and widths once none is longer (as Keras does, an image of another ratio
        is stretched). What cannot be read is black.
    figures : Figures
        Of each file in its own ratio; NaN for what cannot be read.
    exact : bool
        Whether ``images`` are the pixels of the files.
    strays : tuple of str
        Files that are in the folder or at most two folders below it and are no rows.
    empty : tuple of str
        Sub-folders without an image.
    """

    root: Path
    files: tuple[ImageFile, ...]
    labels: np.ndarray | None
    images: np.ndarray
    figures: Figures
    exact: bool
    strays: tuple[str, ...]
    empty: tuple[str, ...]

    @cached_property
    def readable(self) -> np.ndarray:
        """Which files could be decoded, bool of shape (rows,)."""
        return np.array([not file.fault for file in self.files])

    @cached_property
    def sizes(self) -> np.ndarray:
        """Height and width of the files, int64 of shape (rows, 2); 0 for what cannot be read."""
        return np.array([(file.height, file.width) for file in self.files], dtype=np.int64)

    @cached_property
    def digests(self) -> np.ndarray:
        """Hash of each file's pixels, uint64 of shape (rows,)."""
        return np.array([file.digest for file in self.files], dtype=np.uint64)

    @property
    def shape(self) -> tuple[int, ...]:
        """The number of files, and their height, width and channels where they share them."""
        sizes = np.unique(self.sizes[self.readable], axis=0)
        if len(sizes) != 1:
            return (len(self.files),)
        return (len(self.files), *sizes[0].tolist(), self.images.shape[3])

    def picture(self, row: int) -> np.ndarray:
        """Return a small image in the ratio of its file, uint8 of shape (height, width, channels)."""
        pixels, (height, width) = self.images[row], self.sizes[row]
        if not height or height * pixels.shape[1] == width * pixels.shape[0]:
            return pixels
        scale = max(pixels.shape[:2]) / max(height, width)
        return _resized(pixels, (max(1, round(height * scale)), max(1, round(width * scale))))


def read_folder(folder: str | Path, *, like: tuple[int, ...] | None = None) -> ImageFolder:
    """Read a folder of images, each file once.

    Files that are torn, of other sizes or no images at all stop nothing: they are told by ``files``.

    Parameters
    ----------
    folder : path
    like : (height, width, channels), optional
        To which ``images`` are brought, so that they can be compared with others.

    Raises
    ------
    TableError
        If no file has a name that ends like an image's.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> (folder / "cat").mkdir()
    >>> Image.new("RGB", (8, 6)).save(folder / "cat" / "1.png")
    >>> size = (folder / "cat" / "2.png").write_bytes(b"no picture")
    >>> [(file.name, file.fault) for file in read_folder(folder).files]
    [('cat/1.png', ''), ('cat/2.png', 'its content is no image')]
    """
    folder = Path(folder)
    levels = [sorted(folder.glob(pattern)) for pattern in ("*", "*/*", "*/*/*")]
    below = [path for path in levels[1] if path.suffix.lower() in IMAGE_SUFFIXES]
    paths = below or [path for path in levels[0] if path.suffix.lower() in IMAGE_SUFFIXES and path.is_file()]
    if not paths:
        raise TableError(_nothing(folder, levels))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of odd metadata and large pictures, which do not keep a file from being read
        read = [_kept(path, folder, len(paths)) for path in paths]
    pixels = [small for _, small, _ in read]
    files = tuple(file for file, _, _ in read)
    images, exact = _stacked(files, pixels, like)
    rows = set(paths)
    return ImageFolder(
        root=folder,
        files=files,
        labels=np.array([_printable(path.parent.name) for path in paths]) if below else None,
        images=images,
        figures=Figures.joined([figures for _, _, figures in read]),
        exact=exact,
        strays=tuple(_name(path, folder) for level in levels for path in level if path not in rows and path.is_file()),
        empty=_without_images(levels[0], paths) if below else (),
    )


def _nothing(folder: Path, levels: list[list[Path]]) -> str:
    told = f"{str(folder)!r} holds no images, neither itself nor in sub-folders, one a class, whose names end in "
    told += f"{', '.join(IMAGE_SUFFIXES)}."
    if any(path.suffix == ".parquet" for path in levels[0]):
        told += f" A table in many files is read lazily: datafix.audit(polars.scan_parquet({str(folder)!r}), ...)."
    deeper = [path.parent.parent for path in levels[2] if path.suffix.lower() in IMAGE_SUFFIXES]
    return f"{told} Did you mean {str(deeper[0])!r}?" if deeper else told


def _kept(path: Path, folder: Path, n_files: int) -> tuple[ImageFile, np.ndarray | None, Figures]:
    """Return what a file is, its pixels as small as so many files must be, and their figures."""
    file, pixels = read_image_file(path, _name(path, folder))
    if pixels is None:
        return file, None, Figures(*(np.full(1, np.nan) for _ in Figures._fields))
    side = int(np.clip(np.sqrt(BUDGET / (3 * n_files)), SMALLEST, SIDE))
    longest = max(pixels.shape[:2])
    small = pixels
    if longest > side:
        height, width = (max(1, round(size * side / longest)) for size in pixels.shape[:2])
        small = _resized(pixels, (height, width))
    return file, small, figures_of(pixels[None])


def _stacked(
    files: tuple[ImageFile, ...], pixels: list[np.ndarray | None], like: tuple[int, ...] | None
) -> tuple[np.ndarray, bool]:
    """Return the images in one shape, and whether they are the files' own pixels."""
    known = [small for small in pixels if small is not None]
    if like is None:
        height, width = np.rint(np.median([small.shape[:2] for small in known] or [(1, 1)], axis=0)).astype(int)
        like = (int(height), int(width), max((small.shape[2] for small in known), default=1))
    images = np.zeros((len(files), *like), dtype=np.uint8)
    exact = True
    for row, (file, small) in enumerate(zip(files, pixels, strict=True)):
        if small is not None:
            exact &= (file.height, file.width) == like[:2] and not file.mode.startswith(("I", "F"))
            exact &= small.shape[2] == like[2]
            images[row] = _in_channels(_resized(small, like[:2]), like[2])
    return images, exact


def _resized(pixels: np.ndarray, size: tuple[int, ...]) -> np.ndarray:
    if pixels.shape[:2] == size:
        return pixels
    picture = Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)
    return np.atleast_3d(np.asarray(picture.resize((size[1], size[0]), Image.Resampling.BILINEAR)))


def _in_channels(pixels: np.ndarray, channels: int) -> np.ndarray:
    if pixels.shape[2] == channels:
        return pixels
    if channels == 1:
        return np.asarray(Image.fromarray(pixels).convert("L"))[:, :, None]
    return np.repeat(pixels, channels, axis=2)


def _without_images(folders: list[Path], paths: list[Path]) -> tuple[str, ...]:
    full = {path.parent for path in paths}
    return tuple(_printable(path.name) for path in folders if path.is_dir() and path not in full)


def _name(path: Path, folder: Path) -> str:
    return _printable(path.relative_to(folder).as_posix())


def _printable(name: str) -> str:
    """Names of files may be bytes that are no text."""
    return name.encode(errors="backslashreplace").decode()

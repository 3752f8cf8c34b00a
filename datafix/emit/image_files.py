"""Images in files, decoded when their batch is made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf
from PIL import Image, UnidentifiedImageError

from datafix.emit.arrays import aligned
from datafix.emit.dataset import dataset_of
from datafix.errors import ParameterError, TableError
from datafix.reading import image_paths

if TYPE_CHECKING:
    from datafix.emit.data_position import DataPosition

_MODES = {"rgb": ("RGB", 3), "rgba": ("RGBA", 4), "grayscale": ("L", 1)}


def make_image_dataset(
    files: str | Path | Sequence[str | Path],
    y: Any = None,
    sample_weight: Any = None,
    *,
    image_size: tuple[int, int],
    color_mode: str = "rgb",
    batch_size: int = 32,
    shuffle: bool = False,
    seed: int | None = None,
    augment: Callable[..., Any] | None = None,
    drop_remainder: bool = False,
    repeat: bool = False,
    position: DataPosition | None = None,
    shard: tuple[int, int] | None = None,
) -> tf.data.Dataset:
    """Return a dataset of batches of images that stay on disk until they are needed.

    As ``keras.utils.image_dataset_from_directory``, but every epoch is an exact permutation of all
    files, the same for a seed in any process, and augmentation is counted by file.

    Parameters
    ----------
    files : path of a folder, or sequence of paths
        A folder has one sub-folder a class: y then are codes of its names in alphabetical order.
        To split, list the files: ``paths, labels = datafix.reading.image_paths(folder)``.
    y : array of shape (files,), or dict of such, optional
        For a sequence of paths.
    image_size : (height, width)
        To which images of another size are resized, bilinearly, with antialiasing.
    color_mode : {"rgb", "rgba", "grayscale"}, default="rgb"
    sample_weight, batch_size, shuffle, seed, augment, drop_remainder, repeat, position, shard
        As in ``make_dataset``.

    Returns
    -------
    dataset : tf.data.Dataset
        Images are uint8 of shape (rows, height, width, channels).

    Raises
    ------
    ParameterError
        If an argument cannot be meant.
    TableError
        If there are no images, or a file is missing. One that cannot be decoded is named when its batch is
        made, by a ``tf.errors.InvalidArgumentError`` in the loop.

    Examples
    --------
    >>> import tempfile
    >>> from PIL import Image
    >>> folder = Path(tempfile.mkdtemp())
    >>> for name in ("cat", "dog"):
    ...     (folder / name).mkdir()
    ...     Image.new("RGB", (8, 6)).save(folder / name / "1.png")
    >>> x, y = next(iter(make_image_dataset(folder, image_size=(3, 4))))
    >>> x.shape.as_list(), y.numpy().tolist()
    ([2, 3, 4, 3], [0, 1])
    """
    paths, y = _listed(files, y)
    if color_mode not in _MODES:
        raise ParameterError(f"make_image_dataset needs color_mode {', '.join(_MODES)}, got {color_mode!r}.")
    if len(image_size) != 2 or not all(isinstance(side, int) and side > 0 for side in image_size):
        raise ParameterError(f"make_image_dataset needs image_size=(height, width) in pixels, got {image_size!r}.")
    if y is None and sample_weight is not None:
        raise ParameterError("make_image_dataset needs y where sample_weight is given: Keras weights losses, not rows.")
    return dataset_of(
        aligned(paths, y, sample_weight, who="make_image_dataset"),
        batch_size=batch_size,
        shuffle=shuffle,
        seed=seed,
        augment=augment,
        drop_remainder=drop_remainder,
        repeat=repeat,
        position=position,
        shard=shard,
        then=_Decoder(image_size, color_mode),
    )


def _listed(files: Any, y: Any) -> tuple[np.ndarray, Any]:
    if isinstance(files, str | Path):
        if y is not None:
            raise ParameterError("make_image_dataset takes no y for a folder: its sub-folders are the classes.")
        paths, labels = image_paths(files)
        return _texts(paths), np.unique(labels, return_inverse=True)[1].astype(np.int32)
    paths = [Path(path) for path in files]
    if gone := [path for path in paths if not path.is_file()]:
        raise TableError(f"make_image_dataset needs files, and {len(gone)} are missing, the first {str(gone[0])!r}.")
    return _texts(paths), y


def _texts(paths: Sequence[Path]) -> np.ndarray:
    return np.array([str(path.absolute()) for path in paths], dtype=object)


class _Decoder:
    """From paths to pixels."""

    def __init__(self, image_size: tuple[int, int], color_mode: str) -> None:
        self.size = image_size
        self.mode, self.channels = _MODES[color_mode]

    def __call__(self, paths: tf.Tensor) -> tf.Tensor:
        images = tf.numpy_function(self._read, [paths], tf.uint8, stateful=False)
        return tf.ensure_shape(images, [paths.shape[0], *self.size, self.channels])

    def _read(self, paths: np.ndarray) -> np.ndarray:
        images = np.empty((len(paths), *self.size, self.channels), np.uint8)
        for image, path in zip(images, paths, strict=True):
            image[...] = self._pixels(path.decode()).reshape(image.shape)
        return images

    def _pixels(self, path: str) -> np.ndarray:
        height, width = self.size
        try:
            with Image.open(path) as file:
                picture = file.convert(self.mode)
                if picture.size != (width, height):
                    picture = picture.resize((width, height), Image.Resampling.BILINEAR)
                return np.asarray(picture)
        except (UnidentifiedImageError, OSError) as error:
            raise TableError(f"{path!r} cannot be read as an image: {error}. Mend or remove it.") from error

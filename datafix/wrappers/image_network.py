"""A compact convolutional network for images, ready to be trained."""

from __future__ import annotations

import keras

from datafix.errors import ParameterError


def small_image_network(
    *,
    input_shape: tuple[int, ...],
    n_classes: int,
    learning_rate: float = 0.01,
    depth: int = 2,
    width: int = 16,
    dropout: float = 0.2,
) -> keras.Model:
    """Return a compiled convolutional network, a ``build_fn`` for ``KerasClassifier``.

    Each of ``depth`` blocks convolves (3 x 3), normalises by batch, rectifies and halves the image; a block has twice
    the channels of the one before it. Images come as they are, uint8 or floats of any range: their channels
    are standardised inside, by statistics of the training rows alone.

    Parameters
    ----------
    input_shape : (height, width) or (height, width, channels)
    n_classes : int
    learning_rate : float, default=0.01
        Of Adam. Large, for the few epochs that an out-of-fold training has.
    depth : int, default=2
        Blocks. Give images of more than 64 pixels a side 4 or more.
    width : int, default=16
        Channels of the first block.
    dropout : float, default=0.2
        Before the softmax.

    Raises
    ------
    ParameterError
        If ``input_shape`` is none of images, or depth or width is below 1.

    Notes
    -----
    The statistics of the inputs follow the last ten batches or so: too few batches in all (under ten) leave a network
    that does not know its inputs yet. Choose ``batch_size`` and ``epochs`` so that there are some dozens.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from datafix.wrappers import KerasClassifier
    >>> images, y = load_digits().images[:600], load_digits().target[:600]
    >>> classifier = KerasClassifier(small_image_network, epochs=8, batch_size=32, seed=0).fit(images[:500], y[:500])
    >>> classifier.score(images[500:], y[500:]) > 0.8
    True
    """
    if len(input_shape) not in (2, 3):
        raise ParameterError(
            "small_image_network needs images of shape (height, width) or (height, width, channels), "
            f"got rows of shape {tuple(input_shape)}. Reshape X to (rows, height, width, channels)."
        )
    if min(depth, width) < 1:
        raise ParameterError(f"small_image_network needs depth and width from 1 on, got {depth!r} and {width!r}.")
    layers = keras.layers
    images = keras.Input(input_shape)
    x = images if len(input_shape) == 3 else layers.Reshape((*input_shape, 1))(images)
    # A small momentum: Keras' own (0.99) would take hundreds of batches to learn the range of the inputs.
    x = layers.BatchNormalization(center=False, scale=False, momentum=0.8)(x)
    for block in range(depth):
        x = layers.Conv2D(width * 2**block, 3, padding="same", use_bias=False)(x)
        x = layers.BatchNormalization(momentum=0.8)(x)
        x = layers.MaxPooling2D(padding="same")(layers.Activation("relu")(x))
    x = layers.Dropout(dropout)(layers.Flatten()(x))
    model = keras.Model(images, layers.Dense(n_classes, activation="softmax")(x))
    model.compile(optimizer=keras.optimizers.Adam(learning_rate), loss="sparse_categorical_crossentropy")
    return model

"""Images per CPU second against Keras' layers: whole pipelines of 224 x 224 x 3, B = 32, and single operations.

Epochs of 1024 images: each new epoch of ours compiles its functions anew, for 0.04 to 0.2 CPU s.
"""

from functools import partial

import keras
import numpy as np
import tensorflow as tf
from measuring import cpu_seconds, tell

import datafix
from datafix import augment

N, SIZE, BATCH = 1024, 224, 32
KERAS, BYTES = keras.layers, (0, 255)
PAIRS = {
    "flip": (augment.Flip(), KERAS.RandomFlip("horizontal")),
    "rotate": (augment.Rotate(36), KERAS.RandomRotation(0.1)),
    "zoom": (augment.Zoom(0.2), KERAS.RandomZoom(0.2)),
    "shift": (augment.Shift(0.1), KERAS.RandomTranslation(0.1, 0.1)),
    "shear": (augment.Shear(0.2, 0.2), KERAS.RandomShear(0.2, 0.2)),
    "crop": (augment.Crop(192, 192), KERAS.RandomCrop(192, 192)),
    "brightness": (augment.Brightness(0.2, value_range=BYTES), KERAS.RandomBrightness(0.2)),
    "contrast": (augment.Contrast(0.2, value_range=BYTES), KERAS.RandomContrast(0.2)),
    "saturation": (augment.Saturation(0.2, value_range=BYTES), KERAS.RandomSaturation(0.6)),
    "hue": (augment.Hue(0.2, value_range=BYTES), KERAS.RandomHue(0.2)),
    "blur": (augment.Blur((0.1, 1.0)), KERAS.RandomGaussianBlur(1.0, 3, 1.0)),
    "cutout": (augment.Cutout(), KERAS.RandomErasing(1.0)),
    "rand_augment": (augment.RandAugment(BYTES), KERAS.RandAugment()),
}


def epoch(dataset):
    for _ in dataset:
        pass


def by_keras(images, layers):
    def changed(x):
        for layer in layers:
            x = layer(x, training=True)
        return x

    return tf.data.Dataset.from_tensor_slices(images).batch(BATCH).map(changed).prefetch(2)


def by_datafix(images, operation):
    return datafix.make_dataset(images, batch_size=BATCH, seed=0, augment=operation)


def main():
    images = np.random.default_rng(0).integers(0, 256, (N, SIZE, SIZE, 3), dtype=np.uint8)
    names = ("flip", "rotate", "zoom")
    theirs = cpu_seconds(partial(epoch, by_keras(images, [PAIRS[name][1] for name in names])), 2)
    for engine in ("tensorflow", "opencv"):
        fused = augment.Compose([PAIRS[name][0] for name in names], engine=engine)
        ours = cpu_seconds(partial(epoch, by_datafix(images, fused)), 4)
        tell("augment", operations="flip + rotate + zoom", engine=engine, images_a_cpu_s=N / ours, times=theirs / ours)
    for name, (operation, layer) in PAIRS.items():
        for dtype in (np.uint8, np.float32):
            given = images.astype(dtype)
            few = given[:64] if name == "rand_augment" else given
            theirs = len(few) / cpu_seconds(partial(epoch, by_keras(few, [layer])), 2)
            ours = N / cpu_seconds(partial(epoch, by_datafix(given, operation)), 2)
            tell("augment", operation=name, dtype=dtype.__name__, images_a_cpu_s=ours, times=ours / theirs)
    plain = cpu_seconds(partial(epoch, datafix.make_dataset(images, batch_size=BATCH)))
    tell("augment", operation="none", images_a_cpu_s=N / plain)


if __name__ == "__main__":
    main()

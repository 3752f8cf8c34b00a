"""Healthy networks with their data, described by a plan that a fault can change before anything is made of it.

Seeds give other rows (of the generated sets), another split and other weights.
"""

import dataclasses
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import layers
from sklearn.datasets import (
    load_breast_cancer,
    load_diabetes,
    load_digits,
    load_sample_images,
    make_classification,
    make_friedman1,
    make_friedman2,
)
from sklearn.metrics import balanced_accuracy_score, r2_score
from sklearn.preprocessing import StandardScaler

import datafix

LOSSES = {"classes": "sparse_categorical_crossentropy", "binary": "binary_crossentropy", "quantity": "mse"}
HEADS = {"classes": "softmax", "binary": "sigmoid", "quantity": None}


@dataclasses.dataclass
class Plan:
    """Data, network and training, of which a fault changes something.

    Attributes
    ----------
    change : list of functions of a Prepared that return one
        What happens to the parts after they were prepared.
    honest : function of a Prepared that returns a test Part, or None
        Where the score on the test part flatters: what the network would meet in use. The harm is then the difference.
    as_dataset : bool
        Train on, and check, a tf.data.Dataset of batches instead of arrays.
    """

    X: np.ndarray
    y: np.ndarray
    seed: int
    task: str  # "classes", "binary" or "quantity"
    body: Callable[["Plan"], list]
    split: Any = None
    pipeline: Any = None
    widths: tuple[int, ...] = (64, 32)
    narrow: int | None = None  # units of one more layer before the head
    activation: str = "relu"
    bias: Any = "zeros"
    l2: float = 0.0
    dropout: float = 0.0
    drops_always: bool = False
    batch_norm: bool = False
    head: Callable[[int], list] | None = None
    units: int | None = None
    loss: Any = None
    metrics: tuple = ()
    rate: Any = 2e-3
    epochs: int = 25
    batch_size: int = 32
    as_dataset: bool = False
    change: list = dataclasses.field(default_factory=list)
    honest: Callable | None = None

    def __post_init__(self):
        self.resplit()

    @property
    def is_image(self):
        """Whether rows are images."""
        return self.X.ndim == 4

    @property
    def n_classes(self):
        """Number of class codes."""
        return int(self.y.max()) + 1

    def resplit(self):
        """Split anew, after rows were left out."""
        stratify = None if self.task == "quantity" else self.y
        self.split = datafix.split(self.X, self.y, stratify=stratify, random_state=self.seed)

    def rows(self, part):
        """Return the positions of a part's rows."""
        return np.asarray(self.split.parts[part])

    def prepared(self):
        """Return the parts, prepared and then changed."""
        scaler = StandardScaler() if self.task == "quantity" else None
        target = {"target_transformer": scaler} if self.task == "quantity" else {}
        prepared = datafix.prepare(self.pipeline, self.X, self.y, split=self.split, **target)
        for change in self.change:
            prepared = change(prepared)
        return prepared

    def model(self, shape):
        """Return the network, built and compiled."""
        keras.utils.set_random_seed(self.seed)
        units = self.units or (self.n_classes if self.task == "classes" else 1)
        inner = self.body(self)
        if self.narrow:
            inner.append(layers.Dense(self.narrow, activation=self.activation))
        head = self.head(units) if self.head else [layers.Dense(units, activation=HEADS[self.task])]
        model = keras.Sequential([keras.Input(shape), *inner, *head])
        metrics = list(self.metrics) or (["mae"] if self.task == "quantity" else ["accuracy"])
        model.compile(keras.optimizers.Adam(self.rate), loss=self.loss or LOSSES[self.task], metrics=metrics)
        return model


class AlwaysDropping(layers.Dropout):
    """Dropout that is on at inference."""

    def call(self, inputs, training=None):
        """Drop."""
        return super().call(inputs, training=True)


def dense(plan):
    flat = [layers.Flatten()] if plan.is_image else []
    return flat + [layer for width in plan.widths for layer in _block(plan, layers.Dense, width)]


def convolving(plan):
    first, *others = plan.widths
    inner = [*_block(plan, layers.Conv2D, first, 3, padding="same"), layers.MaxPooling2D()]
    for width in others:
        inner += _block(plan, layers.Conv2D, width, 3)
    return [*inner, layers.Flatten()]


def pooling(plan):
    """Return convolutions with the mean over all places, for what may lie anywhere."""
    inner = [layer for width in plan.widths for layer in _block(plan, layers.Conv2D, width, 3)]
    return [*inner, layers.GlobalMaxPooling2D(), *_block(plan, layers.Dense, 24)]


def _block(plan, layer, *size, **how):
    regular = keras.regularizers.L2(plan.l2) if plan.l2 else None
    made = [layer(*size, bias_initializer=plan.bias, kernel_regularizer=regular, **how)]
    if plan.batch_norm:
        made.append(layers.BatchNormalization())
    made.append(layers.Activation(plan.activation))
    if plan.dropout:
        made.append((AlwaysDropping if plan.drops_always else layers.Dropout)(plan.dropout))
    return made


def table(seed):
    X, y = make_classification(
        1500,
        n_features=16,
        n_informative=10,
        n_redundant=3,
        n_classes=4,
        n_clusters_per_class=1,
        class_sep=2.0,
        flip_y=0,
        random_state=seed,
    )
    return Plan(X, y, seed, "classes", dense, pipeline=StandardScaler())


def patients(seed):
    X, y = load_breast_cancer(return_X_y=True)
    return Plan(X, y, seed, "binary", dense, pipeline=StandardScaler(), widths=(16,), l2=1e-3)


def overlapping(seed):
    """Two classes that no network can part wholly: much is to be won by not learning rows by heart."""
    X, y = make_classification(
        1200, n_features=20, n_informative=5, n_redundant=0, class_sep=0.7, flip_y=0, random_state=seed
    )
    return Plan(X, y, seed, "binary", dense, pipeline=StandardScaler(), widths=(16,), l2=1e-2, dropout=0.2, epochs=20)


def image(seed):
    images, y = (load_digits().images[..., None] / 16).astype("float32"), load_digits().target
    return Plan(images, y, seed, "classes", convolving, widths=(16, 32), epochs=15)


def parity(seed):
    images, y = (load_digits().images[..., None] / 16).astype("float32"), load_digits().target % 2
    return Plan(images, y, seed, "binary", convolving, widths=(16, 32), epochs=15, dropout=0.1)


def grainy(seed):
    """Digits under so much noise that a large network learns the grain."""
    plan = image(seed)
    grain = np.random.default_rng(seed).normal(0, 0.6, plan.X.shape)
    plan.X = (plan.X + grain).astype("float32")
    plan.dropout, plan.l2, plan.epochs = 0.25, 1e-3, 20
    return plan


def photos(seed):
    """Pieces of two photographs that do not overlap, with a little of a camera's noise."""
    random = np.random.default_rng(seed)
    pieces, y = [], []
    for code, photo in enumerate(load_sample_images().images):
        top, left = random.integers(0, 11, 2)
        cut = [photo[i : i + 16, j : j + 16] for i in range(top, 412, 16) for j in range(left, 625, 16)]
        chosen = random.permutation(len(cut))[:600]
        pieces += [cut[i] for i in chosen]
        y += [code] * len(chosen)
    images = np.stack(pieces).astype("float32") + random.normal(0, 3, (len(pieces), 16, 16, 3))
    images = (images.clip(0, 255) / 255).astype("float32")
    order = random.permutation(len(y))
    return Plan(images[order], np.array(y)[order], seed, "classes", convolving, widths=(8, 16), epochs=12, rate=1e-3)


def discs(seed):
    """Make a red, green or blue disc somewhere on a grey ground."""
    random = np.random.default_rng(seed)
    y = random.integers(0, 3, 1200)
    images = random.uniform(0.2, 0.5, (1200, 12, 12, 1)) + random.normal(0, 0.04, (1200, 12, 12, 3))
    rows, columns = np.mgrid[:12, :12]
    for picture, kind in zip(images, y, strict=True):
        at, radius = random.integers(3, 9, 2), random.uniform(2, 3)
        picture[(rows - at[0]) ** 2 + (columns - at[1]) ** 2 < radius**2, kind] += random.uniform(0.25, 0.45)
    images = images.clip(0, 1).astype("float32")
    return Plan(images, y, seed, "classes", pooling, widths=(12, 16), epochs=15)


def bars(seed):
    """Make a bar, upright or lying, red or blue."""
    random = np.random.default_rng(seed)
    y = random.integers(0, 4, 1500)
    images = random.uniform(0, 0.5, (1500, 12, 12, 3)).astype("float32")
    for picture, kind in zip(images, y, strict=True):
        at = random.integers(1, 10)
        view = picture if kind % 2 else picture.transpose(1, 0, 2)
        view[at : at + 2, 2:10, 2 * (kind // 2)] += 0.5
    return Plan(images, y, seed, "classes", pooling, widths=(12, 24), epochs=20)


def regression(seed):
    X, y = make_friedman1(1500, noise=0.5, random_state=seed)
    return Plan(X, y, seed, "quantity", dense, pipeline=StandardScaler(), epochs=30)


def circuit(seed):
    X, y = make_friedman2(1200, noise=20, random_state=seed)
    return Plan(X, y, seed, "quantity", dense, pipeline=StandardScaler(), widths=(48, 24))


def diabetes(seed):
    X, y = load_diabetes(return_X_y=True)
    return Plan(X, y, seed, "quantity", dense, pipeline=StandardScaler(), widths=(16,), l2=1e-2, epochs=30)


NETWORKS = {
    network.__name__: network
    for network in (
        table,
        patients,
        overlapping,
        image,
        parity,
        grainy,
        photos,
        discs,
        bars,
        regression,
        circuit,
        diabetes,
    )
}


def trained(plan, model, prepared):
    train, validation = prepared.train, prepared.validation
    held = (validation.features, validation.target)
    how = {"epochs": plan.epochs, "verbose": 0, "validation_data": held}
    if plan.as_dataset:
        return model.fit(batches(plan, prepared), **how)
    return model.fit(train.features, train.target, batch_size=plan.batch_size, **how)


def batches(plan, prepared):
    train = prepared.train
    return datafix.make_dataset(train.features, train.target, batch_size=plan.batch_size, seed=plan.seed)


def score(plan, model, part):
    """Return balanced accuracy or R² (at least -1), of what the network gives."""
    given = np.nan_to_num(np.asarray(model.predict(part.features, verbose=0, batch_size=256)))
    target = np.asarray(part.target)
    if plan.task == "quantity":
        return float(max(-1.0, r2_score(target.ravel(), given.mean(axis=-1).ravel().clip(-1e6, 1e6))))
    codes = given.argmax(axis=-1) if given.shape[-1] > 1 else (given[..., 0] > 0.5).astype(int)
    return float(balanced_accuracy_score(target.ravel(), codes.ravel()))

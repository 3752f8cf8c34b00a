"""Causes of wrong predictions, put into the plan of a healthy network.

A fault is a function of (plan, strength, random) that changes the plan, strength being 0 (strong), 1 (medium) or
2 (weak); where a cause has no strength, these are three forms of it. ``FAULTS`` says which names are right for it and
which networks can have it.
"""

# ruff: noqa: ARG001 - all faults have one signature

import dataclasses
from collections.abc import Callable

import numpy as np
import tensorflow as tf
from diagnose_networks import dense
from keras import initializers, layers, losses
from sklearn.decomposition import PCA
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from datafix import Split

STRENGTHS = ("strong", "medium", "weak")


# Head and loss


def one_unit_of_softmax(plan, strength, random):
    plan.units = 1
    plan.head = (
        lambda units: [layers.Dense(units, activation="softmax")],
        lambda units: [layers.Dense(units), layers.Softmax()],
        lambda units: [layers.Dense(8, activation="relu"), layers.Dense(units), layers.Activation("softmax")],
    )[strength]


def scores_taken_for_probabilities(plan, strength, random):
    """Leave from_logits out; the weak form gives it where the head has softmax or sigmoid already."""
    if strength == 2:
        of_scores = losses.BinaryCrossentropy if plan.task == "binary" else losses.SparseCategoricalCrossentropy
        plan.loss = of_scores(from_logits=True)
    else:
        plan.head = (
            lambda units: [layers.Dense(units)],
            lambda units: [layers.Dense(units), layers.Activation("linear")],
        )[strength]


# Inputs and labels, in all parts


def inputs_unscaled(plan, strength, random):
    if plan.is_image:
        factor, offset = (65535, 255, 16)[strength], 0
    else:
        factor = 10 ** random.uniform(0, (4, 2.5, 1.2)[strength], plan.X.shape[1])
        offset = factor * random.uniform(0, 3, plan.X.shape[1])
    plan.change.append(_features(lambda X: X * factor + offset))


def missing_cells(plan, strength, random):
    """Make a hundred training cells NaN, or ten, or one."""
    some = random.choice(plan.rows("train"), (100, 10, 1)[strength], replace=False)
    flat = plan.X.reshape(len(plan.X), -1).copy()
    flat[some, random.integers(0, flat.shape[1], len(some))] = np.nan
    plan.X = flat.reshape(plan.X.shape)


def integers_wrapped_around(plan, strength, random):
    """Bytes lightened beyond 255; numbers too large for 16 bits in a table; a target likewise."""
    if plan.is_image:
        lighter = (plan.X * 255).astype(int) * (2.0, 1.6, 1.2)[strength] + 20
        plan.X = (lighter.astype(int).astype(np.uint8) / 255).astype("float32")
    elif plan.task == "quantity":
        plan.y = _wrapped(plan.y, (0.3, 0.1, 0.03)[strength])
    else:
        plan.X = np.column_stack([_wrapped(column, (0.3, 0.1, 0.03)[strength]) for column in plan.X.T])


def _wrapped(values, share):
    """Return values in units of which a share exceeds what 16 bits hold."""
    unit = 32767 / np.quantile(np.abs(values), 1 - share)
    return (values * unit).round().astype(int).astype(np.int16).astype(float)


def rows_out_of_step(plan, strength, random):
    """Labels shuffled, or moved by one row, or moved from the middle row on."""
    if strength == 0:
        plan.y = random.permutation(plan.y)
    else:
        start = (0, 0, len(plan.y) // 2)[strength]
        plan.y = np.concatenate([plan.y[:start], np.roll(plan.y[start:], 1)])


def wrong_training_labels(plan, strength, random):
    known = np.concatenate([plan.rows("train"), plan.rows("validation")])
    wrong = random.choice(known, int((0.4, 0.2, 0.1)[strength] * len(known)), replace=False)
    plan.y = plan.y.copy()
    if plan.task == "quantity":
        plan.y[wrong] = random.choice(plan.y, len(wrong))
    else:
        plan.y[wrong] = (plan.y[wrong] + random.integers(1, plan.n_classes, len(wrong))) % plan.n_classes


def rare_class(plan, strength, random):
    """Leave few rows of the last class, and make it hard to tell from the first one."""
    last = np.flatnonzero(plan.y == plan.n_classes - 1)
    kept = random.choice(last, max(12, int((0.01, 0.02, 0.04)[strength] * len(plan.y))), replace=False)
    first = random.choice(np.flatnonzero(plan.y == 0), len(kept))
    plan.X = plan.X.copy()
    plan.X[kept] = 0.5 * plan.X[kept] + 0.5 * plan.X[first]
    _keep(plan, np.setdiff1d(np.arange(len(plan.y)), np.setdiff1d(last, kept)))


def metric_hides(plan, strength, random):
    """Accuracy of a quantity, or of classes of which one has nearly all rows."""
    if plan.task == "quantity":
        plan.metrics = (("accuracy",), ("binary_accuracy",), ("mae", "accuracy"))[strength]
        return
    plan.y = (plan.y == plan.n_classes - 1).astype(int)
    usual, rare = np.flatnonzero(plan.y == 0), np.flatnonzero(plan.y == 1)
    kept = random.choice(rare, int((0.02, 0.04, 0.08)[strength] * len(usual)), replace=False)
    _keep(plan, np.sort(np.concatenate([usual, kept])))


def _keep(plan, rows):
    plan.X, plan.y = plan.X[rows], plan.y[rows]
    plan.resplit()


def too_few_rows(plan, strength, random):
    n = (40, 80, 160)[strength]
    plan.split = Split(
        train=plan.rows("train")[:n], validation=plan.rows("validation")[: n // 2], test=plan.rows("test")
    )


# What differs at test


def test_scaled_otherwise(plan, strength, random):
    """Raw numbers, another scaler, the same scaler without its mean; of images 0 to 255, 0 to 16, -1 to 1."""
    if plan.is_image:
        factor, offset = ((255, 0), (16, 0), (2, -1))[strength]
        plan.change.append(_features(lambda X: X * factor + offset, "test"))
        return
    factor = 10 ** random.uniform(0, 2, plan.X.shape[1])
    plan.X = plan.X * factor + factor * random.uniform(0, 3, plan.X.shape[1])
    train, test = plan.X[plan.rows("train")], plan.X[plan.rows("test")]
    other = (
        test,
        MinMaxScaler().fit(train).transform(test),
        StandardScaler(with_mean=False).fit(train).transform(test),
    )[strength]
    plan.change.append(_features(lambda _: other, "test"))


def test_columns_permuted(plan, strength, random):
    """All columns, half of them, two; of images sides exchanged, upside down, mirrored."""
    if plan.is_image:
        turned = (lambda X: X.transpose(0, 2, 1, 3), lambda X: X[:, ::-1], lambda X: X[:, :, ::-1])[strength]
        plan.change.append(_features(turned, "test"))
        return
    n = plan.X.shape[1]
    moved = random.permutation(n)[: (n, n // 2, 2)[strength]]
    order = np.arange(n)
    order[moved] = np.roll(moved, 1)
    plan.change.append(_features(lambda X: X[:, order], "test"))


def test_blue_for_red(plan, strength, random):
    """All images, half of them, a fifth."""
    share = (1, 0.5, 0.2)[strength]
    plan.change.append(_features(lambda X: _on_some(X, share, random, lambda some: some[..., ::-1]), "test"))


def test_of_another_size(plan, strength, random):
    """Shrunk to a quarter and enlarged by repeating pixels, to a half and so, to a half and smoothly."""
    part, method = ((4, "nearest"), (2, "nearest"), (2, "bilinear"))[strength]

    def resized(X):
        shrunk = tf.image.resize(X, (X.shape[1] // part, X.shape[2] // part), method="area")
        return tf.image.resize(shrunk, X.shape[1:3], method=method).numpy()

    plan.change.append(_features(resized, "test"))


def test_labels_in_another_order(plan, strength, random):
    """All shuffled, all moved by one row, two fifths shuffled."""

    def moved(y):
        if strength == 1:
            return np.roll(y, 1, axis=0)
        return _on_some(y, (1, None, 0.4)[strength], random, random.permutation)

    plan.change.append(_target(moved, "test"))


def test_labels_encoded_anew(plan, strength, random):
    """All codes moved on, three of them, two exchanged; a quantity in thousandths, Fahrenheit, and inches."""
    if plan.task == "quantity":
        factor, offset = ((1000, 0), (1.8, 32), (1 / 2.54, 0))[strength]
        plan.change.append(_target(lambda y: y * factor + offset, "test"))
        return
    codes = np.arange(plan.n_classes)
    n_moved = (plan.n_classes, 3, 2)[strength]
    codes[:n_moved] = np.roll(codes[:n_moved], 1)
    plan.change.append(_target(lambda y: codes[y], "test"))


def drifting(plan, strength, random):
    """Test on one end of the greatest direction of the rows, sharply or less so."""
    flat = plan.X.reshape(len(plan.X), -1)
    place = PCA(1, random_state=0).fit_transform(StandardScaler().fit_transform(flat))[:, 0]
    place = place / place.std() + random.normal(0, (0.1, 0.6, 1.5)[strength], len(place))
    order = np.argsort(place)
    n_test = len(order) // 5
    known = random.permutation(order[:-n_test])
    plan.split = Split(train=known[n_test:], validation=known[:n_test], test=order[-n_test:])


def test_rows_learned(plan, strength, random):
    """Copies of training rows take the place of 50, 15 or 4 % of the test rows; in use nothing was seen before."""
    test = plan.rows("test")
    n = int((0.5, 0.15, 0.04)[strength] * len(test))
    learned = random.choice(plan.rows("train"), n, replace=False)
    plan.X, plan.y = plan.X.copy(), plan.y.copy()
    plan.X[test[:n]], plan.y[test[:n]] = plan.X[learned], plan.y[learned]

    def new(prepared):
        rows = ~np.isin(prepared.test.index, test[:n])
        return dataclasses.replace(
            prepared.test, features=prepared.test.features[rows], target=prepared.test.target[rows]
        )

    plan.honest = new


def feature_tells_label(plan, strength, random):
    """One column (or a pixel) holds the label, with some noise; in use it holds that of another row."""
    known = (plan.y - plan.y.mean()) / plan.y.std()
    leak = known + random.normal(0, (0.01, 0.1, 0.3)[strength], len(known))
    if plan.is_image:
        plan.X = plan.X.copy()
        plan.X[:, 0, 0, :] = ((leak - leak.min()) / np.ptp(leak))[:, None]
    else:
        plan.X = np.column_stack([plan.X, leak])

    def without(prepared):
        X = prepared.test.features.copy()
        at = (slice(None), 0, 0) if plan.is_image else (slice(None), -1)
        X[at] = random.permutation(X[at])
        return dataclasses.replace(prepared.test, features=X)

    plan.honest = without


def _features(change, *parts):
    return lambda prepared: _changed(prepared, "features", change, parts)


def _target(change, *parts):
    return lambda prepared: _changed(prepared, "target", change, parts)


def _changed(prepared, field, change, parts):
    changed = {}
    for name in parts or prepared.parts:
        part = getattr(prepared, name)
        old = getattr(part, field)
        changed[name] = dataclasses.replace(part, **{field: np.asarray(change(old)).astype(old.dtype)})
    return dataclasses.replace(prepared, **changed)


def _on_some(values, share, random, change):
    values = np.array(values)
    rows = random.permutation(len(values))[: int(share * len(values))]
    values[rows] = change(values[rows])
    return values


# Network and training


def rate_too_low(plan, strength, random):
    plan.rate = (1e-7, 1e-6, 1e-5)[strength]


def rate_too_high(plan, strength, random):
    plan.rate = (10.0, 1.0, 0.2)[strength]


def rate_should_fall(plan, strength, random):
    plan.rate, plan.epochs = (0.05, 0.03, 0.015)[strength], plan.epochs + 10


def dead_units(plan, strength, random):
    plan.bias = initializers.Constant((-20.0, -6.0, -2.0)[strength])


def drops_at_inference(plan, strength, random):
    plan.dropout, plan.drops_always = (0.7, 0.4, 0.15)[strength], True


def norm_of_tiny_batches(plan, strength, random):
    plan.batch_norm, plan.batch_size, plan.as_dataset, plan.epochs = True, (2, 3, 4)[strength], True, 5


def batch_of_all_rows(plan, strength, random):
    plan.batch_size, plan.as_dataset = (100_000, 512, 256)[strength], True


def epochs_few(plan, strength, random):
    plan.epochs = (1, 2, 3)[strength]


def epochs_many(plan, strength, random):
    plan.epochs, plan.l2, plan.dropout, plan.widths = (150, 90, 60)[strength], 0, 0, (64,)


def network_too_small(plan, strength, random):
    plan.narrow = (1, 2, 3)[strength]
    if strength == 0:
        plan.widths = plan.widths[:1]


def network_too_large(plan, strength, random):
    sizes = ((128, 128), (96, 96), (64, 64)) if plan.is_image else ((512, 512, 256), (512, 256), (256, 128))
    plan.widths, plan.l2, plan.dropout = sizes[strength], 0, 0
    plan.epochs *= 2


def regularisation_left_out(plan, strength, random):
    plan.l2, plan.dropout, plan.widths, plan.epochs = 0, 0, ((256,), (128,), (64,))[strength], 60


def dense_on_images(plan, strength, random):
    plan.body = dense
    plan.widths = ((), (64,), (128, 64))[strength]


def convolution_on_a_table(plan, strength, random):
    """Convolve over columns that are no neighbours; the strong form pools them all."""

    def body(plan):
        widths = ((8,), (16, 16), (32, 32))[strength]
        inner = [layers.Reshape((plan.X.shape[1], 1))]
        inner += [layers.Conv1D(width, (5, 3, 3)[strength], activation="relu") for width in widths]
        return [*inner, layers.GlobalMaxPooling1D() if strength == 0 else layers.Flatten()]

    plan.body = body


@dataclasses.dataclass(frozen=True)
class Fault:
    """What is injected, the checks that are right to name it, and the networks that can have it."""

    inject: Callable
    right: frozenset[str]
    networks: tuple[str, ...]


def _fault(inject, right, networks):
    return Fault(inject, frozenset(right.split()), tuple(networks.split()))


ALL = "table image regression"
PICTURES = "image photos discs"

FAULTS = (
    _fault(one_unit_of_softmax, "head_and_loss", "patients parity regression"),
    # A quantity's head is linear by right.
    _fault(scores_taken_for_probabilities, "head_and_loss", "table parity image"),
    _fault(inputs_unscaled, "input_scale", ALL),
    _fault(missing_cells, "input_values", ALL),
    _fault(integers_wrapped_around, "wrapped_integers label_values", ALL + " photos"),
    _fault(rows_out_of_step, "unrelated_labels label_order", ALL),
    _fault(wrong_training_labels, "mislabeled_train", ALL),
    # A quantity has no classes, here and where a metric hides them.
    _fault(rare_class, "rare_classes", "table image discs"),
    _fault(metric_hides, "metrics rare_classes", ALL),
    _fault(too_few_rows, "too_few_rows", ALL),
    _fault(test_scaled_otherwise, "serving_skew", ALL),
    # To a disc it is all the same how its image is turned.
    _fault(test_columns_permuted, "serving_skew", ALL),
    # A table has no colours and no size; digits have no colours.
    _fault(test_blue_for_red, "serving_skew", "photos discs bars"),
    _fault(test_of_another_size, "serving_skew", PICTURES),
    _fault(test_labels_in_another_order, "label_order", ALL),
    _fault(test_labels_encoded_anew, "label_order", ALL),
    _fault(drifting, "drift unlike_training", ALL),
    _fault(test_rows_learned, "leakage", ALL),
    _fault(feature_tells_label, "leakage", ALL),
    _fault(rate_too_low, "learning_rate", ALL),
    _fault(rate_too_high, "learning_rate", ALL),
    _fault(rate_should_fall, "training_length learning_rate", ALL),
    _fault(dead_units, "activations trained_model", ALL),
    _fault(drops_at_inference, "steady_outputs trained_model", ALL),
    _fault(norm_of_tiny_batches, "batches batch_statistics", ALL),
    _fault(batch_of_all_rows, "batches training_length", ALL),
    _fault(epochs_few, "training_length", ALL),
    # On digits, discs and the large tables nothing is lost by heart, so that three networks stand here that lose.
    _fault(epochs_many, "overfitting training_length", "overlapping grainy diabetes"),
    _fault(network_too_large, "overfitting", "overlapping grainy diabetes"),
    _fault(regularisation_left_out, "overfitting", "overlapping grainy diabetes"),
    _fault(network_too_small, "underfitting", ALL),
    _fault(dense_on_images, "network_kind", PICTURES),
    _fault(convolution_on_a_table, "network_kind", "table patients regression"),
)

import keras
import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from datafix import Augmenter, KerasClassifier, ParameterError, ResampledTrainer, TableError
from datafix.augment import Flip, GaussianJitter, MixUp, Shift

X = np.random.default_rng(0).normal(size=(600, 3))
Y = np.where(X[:, 0] > 0, "yes", "no")


def test_rows_stay_and_copies_follow_with_their_labels():
    plan = Augmenter(GaussianJitter(0.01), copies=2, random_state=0).select(X, Y)

    X_new, y_new = plan.new
    assert plan.indices.tolist() == list(range(600))
    assert y_new.tolist() == [*Y, *Y]
    for copy in (X_new[:600], X_new[600:]):
        assert 0 < np.abs(copy - X).max() < 0.1
    assert np.abs(X_new[:600] - X_new[600:]).max() > 0


def test_a_random_state_repeats_the_copies():
    made = [Augmenter(GaussianJitter(0.1), random_state=seed).select(X, Y).new[0] for seed in (3, 3, 4)]

    np.testing.assert_array_equal(made[0], made[1])
    assert (made[0] != made[2]).any()


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
def test_a_frame_gives_a_frame(frame):
    table = frame({"a": X[:, 0], "b": np.arange(600)})

    X_new, _ = Augmenter(GaussianJitter(0.01), random_state=0).select(table, Y).new

    assert isinstance(X_new, frame)
    assert list(X_new.columns) == ["a", "b"]
    np.testing.assert_allclose(X_new["b"].to_numpy(), np.arange(600), atol=0.1)


def test_a_trainer_learns_from_copies_and_scores_whole_held_out_folds():
    images = np.zeros((120, 1, 8, 1), np.float32)
    places = np.arange(120) % 2  # marks on the right alone, until they are flipped to the left
    images[np.arange(120), 0, 5 + places] = 1
    test = images[:, :, ::-1]
    flat = make_pipeline(_Flatten(), KNeighborsClassifier(1))

    plain = flat.fit(images, places).score(test, places)
    mended = ResampledTrainer(flat, [Augmenter(Flip(probability=1.0))]).fit(images, places).score(test, places)

    assert plain == pytest.approx(0.5)
    assert mended == 1.0


class _Flatten:
    def fit(self, X, y=None):
        return self

    def transform(self, X):
        return np.asarray(X).reshape(len(X), -1)

    def __sklearn_is_fitted__(self):
        return True


def test_it_works_in_pipelines_and_cross_validation():
    trainer = ResampledTrainer(LogisticRegression(), [Augmenter(GaussianJitter(0.1), random_state=0)])

    scores = cross_val_score(make_pipeline(StandardScaler(), trainer), X, Y, error_score="raise")

    assert scores.min() > 0.9


def test_fit_resample_gives_rows_and_copies():
    step = Augmenter(GaussianJitter(0.01), random_state=0)

    X_more, y_more = step.fit_resample(X, Y)

    assert len(X_more) == len(y_more) == 1200
    assert step.sample_indices_.tolist() == [*range(600), *[-1] * 600]


def test_quantities_may_be_mixed_and_classes_may_not():
    quantity = X @ [1.0, 2.0, 3.0]

    X_new, y_new = Augmenter(MixUp(0.4), random_state=0).select(X, quantity).new

    np.testing.assert_allclose(X_new @ [1.0, 2.0, 3.0], y_new, atol=1e-5)
    assert (y_new != quantity).mean() > 0.9
    assert ResampledTrainer(LinearRegression(), [Augmenter(MixUp(0.4))]).fit(X, quantity).score(X, quantity) > 0.99
    with pytest.raises(ParameterError, match=r"leave classes as they are; MixUp"):
        Augmenter(MixUp(0.4, n_classes=2)).select(X, Y)


def test_a_network_of_keras_takes_it_too():
    def build(input_shape, n_classes):
        model = keras.Sequential([keras.Input(input_shape), keras.layers.Dense(n_classes, activation="softmax")])
        model.compile(keras.optimizers.Adam(0.05), "sparse_categorical_crossentropy")
        return model

    trainer = ResampledTrainer(KerasClassifier(build, epochs=10, seed=0), [Augmenter(GaussianJitter(0.1))])

    assert trainer.fit(X, Y).score(X, Y) > 0.9


def test_what_cannot_be_augmented_is_refused():
    with pytest.raises(TableError, match=r"columns of numbers, and \['town'\]"):
        Augmenter(GaussianJitter(0.1)).select(pd.DataFrame({"town": ["a", "b"]}), ["x", "y"])
    with pytest.raises(ParameterError, match="copies of 1 or more, got 0"):
        Augmenter(GaussianJitter(0.1), copies=0).select(X, Y)
    with pytest.raises(ParameterError, match=r"such as Flip\(\), got <class"):
        Augmenter(Shift).select(X, Y)
    with pytest.raises(ParameterError, match="images of shape"):
        Augmenter(Shift(0.1)).select(X, Y)

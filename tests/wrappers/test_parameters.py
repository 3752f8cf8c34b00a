import keras
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.experimental import enable_halving_search_cv  # noqa: F401 - scikit-learn asks for it
from sklearn.model_selection import GridSearchCV, HalvingGridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import shuffle

from datafix import ParameterError, TablePreprocessor
from datafix.wrappers import KerasClassifier

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn.t accept a copy:DeprecationWarning")
X, Y = shuffle(*load_iris(return_X_y=True), random_state=0)


def building(*, input_shape, n_classes, units=4, depth=1, rate=0.05):
    hidden = [keras.layers.Dense(units, activation="relu") for _ in range(depth)]
    model = keras.Sequential([keras.Input(input_shape), *hidden, keras.layers.Dense(n_classes, activation="softmax")])
    model.compile(optimizer=keras.optimizers.Adam(rate), loss="sparse_categorical_crossentropy", run_eagerly=True)
    return model


def test_each_argument_of_build_fn_is_a_parameter():
    given = {"units": 7}
    classifier = KerasClassifier(building, build_params=given, seed=0)
    params = classifier.get_params()
    assert (params["build_params__units"], params["build_params__depth"], params["build_params__rate"]) == (7, 1, 0.05)
    assert "build_params__n_classes" not in params
    classifier.set_params(build_params__depth=2, epochs=3)
    assert given == {"units": 7}
    assert classifier.build_params == {"units": 7, "depth": 2}
    assert clone(classifier).get_params()["build_params__depth"] == 2
    assert "depth" not in classifier.set_params(build_params={"units": 1}).build_params


def test_an_argument_that_build_fn_does_not_take_is_refused():
    with pytest.raises(ParameterError, match=r"\(units, depth, rate\), got unit"):
        KerasClassifier(building).set_params(build_params__unit=3)
    with pytest.raises(ParameterError, match="unit"):
        KerasClassifier(building, build_params={"unit": 3}).fit(X, Y)


@pytest.mark.long
@pytest.mark.parametrize("resource", [None, "n_samples", "kerasclassifier__epochs"])
def test_preprocessing_and_network_are_searched_together(resource):
    pipeline = make_pipeline(TablePreprocessor(), KerasClassifier(building, epochs=6, batch_size=50, seed=0))
    grid = {
        "tablepreprocessor__numeric": ["default", StandardScaler()],
        "kerasclassifier__build_params__rate": [1e-9, 0.2],
        "kerasclassifier__build_params__units": [8],
    }
    if resource is None:
        search = GridSearchCV(pipeline, grid, cv=2, error_score="raise")
    else:
        most = {} if resource == "n_samples" else {"min_resources": 4, "max_resources": 12}
        search = HalvingGridSearchCV(
            pipeline, grid, cv=2, resource=resource, error_score="raise", random_state=0, **most
        )
    search.fit(X, Y)
    assert search.best_params_["kerasclassifier__build_params__rate"] == 0.2
    assert search.score(X, Y) > 0.7


def test_early_stopping_watches_rows_of_its_own_fold():
    stopping = keras.callbacks.EarlyStopping("val_loss", patience=1)
    with pytest.raises(ParameterError, match="validation_fraction"):
        KerasClassifier(building, callbacks=[stopping]).fit(X, Y)
    fitted = KerasClassifier(
        building, epochs=40, callbacks=[stopping], validation_fraction=0.2, build_params={"rate": 0.5}, seed=0
    ).fit(X, Y)
    assert "val_loss" in fitted.history_
    assert fitted.n_iter_ < 40


@pytest.mark.long
def test_class_weights_move_the_decision():
    rows, labels = np.zeros((40, 2)), np.array(["a"] * 30 + ["b"] * 10)
    plain = KerasClassifier(building, epochs=20, batch_size=8, seed=0)
    assert set(plain.fit(rows, labels).predict(rows)) == {"a"}
    weighted = clone(plain).set_params(class_weight={"a": 0.1, "b": 5.0})
    assert set(weighted.fit(rows, labels).predict(rows)) == {"b"}

import pickle
import time

import keras
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline

from datafix import MislabelDetector, ParameterError, TableError
from datafix.wrappers import KerasClassifier, KerasEmbedder, small_image_network

pytestmark = [
    pytest.mark.long,
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn.t accept a copy:DeprecationWarning"),
]
FITTED = []
IMAGES, Y = load_digits().images, load_digits().target


@pytest.fixture(scope="module")
def network():
    """Trained on the first 900 digits."""
    return KerasClassifier(small_image_network, epochs=6, batch_size=32, seed=0).fit(IMAGES[:900], Y[:900])


def test_a_small_network_learns_digits_of_any_range(network):
    assert network.score(IMAGES[900:], Y[900:]) > 0.9
    bytes_ = (IMAGES * 15).astype(np.uint8)
    again = KerasClassifier(small_image_network, epochs=6, batch_size=32, seed=0).fit(bytes_[:900], Y[:900])
    assert again.score(bytes_[900:], Y[900:]) > 0.9


def test_the_features_are_what_the_last_layer_is_given(network):
    model = network.model_
    features = KerasEmbedder(model).fit_transform(IMAGES[:50])
    kernel, bias = model.layers[-1].get_weights()
    proba = model.predict(IMAGES[:50], verbose=0)
    np.testing.assert_allclose(keras.ops.softmax(features @ kernel + bias), proba, atol=1e-5)
    named = KerasEmbedder(model, layer=model.layers[-1].name).transform(IMAGES[:50])
    np.testing.assert_allclose(named, proba, atol=1e-6)


def test_wrong_labels_are_found_by_the_embedding_of_another_set(network):
    images, labels = IMAGES[900:], Y[900:].copy()
    wrong = np.random.default_rng(0).choice(len(labels), 50, replace=False)
    labels[wrong] = (labels[wrong] + 3) % 10
    judge = make_pipeline(KerasEmbedder(network.model_), LogisticRegression(C=0.1, max_iter=300))
    detector = MislabelDetector(judge, random_state=0).fit(images, labels)
    assert detector.is_issue_[wrong].mean() > 0.9
    assert np.isin(np.flatnonzero(detector.is_issue_), wrong).mean() > 0.8


def test_wrong_labels_are_found_by_networks_trained_out_of_fold():
    labels = Y[:500].copy()
    wrong = np.random.default_rng(0).choice(500, 25, replace=False)
    labels[wrong] = (labels[wrong] + 3) % 10
    network = KerasClassifier(small_image_network, epochs=6, batch_size=32, seed=0)
    detector = MislabelDetector(network, cv=3, random_state=0).fit(IMAGES[:500], labels)
    assert detector.is_issue_[wrong].mean() > 0.6
    assert not hasattr(network, "model_")


def test_a_clone_shares_the_model_and_a_pickle_has_its_own(network):
    embedder = KerasEmbedder(network.model_)
    assert clone(embedder).model is network.model_
    again = pickle.loads(pickle.dumps(embedder))
    np.testing.assert_allclose(again.transform(IMAGES[:9]), embedder.transform(IMAGES[:9]), atol=1e-6)


def test_models_and_rows_that_do_not_fit_are_refused(network):
    with pytest.raises(ParameterError, match="needs a layer of its model, got 'nosuch'"):
        KerasEmbedder(network.model_, layer="nosuch").transform(IMAGES[:2])
    with pytest.raises(ParameterError, match="needs a keras.Model, got KerasClassifier"):
        KerasEmbedder(network).transform(IMAGES[:2])
    with pytest.raises(TableError, match=r"needs rows of shape \(8, 8\)"):
        KerasEmbedder(network.model_).transform(IMAGES[:2, :, :4])


def test_a_stopped_run_goes_on_with_an_embedder_too(network, tmp_path):
    FITTED.clear()
    for seconds in (0, 2.1):  # a .keras file is dated by two seconds
        time.sleep(seconds)
        judge = make_pipeline(KerasEmbedder(network.model_), Counting())
        MislabelDetector(judge, cv=3, random_state=0, memory=tmp_path).fit(IMAGES[900:], Y[900:])
    assert len(FITTED) == 3


class Counting(GaussianNB):
    def fit(self, X, y, sample_weight=None):
        FITTED.append(len(y))
        return super().fit(X, y, sample_weight)

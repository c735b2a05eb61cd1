"""Saved classifiers with classes and functions of the user, also of a script or notebook."""

import sys
import warnings

import keras
import numpy as np
import pytest
from sklearn.base import BaseEstimator, TransformerMixin

import mm_keras as mm
from mm_keras.saving import get_untrusted_types
from tests.saving.doctored import change_network

TEXTS = ["storm and rain", "goal and goal", "rain on the coast", "the goal of the match"] * 3
DATA = {"text": TEXTS}


class Lengths(TransformerMixin, BaseEstimator):
    """An extractor of the user."""

    def fit(self, X, y=None):
        self.num_ = 2
        return self

    def transform(self, X):
        return np.array([[len(text), 1.0][: self.num_] for text in X])


class Noted(Lengths):
    """Warns when it is fitted."""

    def fit(self, X, y=None):
        warnings.warn("fitted", stacklevel=1)
        return super().fit(X)


class Outer:
    class Lengths(Lengths):
        pass


class Unregistered(keras.layers.Layer):
    def call(self, inputs):
        return 2 * inputs


@keras.saving.register_keras_serializable("own_classes")
class Registered(keras.layers.Layer):
    def call(self, inputs):
        return 2 * inputs


def doubled(values):
    return 2 * values


@keras.saving.register_keras_serializable("own_classes")
def tripled(values):
    return 3 * values


def in_main(monkeypatch, cls):
    """The class as if the running script defined it."""
    monkeypatch.setattr(cls, "__module__", "__main__")
    monkeypatch.setattr(sys.modules["__main__"], cls.__name__, cls, raising=False)
    return cls


def save(folder, extractor=None, layer=None):
    keras.utils.set_random_seed(0)
    features = mm.Features(text=extractor or mm.text.TFIDF()).fit(DATA)
    inputs = keras.Input(features.shapes["text"], name="text")
    rows = inputs if layer is None else layer(inputs)
    model = keras.Model({"text": inputs}, keras.layers.Dense(2, "softmax")(rows))
    classifier = mm.Classifier(features, model, ["weather", "sports"])
    classifier.save(folder)
    return classifier


def loads_with(folder, types, classifier):
    assert get_untrusted_types(folder) == types
    with pytest.raises(ValueError, match="trusted="):
        mm.Classifier.load(folder)
    back = mm.Classifier.load(folder, trusted=types)
    np.testing.assert_array_equal(back.predict_proba(DATA), classifier.predict_proba(DATA))


def test_an_extractor_of_a_script_is_loaded_if_it_is_trusted(tmp_path, monkeypatch):
    in_main(monkeypatch, Lengths)
    loads_with(tmp_path / "x", ["__main__:Lengths"], save(tmp_path / "x", Lengths()))
    both = save(tmp_path / "y", [mm.text.TFIDF(), Lengths()])
    loads_with(tmp_path / "y", ["__main__:Lengths"], both)


def test_an_extractor_within_a_class_is_loaded_if_it_is_trusted(tmp_path):
    classifier = save(tmp_path / "x", Outer.Lengths())
    loads_with(tmp_path / "x", [f"{__name__}:Outer.Lengths"], classifier)


def test_an_extractor_within_a_function_is_refused_when_it_is_saved(tmp_path):
    class Local(Lengths):
        pass

    with pytest.raises(TypeError, match="top level of a module"):
        save(tmp_path / "x", Local())
    assert not (tmp_path / "x").exists()


def test_the_cache_finds_fits_of_extractors_of_a_script(tmp_path, monkeypatch, recwarn):
    warnings.simplefilter("always")
    in_main(monkeypatch, Noted)
    for _ in range(2):
        mm.Features(text=Noted(), cache=tmp_path / "cache").fit_transform(DATA)
    assert [str(warning.message) for warning in recwarn].count("fitted") == 1


@pytest.mark.parametrize("cls", [Unregistered, Registered])
@pytest.mark.parametrize("is_script", [False, True])
def test_own_layers_are_loaded_if_they_are_trusted(tmp_path, monkeypatch, cls, is_script):
    if is_script:
        in_main(monkeypatch, cls)
    classifier = save(tmp_path / "x", layer=cls())
    loads_with(tmp_path / "x", [f"{cls.__module__}:{cls.__name__}"], classifier)


def test_a_missing_class_is_named_with_what_to_do(tmp_path, monkeypatch):
    for name, options in (("Lengths", {"extractor": Lengths()}), ("Unregistered", {})):
        with monkeypatch.context() as patch:
            in_main(patch, globals()[name])
            save(tmp_path / name, **options or {"layer": Unregistered()})
        with pytest.raises(ValueError, match=f"needs {name}, which __main__ does not define"):
            mm.Classifier.load(tmp_path / name, trusted=[f"__main__:{name}"])


def test_a_registered_function_is_loaded_if_it_is_trusted(tmp_path):
    classifier = save(tmp_path / "x", layer=keras.layers.Dense(3, activation=tripled))
    loads_with(tmp_path / "x", ["builtins:tripled"], classifier)


@pytest.mark.parametrize(
    "layer",
    [
        keras.layers.Lambda(keras.ops.square),
        keras.layers.Dense(3, activation=doubled),
        keras.layers.Lambda(lambda values: 2 * values),
    ],
)
@pytest.mark.filterwarnings("ignore:.*lambda")
def test_functions_that_keras_does_not_save_are_not_called_damage(tmp_path, layer):
    save(tmp_path / "x", layer=layer)
    types = get_untrusted_types(tmp_path / "x")
    with pytest.raises(ValueError, match="network contains .* layer of your own") as error:
        mm.Classifier.load(tmp_path / "x", trusted=types)
    assert "damaged" not in str(error.value)


def test_control_characters_of_a_file_are_escaped_in_messages(tmp_path):
    save(tmp_path / "x")
    layer = {"module": "evil\x1b[2J\r", "class_name": "X", "config": {}}
    change_network(tmp_path / "x", lambda config: config["config"]["layers"].append(layer))
    with pytest.raises(ValueError, match="which is not a known layer") as error:
        mm.Classifier.load(tmp_path / "x")
    assert str(error.value).isprintable()

"""A saved classifier from a stranger: no code in it runs, and nothing that it names is opened."""

import json
import os
import shutil
import sys
import zipfile

import keras
import numpy as np
import pytest
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.pipeline import make_pipeline

import mm_keras as mm
from mm_keras.saving import get_untrusted_types
from tests.saving.doctored import (
    change_array,
    change_manifest,
    change_network,
    estimators,
    manifest_of,
    set_value,
    sign,
)

TEXTS = ["storm and rain", "goal and goal", "rain on the coast", "the goal of the match"] * 3
IMAGES = np.random.default_rng(0).integers(0, 256, (12, 16, 16), dtype=np.uint8)
DATA = {"text": TEXTS, "image": IMAGES}


def save(folder, text, image, **options):
    keras.utils.set_random_seed(0)
    features = mm.Features(text=text, image=image).fit(DATA)
    model = mm.fusion.feature_level_model(features.shapes, 2, **{"head": "linear", **options})
    mm.Classifier(features, model, ["weather", "sports"]).save(folder)
    return folder


@pytest.fixture(scope="module")
def ours(tmp_path_factory):
    """TFIDF and HOG."""
    image = mm.image.HOG(pixels_per_cell=(4, 4), cells_per_block=(1, 1))
    return save(tmp_path_factory.mktemp("ours") / "saved", mm.text.TFIDF(), image)


@pytest.fixture(scope="module")
def sklearns(tmp_path_factory):
    """A pipeline of scikit-learn, and SIFT."""
    text = make_pipeline(CountVectorizer(), TruncatedSVD(2, random_state=0))
    image = mm.image.SIFT(num_words=4, weighting="tfidf")
    return save(tmp_path_factory.mktemp("sklearn") / "saved", text, image)


@pytest.fixture
def saved(ours, tmp_path):
    return shutil.copytree(ours, tmp_path / "saved")


@pytest.fixture
def saved_sklearn(sklearns, tmp_path):
    return shutil.copytree(sklearns, tmp_path / "saved_sklearn")


def refused(folder, message, **options):
    with pytest.raises(ValueError, match=message) as error:
        mm.Classifier.load(folder, **options)
    assert "\n" not in str(error.value)


def set_in_manifest(folder, modality, name, value, number=-1):
    """Set a parameter or an attribute of an extractor; `number` counts estimators, inner first."""

    def change(manifest):
        extractor = manifest["modalities"][modality]["extractor"]
        set_value(estimators(extractor)[number], name, value)

    change_manifest(folder, change)


# --- Classes


def replace_extractor(folder, path, **parameters):
    def change(manifest):
        encoded = [path, list(parameters), list(parameters.values()), [], []]
        manifest["modalities"]["text"]["extractor"] = {"!": "estimator", "is": encoded}

    change_manifest(folder, change)


@pytest.mark.parametrize(
    "path",
    [
        "mm_keras.__main__:X",
        "mm_keras.cli:main",
        "mm_keras.text:tokenize",
        "sklearn.ensemble:StackingClassifier",
        "sklearn.datasets:fetch_openml",
        "sklearn.compose:ColumnTransformer",
        "sklearn.pipeline._anything:os.system",
        "os:system",
        "builtins:exec",
        "this:X",
        "antigravity:X",
        "./module:X",
        "sklearn.base:BaseEstimator",
        "mm_keras.text:TFIDF.fit",
        "",
        ":",
        "sklearn.pipeline:Pipeline:X",
    ],
)
def test_only_known_estimators_are_created_and_nothing_else_is_imported(saved, path):
    replace_extractor(saved, path)
    before = set(sys.modules)
    refused(saved, "is not a known estimator.*trusted=|damaged")
    assert path.partition(":")[0] not in set(sys.modules) - before


def test_a_stacking_classifier_that_calls_methods_by_name_is_refused(saved, tmp_path):
    replace_extractor(
        saved,
        "sklearn.ensemble:StackingClassifier",
        estimators=[],
        stack_method_=["fit"],
        memory=str(tmp_path),
    )
    refused(saved, "sklearn.ensemble:StackingClassifier")


@pytest.mark.parametrize("memory", ["/tmp/joblib", "."])
def test_a_pipeline_with_a_memory_is_refused(saved_sklearn, memory):
    set_in_manifest(saved_sklearn, "text", "memory", memory)
    refused(saved_sklearn, "sklearn.pipeline:Pipeline, with memory=")


def test_a_pipeline_is_saved_without_its_memory(tmp_path):
    text = make_pipeline(
        CountVectorizer(), TruncatedSVD(2), memory=str(tmp_path / "memory"), verbose=False
    )
    folder = save(tmp_path / "saved", text, mm.image.Pixels())
    assert mm.Classifier.load(folder).features.extractors["text"].memory is None


@pytest.mark.parametrize(
    "name, value",
    [
        ("input", "filename"),
        ("input", "file"),
        ("encoding", "idna"),
        ("analyzer", "os.system"),
        ("dtype", {"!": "dtype", "is": "O"}),
        ("preprocessor", {"!": "ufunc", "is": "sqrt"}),
        ("tokenizer", {"!": "score", "is": "chi2"}),
        ("token_pattern", "(a+)+b"),
        ("token_pattern", "(?:a|a)*b"),
        ("token_pattern", "(a?){30}a{30}"),
        ("token_pattern", "("),
        ("ngram_range", [1, 10**9]),
        ("ngram_range", {"!": "tuple", "is": [1, "2"]}),
        ("stop_words", "/etc/passwd"),
        ("vocabulary", "/etc/passwd"),
        ("max_df", "1"),
        ("binary", 3),
        ("unknown", 1),
    ],
)
def test_settings_of_a_vectorizer_that_are_not_known_are_refused(saved_sklearn, name, value):
    set_in_manifest(saved_sklearn, "text", name, value, number=0)
    refused(saved_sklearn, "CountVectorizer, with .*trusted=|damaged")


@pytest.mark.parametrize(
    "modality, name, value",
    [
        ("text", "stem", "snowball-x"),
        ("text", "stop_words", ["a", 1]),
        ("text", "token_pattern", r"(\w+)+!"),
        ("text", "strict", "yes"),
        ("image", "size", "/tmp"),
        ("image", "pixels_per_cell", [0, 4]),
        ("image", "pixels_per_cell", [4, -4]),
        ("image", "cells_per_block", [1]),
        ("image", "orientations", 10**12),
        ("image", "orientations", True),
        ("image", "block_norm", "L3"),
        ("image", "channel_axis", 5),
    ],
)
def test_settings_of_our_extractors_that_are_not_known_are_refused(saved, modality, name, value):
    set_in_manifest(saved, modality, name, value)
    refused(saved, "with .*trusted=|damaged")


@pytest.mark.parametrize(
    "pattern", [r"(?u)\b\w\w+\b", r"\w+", r"\w+(?:'\w+)*", r"\w+(?:[-']\w+)*", "[a-z]{2,}", "nltk"]
)
def test_usual_token_patterns_are_loaded(tmp_path, pattern):
    folder = save(tmp_path / "saved", mm.text.TFIDF(token_pattern=pattern), mm.image.Pixels())
    assert mm.Classifier.load(folder).features.extractors["text"].token_pattern == pattern


def test_attributes_that_a_class_does_not_learn_are_refused(saved):
    def change(manifest):
        encoded = estimators(manifest["modalities"]["text"]["extractor"])[-1]
        encoded[3].append("transform")
        encoded[4].append({"!": "ufunc", "is": "sqrt"})

    change_manifest(saved, change)
    refused(saved, "with the attribute transform")


# --- Modalities


@pytest.mark.parametrize(
    "name", ["cache", "workers", "scale", "self", "../text", "/tmp/x", "a:b", "", "\x1b[2J", "a/b"]
)
def test_modalities_are_only_names(saved, name):
    def change(manifest):
        manifest["modalities"][name] = manifest["modalities"].pop("text")

    change_manifest(saved, change)
    refused(saved, "classifier.json is damaged: ")


@pytest.mark.parametrize("scale", [{"text": "x" * 9, "cache": []}, 5, [], "/tmp"])
def test_a_wrong_scale_is_refused(saved, scale):
    change_manifest(saved, lambda manifest: manifest.update(scale=scale))
    refused(saved, "damaged")


# --- The network


def first_layer(config, name):
    return next(layer for layer in config["config"]["layers"] if layer["class_name"] == name)


LAMBDA = {
    "module": "keras.layers",
    "class_name": "Lambda",
    "registered_name": None,
    "config": {
        "function": {
            "module": "keras.ops",
            "class_name": "function",
            "config": "relu",
            "registered_name": "relu",
        }
    },
}
OBJECTS = {
    "keras.layers:Lambda": LAMBDA,
    "keras.ops:relu": LAMBDA["config"]["function"],
    "None:__lambda__": {"class_name": "__lambda__", "config": {"value": "4wAA"}},
    "None:__typespec__": {"class_name": "__typespec__", "config": {}},
    "keras.layers:TextVectorization": {
        "module": "keras.layers",
        "class_name": "TextVectorization",
        "config": {"vocabulary": "/etc/passwd"},
    },
    "keras.layers:TFSMLayer": {
        "module": "keras.layers",
        "class_name": "TFSMLayer",
        "config": {"filepath": "/tmp/x"},
    },
    "keras.utils:get_file": {
        "module": "keras.utils",
        "class_name": "function",
        "config": "get_file",
    },
    "os:system": {"module": "os", "class_name": "system", "config": {}},
    "keras.src.ops.core:Map": {
        "module": "keras.src.ops.core",
        "class_name": "Map",
        "config": {},
        "registered_name": "Map",
    },
    "None:Dense": {"class_name": "Dense", "config": {}},
}


@pytest.mark.parametrize("where", ["layer", "activation", "initializer", "deep"])
@pytest.mark.parametrize("path", OBJECTS)
def test_only_known_layers_are_created(saved, path, where):
    def change(config):
        layer = first_layer(config, "Dense")
        if where == "layer":
            config["config"]["layers"].append({**OBJECTS[path], "name": "new", "inbound_nodes": []})
        elif where == "deep":
            layer["build_config"] = {"x": [{"y": OBJECTS[path]}]}
        else:
            layer["config"]["activation" if where == "activation" else "kernel_initializer"] = (
                OBJECTS[path]
            )

    change_network(saved, change)
    refused(saved, f"{path}, which is not a known layer.*trusted=")
    assert path in get_untrusted_types(saved)


@pytest.mark.parametrize(
    "change",
    [
        {"registered_name": "x>Dense2"},
        {"registered_name": "mm_keras>Frozen"},
        {"registered_name": 5},
        {"class_name": ["Dense"]},
        {"class_name": None},
        {"config": None},
        {"config": []},
        {"module": {}},
    ],
)
def test_a_layer_has_the_name_of_its_class(saved, change):
    change_network(saved, lambda config: first_layer(config, "Dense").update(change))
    refused(saved, "model.keras is damaged")
    with pytest.raises(ValueError, match="model.keras is damaged"):
        get_untrusted_types(saved)


def test_how_a_network_was_compiled_is_not_read(saved):
    def change(config):
        config["compile_config"] = {"loss": OBJECTS["keras.utils:get_file"]}

    change_network(saved, change)
    assert mm.Classifier.load(saved).predict(DATA)


def test_further_members_and_compression_are_refused(saved, tmp_path):
    whole = shutil.copytree(saved, tmp_path / "whole")
    for options in (
        {"more": {"assets/vocabulary.txt": b"x"}},
        {"more": {"../evil.txt": b"x"}},
        {"more": {"/tmp/evil.txt": b"x"}},
        {"method": zipfile.ZIP_DEFLATED},
    ):
        shutil.rmtree(saved)
        shutil.copytree(whole, saved)
        change_network(saved, **options)
        refused(saved, "model.keras is damaged: it has")


@pytest.mark.parametrize("name, layer", [("units", "Dense"), ("batch_shape", "InputLayer")])
def test_a_network_that_would_need_more_memory_than_its_file_is_refused(saved, name, layer):
    huge = {"units": 2_000_000_000, "batch_shape": [None, 2_000_000_000]}[name]
    change_network(saved, lambda config: first_layer(config, layer)["config"].update({name: huge}))
    refused(saved, "model.keras is damaged")


# --- Files


@pytest.mark.parametrize("name", ["extra.py", ".hidden", "arrays.npz.bak", "__init__.py"])
def test_further_files_are_refused_and_named(saved, name):
    (saved / name).write_text("x")
    refused(saved, f"files that do not belong to a saved classifier: {name}")


@pytest.mark.parametrize("name", ["classifier.json", "arrays.npz", "model.keras"])
def test_links_and_folders_in_place_of_files_are_refused(saved, tmp_path, name):
    shutil.move(saved / name, tmp_path / name)
    (saved / name).symlink_to(tmp_path / name)
    refused(saved, f"{name} is not a regular file")
    (saved / name).unlink()
    (saved / name).mkdir()
    refused(saved, f"{name} is not a regular file")
    if hasattr(os, "mkfifo"):
        (saved / name).rmdir()
        os.mkfifo(saved / name)
        refused(saved, f"{name} is not a regular file")


# --- What the user trusts


class Negative(mm.text.TFIDF):
    """An extractor of the user's own."""

    def transform(self, samples):
        return -super().transform(samples)


@keras.saving.register_keras_serializable("tests")
class Doubled(keras.layers.Layer):
    """A layer of the user's own."""

    def call(self, inputs):
        return 2 * inputs


HERE = __name__


def test_own_extractors_and_layers_are_loaded_if_they_are_trusted(tmp_path):
    features = mm.Features(text=Negative()).fit(DATA)
    inputs = {"text": keras.Input(features.shapes["text"], name="text")}
    outputs = keras.layers.Dense(2, "softmax")(Doubled()(inputs["text"]))
    classifier = mm.Classifier(features, keras.Model(inputs, outputs), ["a", "b"])
    classifier.save(tmp_path / "saved")
    types = [f"{HERE}:Doubled", f"{HERE}:Negative"]
    assert get_untrusted_types(tmp_path / "saved") == types
    refused(tmp_path / "saved", "Doubled.*Negative")
    refused(tmp_path / "saved", "Doubled", trusted=types[1:])
    refused(tmp_path / "saved", "Negative", trusted=types[:1])
    back = mm.Classifier.load(tmp_path / "saved", trusted=types)
    np.testing.assert_array_equal(back.predict_proba(DATA), classifier.predict_proba(DATA))


def test_listing_types_imports_nothing(saved):
    replace_extractor(saved, "no_such_package.module:X", memory="/tmp")
    assert get_untrusted_types(saved) == ["no_such_package.module:X"]


def test_a_known_folder_needs_no_trust(saved, saved_sklearn):
    assert get_untrusted_types(saved) == get_untrusted_types(saved_sklearn) == []


def test_trusted_is_a_list_of_classes(saved):
    with pytest.raises(TypeError, match="must be a list"):
        mm.Classifier.load(saved, trusted="sklearn.pipeline:Pipeline")
    refused(saved, "package.module:Class", trusted=("mm_keras", "sklearn"))


def test_learned_values_of_known_classes_are_checked_even_if_trusted(saved):
    set_in_manifest(saved, "text", "vocabulary_", {"!": "dict", "is": [["rain"], [2_000_000_000]]})
    refused(saved, "damaged", trusted=["mm_keras.text:TFIDF"])


# --- Numbers out of range


def vocabulary(folder):
    encoded = estimators(manifest_of(folder)["modalities"]["text"]["extractor"])[0]
    return encoded[4][encoded[3].index("vocabulary_")]["is"]


@pytest.mark.parametrize("fixture", ["saved", "saved_sklearn"])
@pytest.mark.parametrize(
    "change",
    [
        lambda words, columns: (words, [2_000_000_000, *columns[1:]]),
        lambda words, columns: (words, [-1, *columns[1:]]),
        lambda words, columns: (words, [columns[1], *columns[1:]]),
        lambda words, columns: (words, [0.5, *columns[1:]]),
        lambda words, columns: (words, [True, *columns[1:]]),
        lambda words, columns: (words, [10**400, *columns[1:]]),
        lambda words, columns: (words[1:], columns[1:]),
        lambda words, columns: ([*words, "more"], [*columns, len(columns)]),
        lambda words, columns: ([words[1], *words[1:]], columns),
        lambda words, columns: ([1, *words[1:]], columns),
        lambda words, columns: (words, columns[1:]),
        lambda words, columns: ([], []),
    ],
)
def test_column_numbers_of_a_vocabulary_are_checked(request, fixture, change):
    folder = request.getfixturevalue(fixture)
    words, columns = change(*vocabulary(folder))
    set_in_manifest(
        folder, "text", "vocabulary_", {"!": "dict", "is": [list(words), list(columns)]}, 0
    )
    refused(folder, "classifier.json is damaged")


@pytest.mark.parametrize(
    "modality, name, value",
    [
        ("image", "size_", [1_000_000, 1_000_000]),
        ("image", "size_", [0, 16]),
        ("image", "size_", [16]),
        ("image", "size_", [16, 12]),
        ("image", "output_shape_", [1]),
        ("image", "output_shape_", []),
        ("text", "output_shape_", [10**9]),
        ("text", "output_shape_", "x"),
        ("text", "idf_", None),
        ("text", "idf_", 1.5),
    ],
)
def test_learned_numbers_are_checked(saved, modality, name, value):
    set_in_manifest(saved, modality, name, value)
    refused(saved, "classifier.json is damaged")


def test_every_array_has_the_size_and_range_that_it_must_fit(saved, saved_sklearn):
    for folder in (saved, saved_sklearn):
        content = (folder / "arrays.npz").read_bytes()
        with np.load(folder / "arrays.npz") as file:
            arrays = dict(file)
        for key, array in arrays.items():
            wrong = [array.astype(complex), array.astype(str), np.zeros((*array.shape, 2))]
            unused = folder == saved_sklearn and key == "a2"  # explained_variance_ratio_ may be nan
            if array.dtype.kind == "f" and not unused:
                wrong.append(np.full_like(array, np.nan))
            if array.ndim:
                wrong += [array[1:], np.concatenate([array, array]), array[..., None]]
            for other in wrong:
                (folder / "arrays.npz").write_bytes(content)
                change_array(folder, key, other)
                refused(folder, "(classifier.json|arrays.npz) is damaged")


@pytest.mark.parametrize(
    "change",
    [
        {"class_names": ["one"]},
        {"class_names": ["a", "b", "c"]},
        {"class_names": None},
        {"class_names": "ab"},
        {"class_names": ["a", 1]},
        {"class_names": {}},
        {"threshold": "x"},
        {"threshold": True},
        {"threshold": 7},
        {"modalities": {}},
        {"modalities": {"text": {}}},
        {"modalities": None},
        {"modalities": []},
    ],
)
def test_entries_of_the_manifest_are_checked(saved, change):
    change_manifest(saved, lambda manifest: manifest.update(change))
    refused(saved, "classifier.json is damaged")


@pytest.mark.parametrize("shape", [[1], [10**12], [-5], [], [3, None], "x", [2.0], [1, 1, 1, 1]])
def test_the_shape_of_a_modality_is_checked(saved, shape):
    change_manifest(saved, lambda manifest: manifest["modalities"]["text"].update(shape=shape))
    refused(saved, "damaged")


def test_the_width_of_the_output_is_checked_through_pipelines_and_unions(tmp_path):
    from sklearn.feature_extraction.text import HashingVectorizer

    text = [HashingVectorizer(n_features=8), mm.text.TFIDF()]
    folder = save(tmp_path / "saved", text, mm.image.Pixels())
    assert mm.Classifier.load(folder).predict(DATA)
    set_in_manifest(folder, "text", "n_features", 2**30, number=0)
    refused(folder, "instead of|do not fit")


def test_token_ids_fit_the_embedding(tmp_path):
    folder = save(tmp_path / "saved", mm.text.Sequence(length=5), mm.image.Pixels(), head="rnn")
    assert mm.Classifier.load(folder).predict(DATA)
    words, ids = vocabulary(folder)

    def change(manifest):
        extractor = estimators(manifest["modalities"]["text"]["extractor"])[0]
        more = [*words, *map(str, range(50))]
        numbers = list(range(2, 2 + len(more)))
        set_value(extractor, "vocabulary_", {"!": "dict", "is": [more, numbers]})
        set_value(extractor, "num_ids_", len(more) + 2)
        manifest["modalities"]["text"]["num_ids"] = len(more) + 2

    change_manifest(folder, change)
    refused(folder, "model.keras is damaged: .*indices")


def test_a_random_state_beyond_its_numbers_is_refused(saved_sklearn):
    state = ["MT19937", {"!": "array", "key": "a0"}, 10**6, 0, 0.0]
    value = {"!": "random_state", "is": state}
    change_array(saved_sklearn, "a0", np.zeros(624, np.uint32))
    set_in_manifest(saved_sklearn, "text", "random_state", value, number=1)
    refused(saved_sklearn, "random state is out of range")


# --- Versions


def test_another_major_version_is_noted(saved, recwarn):
    mm.Classifier.load(saved)
    assert not [warning for warning in recwarn if "was made with" in str(warning.message)]
    made_with = manifest_of(saved)["made_with"]
    assert set(made_with) == {"mm_keras", "python", "keras", "scikit-learn", "numpy"}
    change_manifest(
        saved, lambda manifest: manifest["made_with"].update(keras="2.15.0", numpy="1.26")
    )
    with pytest.warns(UserWarning, match=r"made with keras 2.15.0 \(here 3.*numpy 1.26 \(here"):
        mm.Classifier.load(saved)
    for made_with in (None, [], {"keras": None}, {"keras": {}}, "x"):
        manifest = {**manifest_of(saved), "made_with": made_with}
        sign(saved, manifest)
        mm.Classifier.load(saved)
    assert json.loads((saved / "classifier.json").read_text())["version"] == 2

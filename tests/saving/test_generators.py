"""Saved generators: identical sentences after loading, and nothing in a folder is believed."""

import json
import shutil
import warnings

import keras
import numpy as np
import pytest

import mm_keras as mm
from mm_keras.generator import Generator
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

DATA = {
    "text": ["a red ball", "a blue bat", "the small key", "the large ball"] * 3,
    "image": np.random.default_rng(0).integers(0, 256, (12, 8, 8), dtype=np.uint8),
}
GERMAN = ["ein roter ball", "ein blauer schläger", "der kleine schlüssel", "der große ball"]
CHINESE = ["一个红色的球。", "一个蓝色的球棒", "small 钥匙", "大球"]
LENGTH = 5
FILES = ("generator.json", "arrays.npz", "model.keras")


def target_of(sentences, **options):
    options = {"padding": "post", "truncating": "post", **options}
    return mm.text.Sequence(LENGTH, **options).fit(sentences)


def untrained(text, image, target, operator="concat"):
    """A generator whose weights are random but large, so that its sentences differ."""
    extractors = {"text": text, "image": image}
    features = mm.Features(**{k: item for k, item in extractors.items() if item is not None})
    features.fit(DATA)
    keras.utils.set_random_seed(0)
    shape = mm.fusion.TokenIds(LENGTH, num_ids=target.num_ids_)
    model = mm.fusion.encoder_decoder_model(
        features.shapes, shape, operator=operator, width=6, units=6
    )
    model.set_weights([10 * weights for weights in model.get_weights()])
    return Generator(features, model, target)


@pytest.fixture(scope="module")
def generator():
    return untrained(mm.text.TFIDF(), mm.image.Pixels(), target_of(GERMAN))


@pytest.fixture(scope="module")
def whole(generator, tmp_path_factory):
    path = tmp_path_factory.mktemp("generators") / "saved"
    generator.save(path)
    return path


@pytest.fixture
def saved(whole, tmp_path):
    return shutil.copytree(whole, tmp_path / "saved")


def refused(path, message, **options):
    with pytest.raises(ValueError, match=message) as error:
        Generator.load(path, **options)
    assert "\n" not in str(error.value)


def sentences_of(generator):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", mm.DataWarning)  # sentences without an end
        return generator.generate(generator.features.transform(DATA))


# --- Round trips


@pytest.mark.parametrize(
    "text, image, target, operator",
    [
        (mm.text.TFIDF(), mm.image.Pixels(), target_of(GERMAN), "product"),
        (mm.text.Sequence(4), mm.image.HOG((4, 4)), target_of(GERMAN, max_features=6), "attention"),
        (None, mm.image.Pixels(), target_of(GERMAN, lowercase=False), "concat"),
        (
            mm.text.BagOfWords(),
            None,
            target_of(CHINESE, token_pattern=mm.text.SENTENCE_PATTERN),
            "concat",
        ),
    ],
    ids=["product", "tokens", "captions", "Chinese"],
)
def test_sentences_are_identical_after_loading(text, image, target, operator, tmp_path):
    if operator == "attention":
        image = mm.image.HOG(pixels_per_cell=(4, 4), cells_per_block=(1, 1), feature_vector=False)
    generator = untrained(text, image, target, operator)
    generator.save(tmp_path / "saved")
    loaded = Generator.load(tmp_path / "saved")
    inputs = loaded.features.transform(DATA)
    inputs["previous"] = np.tile(np.int32([1, 2, 3, 0, 0]), (12, 1))
    np.testing.assert_array_equal(loaded.model(inputs), generator.model(inputs))
    assert loaded.target.vocabulary_ == target.vocabulary_
    if target.token_pattern is not None:  # compiles two networks
        expected = sentences_of(generator)
        assert sentences_of(loaded) == expected and len(set(expected)) > 1
    assert {file.name for file in (tmp_path / "saved").iterdir()} == set(FILES)
    assert get_untrusted_types(tmp_path / "saved") == []


class Reversed(mm.text.Sequence):
    """A target of the user's own."""


def test_own_targets_are_loaded_if_they_are_trusted(tmp_path):
    target = Reversed(LENGTH, padding="post", truncating="post").fit(GERMAN)
    untrained(mm.text.TFIDF(), None, target).save(tmp_path / "saved")
    types = [f"{__name__}:Reversed"]
    assert get_untrusted_types(tmp_path / "saved") == types
    refused(tmp_path / "saved", "If you made this generator or trust its author, pass trusted=")
    assert type(Generator.load(tmp_path / "saved", trusted=types).target) is Reversed


# --- Damage


@pytest.mark.parametrize("name", FILES)
def test_what_is_damaged_is_named_with_what_to_do(saved, name):
    content = (saved / name).read_bytes()
    for changed in (b"", content[:-1], content + b"\0", b"\xff" * 100):
        (saved / name).write_bytes(changed)
        refused(saved, f"{name} is damaged.*Copy the folder again")
    (saved / name).unlink()
    refused(saved, f"{name}")


def test_further_files_are_refused_and_a_generator_has_a_network(saved):
    (saved / "extra.py").touch()
    refused(saved, "files that do not belong to a saved generator: extra.py")
    (saved / "extra.py").unlink()
    (saved / "model.keras").unlink()
    refused(saved, "model.keras is missing")
    manifest = manifest_of(saved)
    del manifest["sha256"], manifest["digest"]
    with pytest.raises(FileNotFoundError):
        sign(saved, manifest)


# --- The target


def set_in_target(path, name, value):
    def change(manifest):
        set_value(estimators(manifest["target"])[-1], name, value)

    change_manifest(path, change)


def test_an_unchanged_target_is_loaded(saved, generator):
    set_in_target(saved, "length", LENGTH)
    assert sentences_of(Generator.load(saved)) == sentences_of(generator)


@pytest.mark.parametrize(
    "name, value, message",
    [
        ("length", 4, "damaged"),
        ("length", 10**9, "damaged"),
        ("num_ids_", 5, "damaged"),
        ("num_ids_", 10**9, "damaged"),
        ("vocabulary_", {"!": "dict", "is": [["ball"], [10**9]]}, "damaged"),
        ("vocabulary_", {"!": "dict", "is": [["ball"], [0]]}, "damaged"),
        ("vocabulary_", {"!": "dict", "is": [[], []]}, "damaged"),
        ("padding", "pre", "damaged: The target needs Sequence"),
        ("padding", "x", "Sequence, with padding='x'"),
        ("token_pattern", "(a+)+b", "Sequence, with token_pattern="),
        ("more_", 1, "with more_|with the attribute more_"),
    ],
)
def test_values_of_the_target_are_checked(saved, name, value, message):
    set_in_target(saved, name, value)
    refused(saved, message)


@pytest.mark.parametrize("change", [1, -1])
def test_the_vocabulary_has_as_many_words_as_the_network_has_outputs(saved, change):
    encoded = estimators(manifest_of(saved)["target"])[-1]
    words = encoded[4][encoded[3].index("vocabulary_")]["is"][0]
    words = [*words, "more"] if change > 0 else words[:-1]
    numbers = list(range(2, 2 + len(words)))
    set_in_target(saved, "vocabulary_", {"!": "dict", "is": [words, numbers]})
    refused(saved, "damaged")  # num_ids_ is another number
    set_in_target(saved, "num_ids_", len(words) + 2)
    refused(saved, "generator.json is damaged: The target has sentences of 5 words out of")


def test_targets_are_sequences(saved):
    text = manifest_of(saved)["modalities"]["text"]["extractor"]
    unfitted = {"!": "estimator", "is": ["mm_keras.text:Sequence", [], [], [], []]}
    for target, message in (
        (text, "the target is a mm_keras.text:TFIDF and no Sequence"),
        (unfitted, "the target is not fitted"),
        (None, "the target is no estimator"),
        ({"!": "tuple", "is": [1]}, "the target is no estimator"),
    ):
        sign(saved, {**manifest_of(saved), "target": target})
        refused(saved, f"generator.json is damaged: {message}")
    unknown = {"!": "estimator", "is": ["os:system", [], [], [], []]}
    change_manifest(saved, lambda manifest: manifest.update(target=unknown))
    refused(saved, "os:system, which is not a known estimator")
    assert get_untrusted_types(saved) == ["os:system"]


# --- Features and network


def test_every_array_of_the_features_has_the_size_and_range_that_it_must_fit(saved):
    with np.load(saved / "arrays.npz") as file:
        arrays = dict(file)
    assert arrays
    for key, array in arrays.items():
        wider = np.concatenate([array, array]) if array.ndim else array.astype(str)
        for wrong in (array.astype(complex), np.full_like(array, np.nan), wider):
            change_array(saved, key, wrong)
            refused(saved, "generator.json is damaged")
        change_array(saved, key, array)
    Generator.load(saved)


@pytest.mark.parametrize("shape", [[1], [10**12], [], [3, None]])
@pytest.mark.parametrize("name", ["text", "image"])
def test_the_shape_of_a_modality_is_checked(saved, name, shape):
    change_manifest(saved, lambda manifest: manifest["modalities"][name].update(shape=shape))
    refused(saved, "damaged")


@pytest.mark.parametrize(
    "name, change",
    [
        ("previous", {"batch_shape": [None, LENGTH + 1]}),
        ("previous", {"batch_shape": [None, 2_000_000_000]}),
        ("image", {"batch_shape": [None, 8, 8, 3]}),
        ("previous_embedding", {"input_dim": 3}),
        ("previous_embedding", {"input_dim": 2_000_000_000}),
        ("decoder", {"units": 2_000_000_000}),
        ("probabilities", {"units": 3}),
    ],
)
def test_a_network_fits_its_weights_the_features_and_the_target(saved, name, change):
    def edit(config):
        layers = config["config"]["layers"]
        next(item for item in layers if item["name"] == name)["config"].update(change)

    change_network(saved, edit)
    refused(saved, "damaged")


@pytest.mark.parametrize("outputs", ["rows", "list", "dict"])
def test_other_networks_are_refused(generator, outputs, tmp_path):
    model = generator.model
    changed = {
        "rows": model.output[:, 0],
        "list": [model.output, model.output],
        "dict": {"words": model.output},
    }[outputs]
    other = Generator(generator.features, model, generator.target)
    other.model = keras.Model(model.input, changed)
    other.save(tmp_path / "saved")
    refused(tmp_path / "saved", "generator.json is damaged")


def test_ids_of_the_previous_words_fit_the_embedding(generator, tmp_path):
    """A smaller embedding with weights that match, which would fail at the last words."""
    target, shapes = generator.target, generator.features.shapes
    inputs = {name: keras.Input(shape, name=name) for name, shape in shapes.items()}
    previous = keras.Input((LENGTH,), name="previous", dtype="int32")
    words = keras.layers.Embedding(target.num_ids_ - 1, 4)(previous)
    rows = keras.layers.Concatenate()([keras.layers.Flatten()(x) for x in inputs.values()])
    states = keras.layers.GRU(4, return_sequences=True)(
        words, initial_state=keras.layers.Dense(4)(rows)
    )
    outputs = keras.layers.Dense(target.num_ids_, "softmax")(states)
    model = keras.Model({**inputs, "previous": previous}, outputs)
    Generator(generator.features, model, target).save(tmp_path / "saved")
    refused(tmp_path / "saved", "model.keras is damaged: .*indices")


def test_only_known_layers_are_created(saved):
    def edit(config):
        layers = config["config"]["layers"]
        next(item for item in layers if item["name"] == "fused").update(
            module="os", class_name="system", registered_name=None
        )

    change_network(saved, edit)
    refused(saved, "os:system, which is not a known layer.*If you made this generator")
    assert get_untrusted_types(saved) == ["os:system"]


def test_the_manifest_holds_what_is_described(saved):
    manifest = json.loads((saved / "generator.json").read_text("utf-8"))
    assert (manifest["format"], manifest["version"]) == ("mm_keras generator", 1)
    assert set(manifest["made_with"]) == {"mm_keras", "python", "keras", "scikit-learn", "numpy"}
    for version in (0, 2, "1"):
        sign(saved, manifest)
        text = (saved / "generator.json").read_text("utf-8")
        (saved / "generator.json").write_text(
            text.replace('"version": 1,', f'"version": {json.dumps(version)},'), "utf-8"
        )
        refused(saved, "Update mm_keras, or save the generator again|damaged")

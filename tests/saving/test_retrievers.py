"""Saved retrievers: identical results after loading, and nothing in a folder is believed."""

import json
import shutil

import keras
import numpy as np
import pytest
from sklearn.pipeline import make_pipeline

import mm_keras as mm
from mm_keras.retrieval import CCA, SemanticMatching
from mm_keras.saving import folder, get_untrusted_types
from mm_keras.saving.kinds import RETRIEVER
from tests.saving.doctored import (
    change_array,
    change_manifest,
    change_network,
    estimators,
    manifest_of,
    set_value,
    sign,
)

RANDOM = np.random.default_rng(0)
WORDS = "storm rain coast goal match team river bridge".split()
DATA = {
    "text": [" ".join(RANDOM.choice(WORDS, 4)) for _ in range(12)],
    "image": RANDOM.integers(0, 256, (12, 8, 8), dtype=np.uint8),
}
LABELS = np.arange(12) % 4
QUERIES = {"texts": DATA["text"][:4]}, {"images": DATA["image"][:3]}


@pytest.fixture(scope="module")
def features():
    return mm.Features(text=mm.text.TFIDF(), image=mm.image.Pixels()).fit(DATA)


@pytest.fixture(scope="module")
def embeddings(features):
    arrays = features.transform(DATA)
    keras.utils.set_random_seed(0)
    return {
        "CCA": CCA(4).fit(arrays),
        "SemanticMatching": SemanticMatching().fit(arrays, LABELS),
        "pipeline": make_pipeline(CCA(5), SemanticMatching()).fit(arrays, LABELS),
        "network": mm.fusion.dual_encoder_model(features.shapes, width=6),
    }


@pytest.fixture(scope="module")
def folders(features, embeddings, tmp_path_factory):
    path = tmp_path_factory.mktemp("retrievers")
    for name, embedding in embeddings.items():
        mm.Retriever(features, embedding).index(DATA).save(path / name)
    return path


@pytest.fixture
def saved(folders, tmp_path):
    return shutil.copytree(folders / "pipeline", tmp_path / "saved")


@pytest.fixture
def saved_network(folders, tmp_path):
    return shutil.copytree(folders / "network", tmp_path / "saved_network")


def refused(path, message, **options):
    with pytest.raises(ValueError, match=message) as error:
        mm.Retriever.load(path, **options)
    assert "\n" not in str(error.value)


# --- Round trips


@pytest.mark.parametrize("name", ["CCA", "SemanticMatching", "pipeline", "network"])
def test_results_are_identical_after_loading(features, embeddings, folders, name):
    retriever = mm.Retriever(features, embeddings[name]).index(DATA)
    loaded = mm.Retriever.load(folders / name)
    assert loaded.ids == retriever.ids
    for queries in QUERIES:
        similarities = retriever.similarities(**queries)
        np.testing.assert_array_equal(loaded.similarities(**queries), similarities)
        assert loaded.search(**queries) == retriever.search(**queries)
    files = {file.name for file in (folders / name).iterdir()}
    network = {"model.keras"} if name == "network" else set()
    assert files == {"retriever.json", "arrays.npz"} | network
    assert get_untrusted_types(folders / name) == []


@pytest.mark.parametrize("ids", [[f"Bär {k}" for k in range(12)], np.arange(12) * 7])
def test_ids_are_restored(features, embeddings, ids, tmp_path):
    retriever = mm.Retriever(features, embeddings["CCA"]).index(DATA)
    retriever.ids = list(ids)
    retriever.save(tmp_path / "saved")
    loaded = mm.Retriever.load(tmp_path / "saved")
    assert loaded.ids == list(ids)
    assert {type(item) for item in loaded.ids} <= {int, str}


def test_an_index_of_one_modality_and_none_at_all_are_restored(features, embeddings, tmp_path):
    retriever = mm.Retriever(features, embeddings["CCA"])
    retriever.save(tmp_path / "saved")
    with pytest.raises(ValueError, match="Nothing is indexed"):
        mm.Retriever.load(tmp_path / "saved").search(texts=["rain"])
    retriever.index({"image": DATA["image"]}).save(tmp_path / "saved")  # replaces it
    loaded = mm.Retriever.load(tmp_path / "saved")
    assert loaded.search(texts=["rain"]) == retriever.search(texts=["rain"])
    assert list(loaded.vectors) == ["image"]


def test_ids_that_json_does_not_have_are_not_saved(features, embeddings, tmp_path):
    retriever = mm.Retriever(features, embeddings["CCA"]).index(DATA)
    retriever.ids[3] = (1, 2)
    with pytest.raises(TypeError, match=r"must be str or int to be saved. Received: \(1, 2\)"):
        retriever.save(tmp_path / "saved")
    assert not list(tmp_path.iterdir())


class Halved(CCA):
    """An embedding of the user's own."""

    def transform(self, arrays):
        return {name: rows[:, :2] for name, rows in super().transform(arrays).items()}


def test_own_embeddings_are_loaded_if_they_are_trusted(features, tmp_path):
    retriever = mm.Retriever(features, Halved().fit(features.transform(DATA))).index(DATA)
    retriever.save(tmp_path / "saved")
    types = [f"{__name__}:Halved"]
    assert get_untrusted_types(tmp_path / "saved") == types
    refused(tmp_path / "saved", "If you made this retriever or trust its author, pass trusted=")
    loaded = mm.Retriever.load(tmp_path / "saved", trusted=types)
    assert loaded.search(**QUERIES[0]) == retriever.search(**QUERIES[0])


# --- Damage


@pytest.mark.parametrize("bit", [0, 5])
def test_every_byte_of_the_manifest_counts(tmp_path, bit):
    """Also the name of the network, which is optional."""
    file = tmp_path / "retriever.json"
    file.touch()
    for name in ("arrays.npz", "model.keras"):
        (tmp_path / name).write_bytes(b"content")
    sign(tmp_path, {"ids": [1, "Bär"]})
    content = file.read_bytes()
    folder.read_manifest(tmp_path, RETRIEVER)
    for position in range(len(content)):
        changed = bytearray(content)
        changed[position] ^= 1 << bit
        file.write_bytes(changed)
        with pytest.raises(ValueError, match="retriever.json"):
            folder.read_manifest(tmp_path, RETRIEVER)


@pytest.mark.parametrize("name", ["retriever.json", "arrays.npz", "model.keras"])
def test_what_is_damaged_is_named_with_what_to_do(saved_network, name):
    content = (saved_network / name).read_bytes()
    for changed in (b"", content[:-1], content + b"\0", b"\xff" * 100):
        (saved_network / name).write_bytes(changed)
        refused(saved_network, f"{name} is damaged.*Copy the folder again")
    (saved_network / name).unlink()
    refused(saved_network, f"{name}")


@pytest.mark.parametrize("name", ["model.keras", "classifier.json", "extra.py"])
def test_further_files_are_refused_and_named(saved, name):
    (saved / name).write_text("x")
    refused(saved, f"files that do not belong to a saved retriever: {name}")


def test_there_is_an_embedding_or_a_network(saved, saved_network):
    change_manifest(saved, lambda manifest: manifest.update(embedding=None))
    refused(saved, "retriever.json is damaged: it needs either an embedding or a network")
    embedding = manifest_of(saved)["embedding"] or "x"
    change_manifest(saved_network, lambda manifest: manifest.update(embedding=embedding))
    refused(saved_network, "retriever.json is damaged")
    change_manifest(saved_network, lambda manifest: manifest.update(embedding=None))
    (saved_network / "model.keras").unlink()
    sign(saved_network, manifest_of(saved_network))
    refused(saved_network, "retriever.json is damaged: it needs either an embedding or a network")


# --- The index


def index_keys(path):
    """The keys of the arrays of the index."""
    return [value["key"] for value in manifest_of(path)["vectors"]["is"][1]]


def array_of(path, key):
    with np.load(path / "arrays.npz", allow_pickle=False) as file:
        return file[key]


@pytest.mark.parametrize(
    "change",
    [
        lambda rows: rows[1:],
        lambda rows: rows[:, 1:],
        lambda rows: rows[:, :0],
        lambda rows: np.concatenate([rows, rows], axis=1),
        lambda rows: rows[..., np.newaxis],
        lambda rows: rows[0],
        lambda rows: rows.astype(np.float64),
        lambda rows: rows.astype(str),
        lambda rows: np.full_like(rows, np.nan),
        lambda rows: np.where(np.arange(rows.size).reshape(rows.shape) == 5, -np.inf, rows),
    ],
)
def test_vectors_of_the_index_fit_the_embedding_and_the_ids(saved, change):
    for key in index_keys(saved):
        rows = array_of(saved, key)
        change_array(saved, key, change(rows).astype(change(rows).dtype))
        refused(saved, "retriever.json is damaged: the .*(vectors|index)")
        change_array(saved, key, rows)
    mm.Retriever.load(saved)


def test_both_modalities_of_another_width_are_refused(saved, saved_network):
    for path in (saved, saved_network):
        for key in index_keys(path):
            change_array(path, key, array_of(path, key)[:, :3])
        refused(path, "vectors of the index have 3 values, those of the embedding")


@pytest.mark.parametrize(
    "ids",
    [
        None, [], {}, "abcdefghijkl", [1] * 11, [1] * 13, [1] * 11 + [True], [1] * 11 + [1.0],
        [1] * 11 + [None], [1] * 11 + [[1]], {"!": "array", "key": "a0"},
    ],
)  # fmt: skip
def test_ids_of_the_index_are_checked(saved, ids):
    change_manifest(saved, lambda manifest: manifest.update(ids=ids))
    refused(saved, "retriever.json is damaged: the .*ids")


@pytest.mark.parametrize(
    "vectors",
    [
        None,
        [],
        {"!": "array", "key": "a0"},
        {"!": "dict", "is": [["sound"], [{"!": "array", "key": "a0"}]]},
        {"!": "dict", "is": [["text"], [None]]},
        {"!": "dict", "is": [[], []]},
    ],
)
def test_modalities_of_the_index_are_checked(saved, vectors):
    change_manifest(saved, lambda manifest: manifest.update(vectors=vectors))
    refused(saved, "retriever.json is damaged: the ")


# --- The embedding


def set_in_embedding(path, number, name, value):
    """Set a value of an estimator of the embedding; `number` counts estimators, inner first."""

    def change(manifest):
        set_value(estimators(manifest["embedding"])[number], name, value)

    change_manifest(path, change)


def test_every_array_of_the_embedding_has_the_size_and_range_that_it_must_fit(saved):
    def change(manifest):
        for number in range(2):  # CCA and SemanticMatching
            encoded = estimators(manifest["embedding"])[number]
            keys.extend(
                value["key"]
                for name, item in zip(encoded[3], encoded[4])
                if name.endswith("s_") and item["!"] == "dict"
                for value in item["is"][1]
            )

    keys = []
    change(manifest_of(saved))
    assert len(keys) == 8
    for key in keys:
        rows = array_of(saved, key)
        for wrong in (
            rows.astype(complex), rows.astype(str), rows[1:], rows[..., None], rows[..., :-1],
            np.full_like(rows, np.nan),
        ):  # fmt: skip
            change_array(saved, key, wrong)
            refused(saved, "retriever.json is damaged")
        change_array(saved, key, rows)
    mm.Retriever.load(saved)


def test_an_embedding_of_other_modalities_is_refused(saved):
    text = manifest_of(saved)["embedding"]["is"]
    changed = json.loads(json.dumps(text).replace('"image"', '"sound"'))
    change_manifest(
        saved, lambda manifest: manifest.update(embedding={"!": "estimator", "is": changed})
    )
    refused(saved, "retriever.json is damaged: CCA was fitted on text and sound")


def test_steps_of_a_pipeline_fit_each_other(saved, folders, embeddings, features, tmp_path):
    """SemanticMatching of the features after CCA, which gives vectors of another width."""
    other = tmp_path / "other"
    pipeline = make_pipeline(embeddings["CCA"], embeddings["pipeline"][1])  # width 4, then 5
    retriever = mm.Retriever(features, embeddings["pipeline"]).index(DATA)
    retriever.embedding = pipeline
    retriever.save(other)
    refused(other, "the values of sklearn.pipeline:Pipeline do not fit each other")


@pytest.mark.parametrize(
    "number, name, value, message",
    [
        (0, "num_components", 0, "CCA, with num_components=0"),
        (0, "shrinkage", "x", "CCA, with shrinkage='x'"),
        (0, "more_", 1, "CCA, with the attribute more_|CCA, with more_"),
        (1, "C", -1, "SemanticMatching, with C=-1"),
        (2, "memory", "/tmp", "Pipeline, with memory='/tmp'"),
        (2, "steps", [], "damaged"),
    ],
)
def test_settings_of_an_embedding_are_checked(saved, number, name, value, message):
    set_in_embedding(saved, number, name, value)
    refused(saved, message)


def test_embeddings_are_those_of_the_library(saved, folders):
    """A known extractor is no embedding; unknown classes need trust."""
    text = manifest_of(saved)["modalities"]["text"]["extractor"]
    for embedding, message in (
        (text, "mm_keras.text:TFIDF is no embedding"),
        ("x", "the embedding is no estimator"),
        ({"!": "tuple", "is": [1]}, "the embedding is no estimator"),
    ):
        sign(saved, {**manifest_of(saved), "embedding": embedding})
        refused(saved, f"retriever.json is damaged: {message}")
    unknown = {"!": "estimator", "is": ["os:system", [], [], [], []]}
    change_manifest(saved, lambda manifest: manifest.update(embedding=unknown))
    refused(saved, "os:system, which is not a known estimator.*pass trusted=")
    assert get_untrusted_types(saved) == ["os:system"]
    unfitted = {"!": "estimator", "is": ["mm_keras.retrieval:CCA", [], [], [], []]}
    change_manifest(saved, lambda manifest: manifest.update(embedding=unfitted))
    refused(saved, "retriever.json is damaged: the embedding is not fitted")


# --- The network


@pytest.mark.parametrize(
    "layer, change, message",
    [
        ("InBatchContrast", {"temperature": 0}, "damaged"),
        ("Dense", {"units": 2_000_000_000}, "damaged"),
        ("Dense", {"units": 3}, "damaged"),
        ("InputLayer", {"batch_shape": [None, 2_000_000_000]}, "damaged"),
    ],
)
def test_a_network_fits_its_weights_and_features(saved_network, layer, change, message):
    def edit(config):
        layers = config["config"]["layers"]
        next(item for item in layers if item["class_name"] == layer)["config"].update(change)

    change_network(saved_network, edit)
    refused(saved_network, message)


def test_only_known_layers_are_created(saved_network):
    def edit(config):
        layers = config["config"]["layers"]
        next(item for item in layers if item["class_name"] == "Dropout").update(
            module="os", class_name="system", registered_name=None
        )

    change_network(saved_network, edit)
    refused(saved_network, "os:system, which is not a known layer.*If you made this retriever")
    assert get_untrusted_types(saved_network) == ["os:system"]


def test_token_ids_fit_the_embedding_of_the_network(tmp_path):
    text = mm.text.Sequence(4)
    features = mm.Features(text=text, image=mm.image.Pixels()).fit(DATA)
    layers, num_ids = keras.layers, features.extractors["text"].num_ids_
    for missing in (0, 1):
        inputs = {
            "text": keras.Input((4,), name="text", dtype="int32"),
            "image": keras.Input(features.shapes["image"], name="image"),
        }
        words = layers.Embedding(num_ids - missing, 3)(inputs["text"])
        image = layers.Dense(3)(layers.Flatten()(inputs["image"]))
        outputs = {"text": layers.GlobalAveragePooling1D()(words), "image": image}
        mm.Retriever(features, keras.Model(inputs, outputs)).save(tmp_path / "saved")
        if missing:
            refused(tmp_path / "saved", "model.keras is damaged: .*indices")
        else:
            mm.Retriever.load(tmp_path / "saved")


def test_a_network_without_an_output_for_each_modality_is_refused(features, embeddings, tmp_path):
    network = embeddings["network"]
    retriever = mm.Retriever(features, network).index(DATA)
    for outputs in (
        network.output["text"],
        list(network.output.values()),
        {"text": network.output["text"], "sound": network.output["image"]},
    ):
        retriever.embedding = keras.Model(network.input, outputs)
        retriever.save(tmp_path / "saved")
        refused(tmp_path / "saved", "damaged: The embedding must give one vector for each of")

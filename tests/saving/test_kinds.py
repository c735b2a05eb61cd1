"""Folders of classifiers, retrievers and generators are not taken for each other."""

import json
import shutil

import keras
import numpy as np
import pytest

import mm_keras as mm
from mm_keras.cli.main import main
from mm_keras.generator import Generator
from mm_keras.retrieval import CCA
from mm_keras.saving import folder, get_untrusted_types
from mm_keras.saving.kinds import CLASSIFIER, KINDS, kind_of

RANDOM = np.random.default_rng(0)
DATA = {
    "text": [" ".join(RANDOM.choice(["storm", "rain", "goal", "team"], 3)) for _ in range(8)],
    "image": RANDOM.integers(0, 256, (8, 5, 5), dtype=np.uint8),
}
CLASSES = {"classifier": mm.Classifier, "retriever": mm.Retriever, "generator": Generator}


@pytest.fixture(scope="module")
def objects():
    keras.utils.set_random_seed(0)
    features = mm.Features(text=mm.text.TFIDF(), image=mm.image.Pixels()).fit(DATA)
    target = mm.text.Sequence(3, padding="post", truncating="post").fit(DATA["text"])
    ids = mm.fusion.TokenIds(3, num_ids=target.num_ids_)
    network = mm.fusion.feature_level_model(features.shapes, 2, head="linear")
    decoder = mm.fusion.encoder_decoder_model(features.shapes, ids, width=4, units=4)
    return {
        "classifier": mm.Classifier(features, network, ["weather", "sports"]),
        "retriever": mm.Retriever(features, CCA(3).fit(features.transform(DATA))).index(DATA),
        "generator": Generator(features, decoder, target),
    }


@pytest.fixture(scope="module")
def folders(objects, tmp_path_factory):
    path = tmp_path_factory.mktemp("kinds")
    for name, item in objects.items():
        item.save(path / name)
    return path


@pytest.mark.parametrize("name", CLASSES)
@pytest.mark.parametrize("other", CLASSES)
def test_a_folder_is_loaded_as_what_it_is_and_as_nothing_else(folders, name, other):
    path = folders / other
    if name == other:
        assert type(CLASSES[name].load(path)) is CLASSES[name]
        assert get_untrusted_types(path) == []
        assert kind_of(path).name == name
        return
    with pytest.raises(ValueError) as error:
        CLASSES[name].load(path)
    assert f"{path} is not a saved {name} but a saved {other}. " in str(error.value)
    assert f"Use {other.capitalize()}.load, or `" in str(error.value)


@pytest.mark.parametrize("name", CLASSES)
def test_what_is_missing_or_something_else_is_named(folders, name, tmp_path):
    load = CLASSES[name].load
    with pytest.raises(FileNotFoundError, match=f"No saved {name} at "):
        load(tmp_path / "none")
    with pytest.raises(ValueError, match=f"is not a saved {name}: it has no {name}.json"):
        load(tmp_path)
    assert kind_of(tmp_path) is None
    with pytest.raises(TypeError, match="must be a list"):
        load(folders / name, trusted="os:system")


@pytest.mark.parametrize("name", CLASSES)
@pytest.mark.parametrize("other", CLASSES)
def test_only_a_folder_of_the_same_kind_is_replaced(objects, folders, name, other, tmp_path):
    path = shutil.copytree(folders / other, tmp_path / "saved")
    if name == other:
        objects[name].save(path)
        CLASSES[name].load(path)
        return
    before = {file.name: file.read_bytes() for file in path.iterdir()}
    with pytest.raises(FileExistsError, match=f"exists and is not a saved {name}. Choose another"):
        objects[name].save(path)
    assert {file.name: file.read_bytes() for file in path.iterdir()} == before
    assert [item.name for item in tmp_path.iterdir()] == ["saved"]


def test_a_renamed_manifest_is_of_no_other_kind(folders, tmp_path):
    for number, kind in enumerate(KINDS):
        other = KINDS[number - 1]
        path = shutil.copytree(folders / kind.name, tmp_path / kind.name)
        (path / kind.manifest).rename(path / other.manifest)
        with pytest.raises(ValueError, match=f"holds 'mm_keras {kind.name}' version"):
            CLASSES[other.name].load(path)


def test_the_manifest_of_a_classifier_is_as_before(folders):
    """Its entries, their order and the names of the files, which version 0.1 also reads."""
    manifest = json.loads((folders / "classifier" / "classifier.json").read_text("utf-8"))
    assert list(manifest) == (
        "format version class_names threshold scale modalities made_with sha256 digest".split()
    )
    assert (manifest["format"], manifest["version"]) == ("mm_keras classifier", 2)
    assert list(manifest["sha256"]) == ["arrays.npz", "model.keras"]
    assert folder.read_manifest(folders / "classifier", CLASSIFIER) == manifest


@pytest.mark.parametrize("command", ["predict", "export"])
@pytest.mark.parametrize(
    "name, commands", [("retriever", ["search"]), ("generator", ["translate", "caption"])]
)
def test_commands_for_classifiers_name_the_right_command(folders, capsys, command, name, commands):
    text = ["--text", "rain"] if command == "predict" else []
    assert main([command, str(folders / name), *text]) == 2
    message = capsys.readouterr().err
    assert f"is not a saved classifier but a saved {name}." in message
    for other in commands:
        assert f"`{other} {folders / name}`" in message

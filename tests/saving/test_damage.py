"""Damage to a saved classifier ends in one sentence; files cannot grow when they are read."""

import errno
import io
import json
import shutil
import zipfile

import h5py
import keras
import numpy as np
import pytest

import mm_keras as mm
from mm_keras.saving import arrays, folder, network
from mm_keras.saving.arrays import read_arrays
from mm_keras.saving.weights import check_weights
from tests.saving.doctored import change_manifest, change_network, manifest_of, sign

DATA = {"text": ["storm and rain", "goal and goal"], "image": [np.eye(4, dtype=np.uint8)] * 2}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    keras.utils.set_random_seed(0)
    features = mm.Features(text=mm.text.TFIDF(), image=mm.image.Pixels()).fit(DATA)
    model = mm.fusion.feature_level_model(features.shapes, 2, head="linear")
    path = tmp_path_factory.mktemp("whole") / "saved"
    mm.Classifier(features, model, ["weather", "sports"]).save(path)
    return path


@pytest.fixture
def saved(whole, tmp_path):
    return shutil.copytree(whole, tmp_path / "saved")


def refused(path, message):
    with pytest.raises(ValueError, match=message) as error:
        mm.Classifier.load(path)
    assert "\n" not in str(error.value)


def test_every_single_bit_of_the_manifest_counts(tmp_path):
    saved, file = tmp_path, tmp_path / "classifier.json"
    for name in folder.FILES:
        (saved / name).write_bytes(b"content")
    sign(saved, {"class_names": ["Wetter", "Fußball"], "threshold": 0.25, "modalities": {}})
    content = file.read_bytes()
    folder.read_manifest(saved)
    for position in range(len(content)):
        for bit in range(8):
            changed = bytearray(content)
            changed[position] ^= 1 << bit
            file.write_bytes(changed)
            with pytest.raises(ValueError, match="classifier.json"):
                folder.read_manifest(saved)


@pytest.mark.parametrize("name", ["classifier.json", "arrays.npz", "model.keras"])
def test_what_is_damaged_is_named_with_what_to_do(saved, name):
    file = saved / name
    content = file.read_bytes()
    for changed in (b"", content[:-1], content + b"\0", content[::-1], b"\xff" * 100):
        file.write_bytes(changed)
        refused(saved, f"{name} is damaged.*Copy the folder again")
    file.unlink()
    refused(saved, f"{name}")


def test_digests_of_another_classifier_do_not_match(saved, whole, tmp_path):
    other = shutil.copytree(whole, tmp_path / "other")
    change_manifest(other, lambda manifest: manifest.update(class_names=["sports", "weather"]))
    assert mm.Classifier.load(other).class_names == ("sports", "weather")
    text = (saved / "classifier.json").read_text()
    (saved / "classifier.json").write_text(text.replace("weather", "Weather"))
    refused(saved, "classifier.json is damaged: its digest")


NESTED = "value"
for _ in range(200):
    NESTED = [NESTED]


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {"!": "array"},
        {"!": "array", "key": "a999"},
        {"!": "array", "key": []},
        {"!": ["array"]},
        {"!": "estimator", "is": 5},
        {"!": "estimator", "is": [1, 2, 3, 4, 5]},
        {"!": "estimator", "is": ["mm_keras.text:TFIDF", ["__class__"], [1], [], []]},
        {"!": "estimator", "is": ["mm_keras.text:TFIDF", ["norm", "norm"], [None, "l2"], [], []]},
        {"!": "dict", "is": [[[1]], [2]]},
        {"!": "csr", "is": [[1.0], [5], [0, 1], [1, 2]]},
        {"!": "slice", "is": [1, 2, 3, 4]},
        {"!": "dtype", "is": "O" * 1000},
        {"!": "type", "is": "V99"},
        {"!": "random_state", "is": []},
        {"!": "score", "is": "os.system"},
        {"!": "ufunc", "is": "load"},
        {"!": "objects", "is": 10**9},
        NESTED,
    ],
    ids=str,
)
def test_damaged_values_end_in_one_sentence(saved, value):
    change_manifest(saved, lambda manifest: manifest["modalities"]["text"].update(extractor=value))
    refused(saved, "classifier.json is damaged: .*Copy the folder again")


@pytest.mark.parametrize("content", [b"", b"PK", b"{}", b"\x89HDF\r\n\x1a\n" + bytes(500)])
def test_damaged_weights_and_arrays_end_in_one_sentence(saved, content):
    change_network(saved, weights=content or b"\0")
    refused(saved, "model.keras is damaged")
    (saved / "arrays.npz").write_bytes(content)
    sign(saved, manifest_of(saved))
    refused(saved, "arrays.npz is damaged")


@pytest.mark.parametrize(
    "error", [MemoryError(), OSError(errno.EMFILE, "Too many open files", "x"), OSError(5, "I/O")]
)
def test_an_error_of_the_machine_is_not_called_damage(saved, monkeypatch, error):
    def failing(*arguments):
        raise error

    monkeypatch.setattr(arrays, "_array", failing)
    with pytest.raises(type(error)) as raised:
        mm.Classifier.load(saved)
    assert raised.value is error


class ResourceExhaustedError(Exception):
    """TensorFlow has one of this name."""


@pytest.mark.parametrize(
    "error", [ResourceExhaustedError("OOM"), RuntimeError("can't start new thread")]
)
def test_a_machine_without_memory_is_not_called_damage(saved, monkeypatch, error):
    def failing(*arguments):
        raise error

    monkeypatch.setattr(network, "_check_shapes", failing)
    with pytest.raises(MemoryError, match="not enough memory to load .*model.keras"):
        mm.Classifier.load(saved)


# --- Sizes


@pytest.mark.parametrize("names", [["a", "a"], ["", "b"], [" ", "b"]])
def test_class_names_that_are_empty_or_repeat_are_refused(saved, names):
    change_manifest(saved, lambda manifest: manifest.update(class_names=names))
    refused(saved, "classifier.json is damaged: A class name is empty or occurs twice")


def test_a_classifier_with_an_empty_class_name_is_not_saved(saved, tmp_path):
    classifier = mm.Classifier.load(saved)
    other = mm.Classifier(classifier.features, classifier.model, ["", "b"])
    with pytest.raises(ValueError, match="empty or occurs twice: ''"):
        other.save(tmp_path / "other")
    assert not (tmp_path / "other").exists()


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize(
    "header", [b"-" * 9000 + b"1", b"~" * 9000 + b"1", b"(" * 9000, b"-" * 900 + b"1", b"[" * 900]
)
def test_a_header_that_the_parser_cannot_read_is_damage(saved, header, version):
    length = len(header).to_bytes(2 * version, "little")
    content = b"\x93NUMPY" + bytes([version, 0]) + length + header
    with zipfile.ZipFile(saved / "arrays.npz") as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    write_npz(saved / "arrays.npz", {**members, "a0.npy": content})
    sign(saved, manifest_of(saved))
    refused(saved, "arrays.npz is damaged: ")


def test_a_damaged_file_is_named_once(saved):
    write_npz(saved / "arrays.npz", {"a0.npy": b"no array"})
    sign(saved, manifest_of(saved))
    with pytest.raises(ValueError, match="arrays.npz is damaged: ") as error:
        mm.Classifier.load(saved)
    assert str(error.value).count("is damaged:") == str(error.value).count("Copy the folder") == 1


def npy(shape, data=b"", descr="<f4"):
    stream = io.BytesIO()
    header = {"descr": descr, "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(stream, header)
    return stream.getvalue() + data


def write_npz(path, members, method=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def test_arrays_are_read_as_numpy_reads_them(tmp_path):
    random = np.random.default_rng(0)
    written = {
        "a0": random.random((3, 4)),
        "a1": np.asfortranarray(random.random((3, 4))),
        "a2": np.array(["storm", "é"]),
        "a3": np.float32(3),
        "a4": np.zeros((0, 5)),
        "a5": np.arange(5, dtype=">i2"),
    }
    np.savez(tmp_path / "arrays.npz", **written)
    back = read_arrays(tmp_path / "arrays.npz")
    with np.load(tmp_path / "arrays.npz", allow_pickle=False) as expected:
        assert list(back) == list(expected)
        for name, array in back.items():
            assert (array == expected[name]).all() and array.shape == expected[name].shape
            assert array.dtype == expected[name].dtype.newbyteorder("=")
            assert array.flags.writeable and array.flags.fnc == expected[name].flags.fnc


@pytest.mark.parametrize(
    "members, method",
    [
        ({"a0.npy": npy((1000,), bytes(4000))}, zipfile.ZIP_DEFLATED),
        ({"a0.npy": npy((10**9,))}, zipfile.ZIP_STORED),
        ({"a0.npy": npy((2**62, 4))}, zipfile.ZIP_STORED),
        ({"a0.npy": npy((-1,))}, zipfile.ZIP_STORED),
        ({"a0.npy": npy((1,), bytes(8), "|O")}, zipfile.ZIP_STORED),
        ({"a0.npy": npy((1,), bytes(8), [("x", "<f4", 2)])}, zipfile.ZIP_STORED),
        ({"../a0.npy": npy((1,), bytes(4))}, zipfile.ZIP_STORED),
        ({"/tmp/a0.npy": npy((1,), bytes(4))}, zipfile.ZIP_STORED),
        ({"a0": npy((1,), bytes(4))}, zipfile.ZIP_STORED),
        ({"code.py": b"x"}, zipfile.ZIP_STORED),
        ({"a0.npy": b"\x80\x04N."}, zipfile.ZIP_STORED),
    ],
    ids=str,
)
def test_arrays_cannot_be_larger_than_their_file(saved, members, method):
    write_npz(saved / "arrays.npz", members, method)
    sign(saved, manifest_of(saved))
    refused(saved, "arrays.npz is damaged")


def test_members_cannot_share_their_bytes(saved):
    """Overlapping members: a directory of many entries that all point at the same data."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("a0.npy", npy((10_000,), bytes(40_000)))
        info = archive.infolist()[0]
        for number in range(1, 100):
            copy = zipfile.ZipInfo(f"a{number}.npy")
            copy.CRC, copy.file_size, copy.compress_size = info.CRC, info.file_size, info.file_size
            copy.header_offset = info.header_offset
            archive.filelist.append(copy)
            archive.NameToInfo[copy.filename] = copy
    (saved / "arrays.npz").write_bytes(content.getvalue())
    sign(saved, manifest_of(saved))
    refused(saved, "larger than the file")


def hdf5(write):
    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        write(file)
    return content.getvalue()


def shared_bytes(file):
    file["a"] = np.zeros(100)
    file["b"] = file["a"]


def itself(file):
    file.create_group("a")["b"] = file["/"]


@pytest.mark.parametrize(
    "write",
    [
        lambda file: file.create_dataset("a", (10**9,), "f4"),
        lambda file: file.create_dataset("a", (10**6,), "f4", compression="gzip"),
        lambda file: file.create_dataset("a", (10**6,), "f4", chunks=(10,)),
        lambda file: file.create_dataset("a", (10,), "f4", external=[("/etc/passwd", 0, 40)]),
        lambda file: file.create_dataset("a", data=["text"], dtype=h5py.string_dtype()),
        lambda file: file.__setitem__("a", h5py.ExternalLink("/tmp/other.h5", "/x")),
        lambda file: file.__setitem__("a", h5py.SoftLink("/b")),
        shared_bytes,
        itself,
    ],
)
def test_weights_cannot_be_larger_than_their_file_or_elsewhere(saved, write):
    content = hdf5(write)
    with pytest.raises(ValueError, match="the weights"):
        check_weights(content)
    change_network(saved, weights=content)
    refused(saved, "model.keras is damaged: the weights")


@pytest.mark.parametrize(
    "layer, change",
    [
        ("Dense", {"units": 2_000_000_000}),
        ("Dense", {"units": 3}),
        ("InputLayer", {"batch_shape": [None, 2_000_000_000]}),
        ("InputLayer", {"batch_shape": [2_000_000_000, 4]}),
        ("InputLayer", {"batch_shape": "x"}),
    ],
)
def test_a_network_fits_its_weights_before_anything_is_allocated(saved, layer, change):
    def edit(config):
        layers = config["config"]["layers"]
        next(item for item in layers if item["class_name"] == layer)["config"].update(change)

    change_network(saved, edit)
    refused(saved, "model.keras is damaged|classifier.json is damaged")


@pytest.mark.parametrize(
    "layer",
    [
        keras.layers.RepeatVector(10**8),
        keras.layers.ZeroPadding1D(10**9),
        keras.layers.UpSampling1D(10**9),
    ],
)
def test_outputs_of_a_layer_are_limited(saved, tmp_path, layer):
    features = mm.Features(text=mm.text.TFIDF()).fit(DATA)
    inputs = {"text": keras.Input(features.shapes["text"], name="text")}
    rows = inputs["text"]
    if not isinstance(layer, keras.layers.RepeatVector):
        rows = keras.layers.Reshape((-1, 1))(rows)
    outputs = keras.layers.Dense(2, "softmax")(keras.layers.GlobalMaxPooling1D()(layer(rows)))
    classifier = mm.Classifier(features, keras.Model(inputs, outputs), ["a", "b"])
    classifier.save(tmp_path / "large")
    refused(tmp_path / "large", "has outputs of shape")


def test_a_folder_stays_readable_for_humans(saved):
    text = (saved / "classifier.json").read_text("utf-8")
    assert json.loads(text)["version"] == 2 and text.endswith('"\n}\n')

"""Streams: batches from files equal the arrays in memory, also in training."""

import sys

import keras
import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.base import clone

import mm_keras as mm
from mm_keras.datasets import make_newsroom
from mm_keras.features import features as features_module
from mm_keras.features.row_files import RowFile
from mm_keras.features.scaling import BlockScaler, Moments
from mm_keras.utils.messages import DataWarning


@pytest.fixture
def small_chunks(monkeypatch):
    monkeypatch.setattr(features_module, "CHUNK", 256)


@pytest.fixture(scope="module")
def data():
    return make_newsroom(700, seed=3)


EXTRACTORS = {
    "sparse and vector": {"text": mm.text.TFIDF(), "image": mm.image.HOG()},
    "ids and grid": {
        "text": mm.text.Sequence(length=6),
        "image": mm.image.HOG(feature_vector=False, cells_per_block=(1, 1)),
    },
    "planes": {"text": mm.text.TextPlane((4, 8)), "image": mm.image.Pixels(size=16)},
    "topics": {
        "text": mm.text.TextPlane((2, 8), encoding="topics"),
        "image": mm.image.Pixels(size=8),
    },
}


@pytest.mark.parametrize("scale", ["auto", "standardize", "normalize", None])
@pytest.mark.parametrize("extractors", EXTRACTORS.values(), ids=EXTRACTORS)
def test_a_stream_equals_the_arrays_bit_for_bit(tmp_path, small_chunks, data, extractors, scale):
    whole, streamed = (
        mm.Features(scale=scale, **{name: clone(one) for name, one in extractors.items()})
        for _ in range(2)
    )
    arrays = whole.fit_transform(data)
    stream = streamed.fit_stream(data, tmp_path / "train", batch_size=99, shuffle=False)
    assert streamed.shapes == whole.shapes and len(stream) == 8
    for start, (batch, labels) in zip(range(0, 700, 99), (stream[i] for i in range(8))):
        np.testing.assert_array_equal(labels, data.labels[start : start + 99])
        for name in arrays:
            assert batch[name].dtype == arrays[name].dtype
            np.testing.assert_array_equal(batch[name], arrays[name][start : start + 99])
    some = [699, 3, 3, 256]
    for name, array in streamed.stream(data, tmp_path / "again").arrays(some).items():
        np.testing.assert_array_equal(array, arrays[name][some])


def test_missing_and_bad_samples_are_treated_as_in_memory(tmp_path, small_chunks, data):
    texts, images = list(data["text"]), list(data["image"])
    texts[:300] = [None] * 300
    texts[650], images[5], images[600] = "  ", None, "absent.png"
    gaps = {"text": texts, "image": images}
    whole, streamed = (
        mm.Features(text=mm.text.TFIDF(), image=mm.image.HOG(size=64)) for _ in range(2)
    )
    with pytest.warns(DataWarning) as in_memory:
        arrays = whole.fit_transform(gaps)
    with pytest.warns(DataWarning) as in_chunks:
        stream = streamed.fit_stream(gaps, tmp_path / "train", shuffle=False)
    assert [str(w.message) for w in in_chunks] == [
        str(w.message) for w in in_memory
    ] and "row 650" in str(in_memory[0].message)
    for name, array in stream.arrays(np.arange(700)).items():
        np.testing.assert_allclose(array, arrays[name], rtol=1e-6, atol=1e-6)
    assert isinstance(stream[0], dict)  # no labels, no targets


def test_a_model_learns_from_a_stream_what_it_learns_from_arrays(tmp_path, data):
    features = mm.Features(text=mm.text.TFIDF(), image=mm.image.HOG())
    stream = features.fit_stream(data, tmp_path / "train", shuffle=False)
    losses = []
    for samples in ((stream,), (features.transform(data), data.labels)):
        keras.utils.set_random_seed(0)
        model = mm.fusion.feature_level_model(features.shapes, data.num_classes, head="linear")
        model.compile(
            optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"]
        )
        batch_size = None if len(samples) == 1 else 64
        losses.append(
            model.fit(*samples, epochs=3, batch_size=batch_size, shuffle=False, verbose=0).history[
                "loss"
            ]
        )
    np.testing.assert_allclose(losses[0], losses[1], rtol=1e-4)
    assert losses[0][-1] < losses[0][0]
    unseen = features.stream(
        {name: data[name][:100] for name in ("text", "image")}, tmp_path / "unseen"
    )
    arrays = features.transform(data[np.arange(100)])
    np.testing.assert_allclose(
        model.predict(unseen, verbose=0), model.predict(arrays, verbose=0), atol=1e-6
    )


def pixels_model(cls=keras.Model, num_classes=None):
    """A model of 8 x 8 images that returns them flat, or logits of so many classes."""
    image = keras.Input((8, 8, 1), name="image")
    outputs = keras.layers.Flatten()(image)
    if num_classes:
        outputs = keras.layers.Dense(num_classes)(outputs)
    return cls({"image": image}, outputs)


@pytest.mark.parametrize("workers", [1, 2])
def test_predict_on_a_shuffled_stream_keeps_the_order_of_the_samples(tmp_path, data, workers):
    features = mm.Features(image=mm.image.Pixels(size=8))
    stream = features.fit_stream(data, tmp_path / "train", batch_size=99)
    stream.workers = workers
    expected = features.transform(data)["image"].reshape(700, -1)
    model, trained = pixels_model(), pixels_model(num_classes=data.num_classes)
    trained.compile(loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    np.testing.assert_array_equal(model.predict(stream, verbose=0), expected)
    for use in (trained.fit, trained.evaluate, model.predict):
        use(stream, verbose=0)
        np.testing.assert_array_equal(model.predict(stream, verbose=0), expected)
    first, _ = stream.split(0.25, seed=1)
    np.testing.assert_array_equal(model.predict(first, verbose=0), expected[first.rows])


def test_fit_shuffles_a_stream_in_every_epoch(tmp_path, data):
    orders = []

    class Spy(keras.Model):
        def train_step(self, batch):
            orders.append(np.asarray(batch[1]).tolist())
            return {"loss": 0.0}

    stream = mm.Features(image=mm.image.Pixels(size=8)).fit_stream(
        data, tmp_path / "train", targets=np.arange(700), batch_size=700
    )
    model = pixels_model(Spy)
    model.compile(run_eagerly=True)
    model.fit(stream, epochs=2, verbose=0)
    model.fit(stream, epochs=1, verbose=0)
    # Keras ends an epoch before the first one, too.
    for epoch, order in zip((1, 2, 4), orders, strict=True):
        assert order == np.random.default_rng([0, epoch]).permutation(700).tolist()


def test_shuffling_and_splitting_cover_every_sample_once(tmp_path, data):
    stream = mm.Features(text=mm.text.BagOfWords()).fit_stream(
        data, tmp_path / "train", targets=np.arange(700), batch_size=64
    )
    first = np.concatenate([stream[i][1] for i in range(len(stream))])
    stream.on_epoch_end()
    second = np.concatenate([stream[i][1] for i in range(len(stream))])
    assert (
        sorted(first) == sorted(second) == list(range(700))
        and (first != second).any()
        and (first != np.arange(700)).any()
    )
    train, test = stream.split(0.25, seed=1)
    parts = [np.concatenate([part[i][1] for i in range(len(part))]) for part in (train, test)]
    assert (
        len(parts[1]) == 175
        and sorted(np.concatenate(parts)) == list(range(700))
        and (np.diff(parts[1]) > 0).all()
    )


def test_progress_counts_all_images_and_not_those_of_a_chunk(
    tmp_path, small_chunks, data, monkeypatch, capsys
):
    monkeypatch.setattr(
        "mm_keras.utils.progress.time.monotonic", iter(range(0, 10_000, 10)).__next__
    )
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    mm.Features(image=mm.image.HOG()).fit_stream({"image": data["image"]}, tmp_path / "train")
    output = capsys.readouterr().err
    assert all(f" {first}/700" in output for first in (0, 256, 512)), output


@pytest.mark.parametrize("progress, lines", [(None, 0), (False, 0), (True, 6)])
def test_elsewhere_progress_is_a_line_now_and_then_if_it_is_wanted(
    tmp_path, small_chunks, data, monkeypatch, capsys, progress, lines
):
    monkeypatch.setattr(
        "mm_keras.utils.progress.time.monotonic", iter(range(0, 10_000, 11)).__next__
    )
    samples = {name: data[name] for name in ("text", "image")}
    features = mm.Features(text=mm.text.TFIDF(), image=mm.image.HOG())
    features.fit_stream(samples, tmp_path / "train", progress=progress)
    printed = capsys.readouterr().err.splitlines()
    expected = [f"{noun} {n}/700" for noun in ("texts", "images") for n in (0, 256, 512)]
    assert list(dict.fromkeys(printed)) == expected[:lines]


def test_texts_on_disk(tmp_path, small_chunks, data):
    texts = mm.datasets.TextFile.write(tmp_path / "texts", data["text"])
    on_disk = mm.datasets.MultimodalData({"text": texts}, data.labels, data.class_names)
    assert on_disk["text"] is texts
    stream = mm.Features(text=mm.text.TFIDF()).fit_stream(
        on_disk, tmp_path / "train", shuffle=False
    )
    whole = mm.Features(text=mm.text.TFIDF()).fit_transform(data)["text"]
    np.testing.assert_array_equal(stream.arrays(np.arange(700))["text"], whole)


def test_folders_are_not_overwritten_and_old_streams_do_not_read_new_files(tmp_path, data):
    features = mm.Features(image=mm.image.Pixels(size=8))
    stream = features.fit_stream(data, tmp_path / "train")
    features.fit_stream(data, tmp_path / "train")
    with pytest.raises(FileNotFoundError):
        stream[0]
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("keep me")
    with pytest.raises(FileExistsError, match="does not hold a stream"):
        features.fit_stream(data, tmp_path / "mine")
    with pytest.raises(ValueError, match="same number of samples.* 2 targets"):
        features.fit_stream(data, tmp_path / "other", targets=[1, 2])


def test_row_files_by_hand(tmp_path):
    blocks = [
        np.zeros((2, 3), np.float32),
        csr_matrix(np.array([[0, 5, 0], [1, 0, 2]], np.float32)),
        np.zeros((1, 3), np.float32),
    ]
    file = RowFile(tmp_path / "text").write(blocks)
    assert file.shape == (5, 3) and file.sparse
    assert file.read([3, 0, 2, 3]).toarray().tolist() == [
        [1, 0, 2],
        [0, 0, 0],
        [0, 5, 0],
        [1, 0, 2],
    ]
    assert file.read([0, 4]).toarray().tolist() == [[0, 0, 0]] * 2 and file.read([]).shape == (0, 3)
    with pytest.raises(ZeroDivisionError):
        RowFile(tmp_path / "half").write(
            np.full((1, 2), 1 / number, np.float32) for number in (1, 2, 0)
        )
    assert not (tmp_path / "half.rows").exists()


@pytest.mark.parametrize("suffix", ["rows", "values", "columns"])
@pytest.mark.parametrize("damage", [lambda b: b[:-8], lambda b: b"", lambda b: b[4:] + b[:4]])
def test_a_damaged_row_is_refused_and_the_others_are_read(tmp_path, suffix, damage):
    rows = np.arange(1, 1001, dtype=np.float32).reshape(100, 10)
    blocks = [rows] if suffix == "rows" else [csr_matrix(rows)]
    file = RowFile(tmp_path / "text").write(blocks)
    path = tmp_path / f"text.{suffix}"
    content = path.read_bytes()
    path.write_bytes(damage(content))
    with pytest.raises(ValueError, match="text in .* is damaged: row 99 .*Write the stream again"):
        file.read([99])
    path.write_bytes(content[:40] + damage(content[40:]))
    read = file.read([0])
    np.testing.assert_array_equal(read if suffix == "rows" else read.toarray(), rows[:1])


def test_training_on_a_damaged_stream_ends_with_its_message(tmp_path, data):
    stream = mm.Features(image=mm.image.Pixels(size=8)).fit_stream(data, tmp_path / "train")
    path = next((tmp_path / "train").glob("*.rows"))
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(Exception, match="is damaged: row 699 is not what was written"):
        pixels_model().predict(stream, verbose=0)


def test_a_folder_with_another_stream_json_keeps_its_files(tmp_path, data):
    features = mm.Features(image=mm.image.Pixels(size=8))
    for content in ("{}", "[]", "nothing", '{"format": "another"}'):
        (tmp_path / "stream.json").write_text(content)
        (tmp_path / "results.rows").write_text("keep me")
        with pytest.raises(FileExistsError, match="does not hold a stream"):
            features.fit_stream(data, tmp_path)
    (tmp_path / "stream.json").unlink()
    (tmp_path / "results.rows").unlink()
    features.fit_stream(data, tmp_path)
    (tmp_path / "results.rows").write_text("keep me")
    features.fit_stream(data, tmp_path)
    assert (tmp_path / "results.rows").read_text() == "keep me"
    assert len(list(tmp_path.glob("*.rows"))) == 2


def test_no_name_of_a_modality_leads_out_of_the_folder(tmp_path, data):
    features = mm.Features(**{name: mm.image.Pixels(size=8) for name in ("../a", "a/b", "..")})
    images = {name: data["image"][:4] for name in features.extractors}
    features.fit_stream(images, tmp_path / "inner" / "train")
    assert [path.name for path in tmp_path.iterdir()] == ["inner"]
    assert len(list((tmp_path / "inner" / "train").glob("*.rows"))) == 3


def test_moments_of_slices_are_those_of_the_whole():
    rng = np.random.default_rng(0)
    block = (1000 + rng.random((1000, 5))).astype(np.float32)
    block[::7] = 0  # missing
    present = block[block.any(axis=1)].astype(np.float64)
    sparse = csr_matrix(block)
    for rows in (block, sparse):
        cut = Moments().add(rows[:512]).add(rows[512:])
        np.testing.assert_allclose(cut.mean, present.mean(axis=0), rtol=1e-12)
        np.testing.assert_allclose(cut.variance, present.var(axis=0), rtol=1e-6)
        np.testing.assert_array_equal(cut.variance, Moments().add(rows).variance)
    assert (
        BlockScaler()
        .fit(np.zeros((3, 2), np.float32))
        .transform(np.zeros((3, 2), np.float32))
        .tolist()
        == [[0, 0]] * 3
    )

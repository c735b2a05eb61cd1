"""Training in several processes gives the same result as training in a single process."""

import json
import os
import subprocess
import sys

import keras
import numpy as np
import pytest

from mm_keras import Classifier
from mm_keras.cli.distribute import _free_port
from mm_keras.cli.main import main
from mm_keras.datasets import make_newsroom
from mm_keras.training.distributed import Shard, process_count, process_index, shard_batches
from tests import ROOT

X = {"text": np.arange(14.0).reshape(7, 2), "image": np.arange(7.0)[:, None, None]}
Y = np.arange(7)
SCRIPT = """
import json, sys
import keras
import mm_keras as mm

keras.utils.set_random_seed(0)
train = mm.datasets.make_newsroom(100, seed=0)
text, image = mm.text.TFIDF(max_features=50), mm.image.HOG(cells_per_block=(1, 1))
features = mm.Features(text=text, image=image)
arrays = features.fit_transform(train)
model = mm.fusion.feature_level_model(features.shapes, train.num_classes, head="dense")
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
batches = mm.training.shard_batches(arrays, train.labels, batch_size=20)
history = model.fit(batches, epochs=3, verbose=0)
index, count = mm.training.distributed.process_index(), mm.training.distributed.process_count()
if index == 0:
    mm.Classifier(features, model, train.class_names).save(f"saved_by_{count}")
    total = float(abs(model.get_weights()[0]).sum())
    print(json.dumps([keras.backend.backend(), count, history.history["loss"], total]))
"""


def labels_of(batches):
    return [batches[number][1].tolist() for number in range(len(batches))]


def test_the_shards_of_all_processes_make_the_batches_of_one():
    whole = shard_batches(X, Y, batch_size=4, seed=3)
    shards = [Shard(shard_batches(X, Y, batch_size=4, seed=3), index, 2) for index in range(2)]
    assert (process_index(), process_count()) == (0, 1)
    for _ in range(2):
        assert sorted(sum(labels_of(whole), [])) == list(range(7))
        joined = [sum(batch, []) for batch in zip(*map(labels_of, shards))]
        # The last batch has 3 samples for 2 processes: one is left out.
        assert joined == [labels_of(whole)[0], labels_of(whole)[1][:2]]
        first, _ = shards[1][0]
        np.testing.assert_array_equal(first["text"][:, 0] / 2, labels_of(shards[1])[0])
        before = labels_of(whole)
        for batches in (whole, *shards):
            batches.on_epoch_end()
        assert labels_of(whole) != before


def test_a_last_batch_with_too_few_samples_is_left_out_and_too_small_batches_are_refused():
    assert labels_of(Shard(shard_batches(X, Y, batch_size=6, shuffle=False), 1, 2)) == [[3, 4, 5]]
    with pytest.raises(ValueError, match="each of the 3 processes. Received batches of 2"):
        Shard(shard_batches(X, Y, batch_size=2), 0, 3)


def test_the_environment_determines_the_shard(monkeypatch):
    monkeypatch.setenv("KERAS_DISTRIBUTION_PROCESS_ID", "1")
    monkeypatch.setenv("KERAS_DISTRIBUTION_NUM_PROCESSES", "2")
    assert (process_index(), process_count()) == (1, 2)
    with pytest.raises(ValueError, match="process 1 of 2, but it is not connected"):
        shard_batches(X, Y)
    monkeypatch.setattr(keras.distribution, "distribution", lambda: "connected")
    assert labels_of(shard_batches(X, Y, batch_size=4, shuffle=False)) == [[2, 3], [5]]


def test_errors_name_the_missing_package(capsys, monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "jax", None)
    script = tmp_path / "train.py"
    assert main(["distribute", str(script)]) == 2
    assert f"There is no script {script}" in capsys.readouterr().err
    script.touch()
    assert main(["distribute", str(script)]) == 2
    assert 'pip install "jax' in capsys.readouterr().err


def distribute(folder, processes):
    (folder / "train.py").write_text(SCRIPT)
    return subprocess.run(
        [sys.executable, "-m", "mm_keras", "distribute", "--processes", str(processes), "train.py"],
        cwd=folder,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        timeout=300,
    )


def test_two_processes_learn_the_same_as_one(tmp_path):
    pytest.importorskip("jax")
    results = [distribute(tmp_path, processes) for processes in (1, 2)]
    assert [result.returncode for result in results] == [0, 0], results[1].stderr[-3000:]
    one, two = (json.loads(result.stdout.splitlines()[-1]) for result in results)
    assert one[:2] == ["jax", 1] and two[:2] == ["jax", 2]
    np.testing.assert_allclose(two[2], one[2], rtol=1e-4)
    np.testing.assert_allclose(two[3], one[3], rtol=1e-4)
    assert two[2][-1] < two[2][0]
    test = make_newsroom(10, seed=1)
    probabilities = [  # here on TensorFlow
        Classifier.load(tmp_path / f"saved_by_{count}").predict_proba(test) for count in (1, 2)
    ]
    np.testing.assert_allclose(*probabilities, atol=1e-4)


def test_one_failing_process_ends_the_others(tmp_path):
    pytest.importorskip("jax")
    (tmp_path / "fails.py").write_text(
        "import mm_keras.training.distributed, time\n"
        "if mm_keras.training.distributed.process_index() == 1: raise SystemExit(7)\n"
        "time.sleep(600)"
    )
    result = subprocess.run(
        [sys.executable, "-m", "mm_keras", "distribute", "fails.py"],
        cwd=tmp_path,
        timeout=120,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert result.returncode == 7


def test_a_process_ends_when_the_command_that_started_it_is_killed():
    child = (
        "import time; from mm_keras.training.distributed import end_with_parent; "
        "end_with_parent(0.05); print('here', flush=True); time.sleep(100)"
    )
    command = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    with subprocess.Popen(
        [sys.executable, "-c", command], stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as parent:
        assert parent.stdout.readline() == "here\n"
        parent.kill()
        # The output ends when the child has ended.
        assert parent.communicate(timeout=60)[0] == ""


SMALL_SCRIPT = """
import sys
import keras
import numpy as np
from mm_keras.training.distributed import process_count, process_index, shard_batches

if process_index() == 1 and "fail" in sys.argv:
    sys.exit(7)
numbers = keras.Input((2,), name="numbers")
model = keras.Model({"numbers": numbers}, keras.layers.Dense(1)(numbers))
model.compile("sgd", "mse")
arrays, targets = {"numbers": np.ones((8, 2), "float32")}, np.ones((8, 1), "float32")
model.fit(shard_batches(arrays, targets, batch_size=4), epochs=1, verbose=0)
print("trained", (process_index(), process_count()))
"""


@pytest.mark.parametrize("ending, codes", [("well", [[0], [0]]), ("fail", [range(1, 256), [7]])])
def test_two_commands_as_on_two_machines_end_together(tmp_path, ending, codes):
    """Each command starts only its own process; they find each other by the address."""
    pytest.importorskip("jax")
    (tmp_path / "train.py").write_text(SMALL_SCRIPT)
    command = [
        sys.executable,
        "-m",
        "mm_keras",
        "distribute",
        "--processes",
        "2",
        "--address",
        f"127.0.0.1:{_free_port()}",
    ]
    options = {
        "cwd": tmp_path,
        "stdout": subprocess.PIPE,
        "text": True,
        "env": {**os.environ, "PYTHONPATH": str(ROOT)},
    }
    processes = [
        subprocess.Popen([*command, "--index", str(index), "train.py", ending], **options)
        for index in range(2)
    ]
    try:
        printed = [process.communicate(timeout=600)[0] for process in processes]
    finally:
        for process in processes:
            process.terminate()
    for index, process in enumerate(processes):
        assert process.returncode in codes[index]
        assert ending == "fail" or f"trained ({index}, 2)" in printed[index]

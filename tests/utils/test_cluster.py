"""Extraction on a Dask cluster: a scheduler and two worker processes, one of which is killed."""

import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

import mm_keras as mm
import tests
from mm_keras.image import HOG, SIFT
from mm_keras.utils import parallel
from mm_keras.utils.parallel import num_workers, use_workers

ROOT = str(tests.ROOT)
IMAGES = np.random.default_rng(0).integers(0, 256, (32, 64, 64), dtype=np.uint8)
TEXTS = [f"storm number {i} at the coast of {i % 7}" for i in range(32)]


@pytest.fixture
def cluster(tmp_path):
    """(address, pids by worker address, client) of a new local cluster."""
    distributed = pytest.importorskip("distributed")
    file = tmp_path / "scheduler.json"
    environment = {**os.environ, "PYTHONPATH": ROOT, "OMP_NUM_THREADS": "1"}

    def start(kind, *arguments):
        return subprocess.Popen(
            [
                sys.executable,
                "-m",
                "dask",
                kind,
                "--scheduler-file",
                file,
                "--no-dashboard",
                *arguments,
            ],
            env=environment,
            cwd=tmp_path,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    started = [start("scheduler", "--host", "127.0.0.1", "--port", "0")]
    started += [
        start("worker", "--host", "127.0.0.1", "--nthreads", "1", "--no-nanny") for _ in range(2)
    ]
    try:
        with distributed.Client(
            scheduler_file=str(file), timeout=60, set_as_default=False
        ) as client:
            client.wait_for_workers(2, timeout=60)
            yield client.scheduler.address, client.run(os.getpid), client
    finally:
        for process in started:
            process.kill()
            process.wait()


def kill_a_busy_worker(client, pids, killed):
    """Kill the first worker that has tasks to process."""
    deadline = time.monotonic() + 60
    while not killed and time.monotonic() < deadline:
        busy = [worker for worker, keys in client.processing().items() if keys]
        if busy:
            os.kill(pids[busy[0]], signal.SIGKILL)
            killed.append(busy[0])
        time.sleep(0.02)


def test_no_features_are_lost_with_a_worker(cluster):
    address, pids, client = cluster
    data = {"text": TEXTS, "image": IMAGES}
    features = mm.Features(text=mm.text.TFIDF(), image=[HOG(), SIFT(num_words=4, dense=None)]).fit(
        data
    )
    expected, killed = features.transform(data), []
    with use_workers(address):
        assert num_workers() == 2
    features.workers = address
    killer = threading.Thread(target=kill_a_busy_worker, args=(client, pids, killed))
    killer.start()
    result = features.transform(data)
    killer.join()
    assert killed and list(client.scheduler_info()["workers"]) == [
        worker for worker in pids if worker != killed[0]
    ]
    for name in expected:
        np.testing.assert_array_equal(result[name], expected[name])


def test_an_address_without_a_scheduler(monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr(parallel, "CONNECT_SECONDS", 0.5)
    with pytest.raises(ValueError, match="no Dask scheduler at 'tcp://127.0.0.1:9'.*dask worker"):
        use_workers("tcp://127.0.0.1:9")


def test_without_dask_the_message_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ImportError, match="pip install .dask"):
        use_workers("tcp://127.0.0.1:8786")

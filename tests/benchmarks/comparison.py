"""`compare`: many trainings in one process, and how its time grows with the number of samples.

The graphs of TensorFlow are reused from training to training, as in the worker processes of
`compare`; the alternative traces each network anew, as before. With --full: 200 trainings, and the
default comparison of 300, 1,500 and all samples of the newsroom.
"""

import sys
import tempfile
from contextlib import nullcontext

from tests.benchmarks._measure import ROOT, Row, in_process, memories

ARCHITECTURES = (
    ("text", None, "dense"),
    ("image", None, "dense"),
    ("feature", "concat", "dense"),
    ("feature", "product", "dense"),
)


def rows(full=False):
    count = 200 if full else 40
    reused, traced = (
        in_process("-m", "tests.benchmarks.comparison", kind, count) for kind in ("reused", "new")
    )
    yield Row(
        f"{count} trainings in one process, graphs reused",
        reused.cpu,
        "each network traced anew",
        traced.cpu,
        memory=memories(reused.memory, traced.memory),
    )
    growth = [float(run.printed.split()[-1]) for run in (reused, traced)]
    yield Row(
        "   growth of its memory after the first 20",
        growth[0],
        "each network traced anew",
        growth[1],
        unit="MB",
    )
    for options in (["--quick"], []) if full else (["--quick"],):
        small, large = (compared(*options, "--limit", n) for n in (300, 1500))
        yield Row(
            " ".join(["compare", *options, "on 300 samples of newsroom"]),
            small.cpu,
            "1,500 samples",
            large.cpu,
            3,
            memories(small.memory, large.memory),
        )
    if full:
        whole = compared()
        yield Row(
            "compare --data newsroom, CPU time",
            whole.cpu,
            f"wall-clock time {whole.wall / 60:.0f} min",
            memory=memories(whole.memory),
        )


def compared(*options):
    with tempfile.TemporaryDirectory() as folder:
        command = ("-m", "mm_keras", "compare", "--data", "newsroom", *options)
        return in_process(*command, "--workers", 2, "--out", folder)


def train(kind, count):
    """Train small networks in turns; prints by how many megabytes the memory has grown."""
    import numpy as np

    from mm_keras.comparison.engine.memory import Cleanup, resident
    from mm_keras.datasets import make_newsroom
    from mm_keras.features.defaults import features_of_kind
    from mm_keras.training.compiled import CompiledModels, reusing_graphs
    from mm_keras.training.networks import train_network

    data = make_newsroom(300, seed=0)
    arrays = features_of_kind(data, "vector", data.modalities).fit_transform(data)
    arrays = {name: np.asarray(array, "float32") for name, array in arrays.items()}
    shapes = {name: array.shape[1:] for name, array in arrays.items()}
    cleanup = Cleanup()
    with reusing_graphs(CompiledModels()) if kind == "reused" else nullcontext():
        for i in range(count):
            level, operator, head = ARCHITECTURES[i % len(ARCHITECTURES)]
            train_network(shapes, arrays, data, level, operator, head, seed=i, epochs=5)
            cleanup()
            if i == 19:
                start = resident()
    print(f"{max(1.0, resident() - start):.0f}")


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    train(sys.argv[1], int(sys.argv[2]))

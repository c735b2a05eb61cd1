"""The article's example from start to result, against bare Keras, scikit-learn and scikit-image.

`bare_article.py` trains the same networks with the same early stopping, but draws no figures and
saves nothing. With --full the command is the one of the README, else it has fewer epochs. In the
row of the training alone, both get the same arrays and only training is timed.
"""

import tempfile
import time

import numpy as np

from tests.benchmarks._measure import Row, in_process, memories


def rows(full=False):
    epochs, rounds = (15, 3) if full else (5, 1)
    command, script = ["-m", "mm_keras"], ["-m", "tests.benchmarks.bare_article"]
    if not full:
        command += ["--epochs", epochs]
        script += [epochs]
    ours, bare = [], []
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(rounds):
            ours.append(in_process(*command, "--out", folder))
            bare.append(in_process(*script))
    cost = [min(run.cpu for run in runs) for runs in (ours, bare)]
    yield Row(
        f"python {' '.join(map(str, command))}, all of it",
        cost[0],
        "bare Keras script, same trainings",
        cost[1],
        1 / 1.1,
        memories(ours[0].memory, bare[0].memory),
    )
    yield from _training(epochs, rounds + 1)


def _training(epochs, rounds):
    """The feature-level network alone, on the same arrays."""
    import keras

    from mm_keras.datasets import make_newsroom
    from mm_keras.training.feature_kinds import default_features
    from mm_keras.training.networks import train_network
    from tests.benchmarks.bare_article import feature_level, trained

    data = make_newsroom(1800, seed=0)
    features = default_features(data)
    arrays = features.fit_transform(data)
    targets = np.eye(data.num_classes, dtype="float32")[data.labels]

    def ours():
        train_network(features.shapes, arrays, data, "feature", "concat", "cnn", epochs=epochs)

    def bare():
        inputs, outputs = feature_level(
            arrays["text"].shape[1], arrays["image"].shape[1:], data.num_classes
        )
        trained(
            inputs,
            outputs,
            keras.optimizers.Adadelta(1.0),
            [arrays["text"], arrays["image"]],
            targets,
            epochs,
            0.15,
        )

    best = {ours: np.inf, bare: np.inf}
    for _ in range(rounds):
        for work in best:
            start = time.process_time()
            work()
            best[work] = min(best[work], time.process_time() - start)
    yield Row(
        f"   its cnn at the feature level, {epochs} epochs",
        best[ours],
        "the same in bare Keras",
        best[bare],
        1 / 1.1,
    )

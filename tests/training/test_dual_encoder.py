"""Training of a dual encoder: repeatable, in its own random state, with progress."""

import numpy as np

from mm_keras import Features
from mm_keras.text import BagOfWords
from mm_keras.training import train_dual_encoder


def test_training_is_repeatable_and_leaves_the_random_state_alone():
    colors = ["red green", "green blue", "blue white", "white black", "black red"] * 60
    features = Features(text=BagOfWords(), image=BagOfWords())
    arrays = features.fit_transform({"text": colors, "image": colors})
    np.random.seed(1)
    expected = np.random.random()
    np.random.seed(1)
    steps = []
    one, two = (
        train_dual_encoder(features, arrays, 2, seed=3, progress=lambda *step: steps.append(step))
        for _ in range(2)
    )
    assert np.random.random() == expected
    assert [step[:3] for step in steps] == [("dual encoder", 1, 2), ("dual encoder", 2, 2)] * 2
    assert steps[1][3]["loss"] < steps[0][3]["loss"]
    for weights, others in zip(one.get_weights(), two.get_weights()):
        np.testing.assert_array_equal(weights, others)
    assert one.optimizer.learning_rate == np.float32(0.002)

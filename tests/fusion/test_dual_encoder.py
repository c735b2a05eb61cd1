"""Dual encoder: the loss by hand, what training finds, missing samples, saved models."""

import keras
import numpy as np
import pytest
from scipy.special import logsumexp

from mm_keras.evaluation.metrics import retrieval_scores
from mm_keras.fusion import TokenIds, dual_encoder_model
from mm_keras.fusion.dual_encoder import InBatchContrast
from mm_keras.saving.network import load_network, save_network

SHAPES = {"text": (12,), "image": (8,)}


def pairs(num_samples=400, seed=0):
    """Pairs of linear maps of four common factors, with noise."""
    maps, rng = np.random.default_rng(99), np.random.default_rng(seed)
    factors = rng.normal(size=(num_samples, 4))
    return {
        name: (
            factors @ maps.normal(size=(4, *shape)) + 0.3 * rng.normal(size=(num_samples, *shape))
        ).astype(np.float32)
        for name, shape in SHAPES.items()
    }


def trained(arrays, epochs=8):
    keras.utils.set_random_seed(0)
    model = dual_encoder_model(SHAPES, width=16)
    model.compile(keras.optimizers.Adam(0.02))
    history = model.fit(arrays, batch_size=100, epochs=epochs, verbose=0)
    return model, history.history["loss"]


@pytest.fixture(scope="module")
def model():
    return trained(pairs())[0]


def unit(rng, shape):
    rows = rng.normal(size=shape)
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def loss_of(x, y, temperature=0.1):
    layer = InBatchContrast(temperature)
    back = layer([x, y])
    assert np.array_equal(back[0], x) and np.array_equal(back[1], y)
    (loss,) = layer.losses
    return float(loss)


def expected_loss(x, y, temperature=0.1):
    logits = x @ y.T / temperature
    own = np.diag(logits)
    both = logsumexp(logits, axis=1) + logsumexp(logits, axis=0)
    return np.mean(both / 2 - own)


def test_the_loss_by_hand():
    x, y = np.eye(2, dtype=np.float32), np.eye(2, dtype=np.float32)[::-1].copy()
    # Partners of similarity 0, all others 1: -log(e^0 / (e^0 + e^(1 / 0.5))).
    assert loss_of(x, y, 0.5) == pytest.approx(np.log(1 + np.exp(2)), rel=1e-6)
    assert loss_of(x, x, 0.5) == pytest.approx(np.log(1 + np.exp(-2)), rel=1e-6)


def test_the_loss_does_not_count_incomplete_pairs():
    rng = np.random.default_rng(0)
    x, y = unit(rng, (7, 5)), unit(rng, (7, 5))
    assert loss_of(x, y) == pytest.approx(expected_loss(x, y), rel=1e-5)
    x[2] = y[4] = 0
    rows = [0, 1, 3, 5, 6]
    assert loss_of(x, y) == pytest.approx(expected_loss(x[rows], y[rows]), rel=1e-5)
    assert loss_of(0 * x, y) == 0


def test_training_finds_partners_of_new_samples(model):
    unseen = pairs(400, seed=1)
    vectors = model.predict(unseen, verbose=0)
    for rows in vectors.values():
        assert rows.shape == (400, 16)
        np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, rtol=1e-5)
    scores = vectors["text"] @ vectors["image"].T
    for similarities in (scores, scores.T):
        assert retrieval_scores(similarities, np.arange(400))["R@10"] > 0.8  # by chance 0.025


def test_training_on_shuffled_pairs_finds_nothing():
    arrays, unseen = pairs(), pairs(1000, seed=1)
    shuffled = {**arrays, "image": arrays["image"][np.random.default_rng(0).permutation(400)]}
    model, losses = trained(shuffled, epochs=4)
    assert losses[-1] < losses[0]
    vectors = model.predict(unseen, verbose=0)
    scores = vectors["text"] @ vectors["image"].T
    assert retrieval_scores(scores, np.arange(1000))["R@10"] < 0.03  # by chance 0.01


def test_a_missing_sample_has_a_zero_vector(model):
    arrays = pairs(5)
    before = model.predict(arrays, verbose=0)
    arrays["text"][2] = 0
    after = model.predict(arrays, verbose=0)
    assert not after["text"][2].any()
    np.testing.assert_array_equal(after["image"], before["image"])


def test_saved_and_loaded_it_gives_the_same_vectors_bit_for_bit(model, tmp_path):
    arrays = pairs(30, seed=2)
    model.save(tmp_path / "one.keras")
    save_network(model, tmp_path / "two.keras")
    for back in (
        keras.saving.load_model(tmp_path / "one.keras"),
        load_network(tmp_path / "two.keras", trusted=()),
    ):
        vectors = back.predict(arrays, verbose=0)
        assert list(vectors) == ["text", "image"]
        for name, rows in model.predict(arrays, verbose=0).items():
            np.testing.assert_array_equal(vectors[name], rows)
        assert back.get_layer("contrast").temperature == 0.1


def test_token_ids_and_grids():
    shapes = {"text": TokenIds(5, num_ids=11), "image": (4, 4, 3)}
    model = dual_encoder_model(shapes, width=6)
    assert model.count_params() == 11 * 64 + 64 * 6 + 48 * 6
    ids = np.array([[3, 4, 0, 0, 0], [0, 3, 0, 4, 0], [0, 0, 0, 0, 0]])
    vectors = model.predict({"text": ids, "image": np.ones((3, 4, 4, 3))}, verbose=0)
    np.testing.assert_allclose(vectors["text"][0], vectors["text"][1], atol=1e-6)
    assert vectors["text"][0].any() and not vectors["text"][2].any()


def test_in_half_precision_vectors_have_unit_length_and_missing_ones_are_zero():
    keras.config.set_dtype_policy("mixed_float16")
    try:
        model = dual_encoder_model(SHAPES)
    finally:
        keras.config.set_dtype_policy("float32")
    arrays = pairs(5)
    arrays["text"][2] = 0
    lengths = np.linalg.norm(model.predict(arrays, verbose=0)["text"], axis=1)
    np.testing.assert_allclose(lengths, [1, 1, 0, 1, 1], atol=1e-5)


@pytest.mark.parametrize("shapes", [{"text": (3,)}, {"text": (3,), "image": (2,), "audio": (2,)}])
def test_other_numbers_of_modalities_are_refused(shapes):
    with pytest.raises(ValueError, match=r"has two modalities.*Received: text \(3,\).*Keep two"):
        dual_encoder_model(shapes)


def test_a_temperature_must_be_positive():
    with pytest.raises(ValueError, match="temperature must be positive. Received: 0"):
        dual_encoder_model(SHAPES, temperature=0)

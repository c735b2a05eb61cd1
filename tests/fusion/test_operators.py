"""Operators against plain NumPy, on arrays of two or three entries with weights set by hand."""

import keras
import numpy as np
import pytest

from mm_keras.fusion import OPERATORS

T = np.array([[1.0, 2.0], [0.0, -1.0]], dtype="float32")  # two samples of two text features
V = np.array([[3.0, -1.0], [0.5, 4.0]], dtype="float32")  # and of two image features
GRID = np.arange(24, dtype="float32").reshape(2, 2, 3, 2)
SEQUENCE = np.arange(12, dtype="float32").reshape(2, 3, 2)


def model_of(operator, *arrays, **options):
    inputs = {
        name: keras.Input(array.shape[1:], name=name)
        for name, array in zip(("text", "image", "audio"), arrays)
    }
    return keras.Model(inputs, OPERATORS[operator](inputs, **options))


def run(model, *arrays):
    return keras.ops.convert_to_numpy(model(dict(zip(("text", "image", "audio"), arrays))))


def set_random(model, seed=0):
    """Random weights everywhere; returns them as a dict, layer name -> list of arrays."""
    rng = np.random.default_rng(seed)
    model.set_weights([rng.normal(size=w.shape).astype("float32") for w in model.get_weights()])
    return {layer.name: layer.get_weights() for layer in model.layers if layer.get_weights()}


def linear(x, weights):
    return x @ weights[0] + (weights[1] if len(weights) > 1 else 0)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def test_concat_joins_features():
    np.testing.assert_array_equal(
        run(model_of("concat", T, V), T, V), [[1, 2, 3, -1], [0, -1, 0.5, 4]]
    )


def test_concat_with_three_modalities():
    out = run(model_of("concat", T, V, T), T, V, T)
    np.testing.assert_array_equal(out, [[1, 2, 3, -1, 1, 2], [0, -1, 0.5, 4, 0, -1]])


def test_concat_repeats_a_vector_over_a_grid():
    out = run(model_of("concat", T, GRID), T, GRID)
    assert out.shape == (2, 2, 3, 4)
    np.testing.assert_array_equal(out[..., 2:], GRID)
    np.testing.assert_array_equal(out[..., :2], np.broadcast_to(T[:, None, None], (2, 2, 3, 2)))


def test_concat_repeats_a_vector_at_every_step():
    out = run(model_of("concat", SEQUENCE, V), SEQUENCE, V)
    np.testing.assert_array_equal(out[0], [[0, 1, 3, -1], [2, 3, 3, -1], [4, 5, 3, -1]])


def test_concat_projects_long_repeated_vectors():
    long = np.ones((1, 40), dtype="float32")
    assert model_of("concat", long, GRID).output_shape == (None, 2, 3, 32 + 2)
    # Nothing is repeated, so nothing is projected.
    assert model_of("concat", long, V).output_shape == (None, 42)
    assert model_of("concat", long, GRID, project=0).output_shape == (None, 2, 3, 42)
    assert model_of("concat", T, V, project=5).output_shape == (None, 10)


@pytest.mark.parametrize(
    "operator, formula",
    [("sum", T + V), ("mean", (T + V) / 2), ("max", np.maximum(T, V)), ("product", T * V)],
)
def test_elementwise_on_equal_widths(operator, formula):
    np.testing.assert_array_equal(run(model_of(operator, T, V, project=0), T, V), formula)


@pytest.mark.parametrize(
    "operator, formula",
    [
        ("sum", lambda t, v: t + v),
        ("mean", lambda t, v: (t + v) / 2),
        ("max", np.maximum),
        ("product", lambda t, v: t + v + t * v),
    ],
)
@pytest.mark.parametrize("image", [V, GRID, SEQUENCE])
def test_elementwise_after_projection(operator, formula, image):
    model = model_of(operator, T, image, project=3)
    weights = set_random(model)
    t = linear(T, weights["text_projection"]).reshape(2, *[1] * (image.ndim - 2), 3)
    v = linear(image, weights["image_projection"])
    np.testing.assert_allclose(run(model, T, image), formula(t, v), rtol=1e-4, atol=1e-5)


def test_product_keeps_each_modality_alone():
    model = model_of("product", T, V, project=2)
    for name in ("text", "image"):
        model.get_layer(f"{name}_projection").set_weights([np.eye(2), np.zeros(2)])
    np.testing.assert_array_equal(run(model, T, V), T + V + T * V)
    np.testing.assert_array_equal(run(model, 0 * T, V), V)  # a missing text leaves the image


def test_product_of_three():
    np.testing.assert_array_equal(run(model_of("product", T, V, T, project=0), T, V, T), T * V * T)


def test_elementwise_operators_name_a_width_to_project_to():
    wide = np.ones((1, 5), dtype="float32")
    with pytest.raises(
        ValueError, match=r"`product` .*Received: text \(2,\), image \(5,\).*project=64"
    ):
        model_of("product", T, wide, project=0)


def test_outer_equals_einsum():
    one = np.ones((2, 1), dtype="float32")
    expected = np.einsum("ni,nj->nij", np.hstack([one, T]), np.hstack([one, V]))
    np.testing.assert_array_equal(run(model_of("outer", T, V, project=0), T, V)[..., 0], expected)


def test_outer_of_three_puts_the_third_into_the_channels():
    one = np.ones((2, 1), dtype="float32")
    expected = np.einsum(
        "ni,nj,nk->nijk", np.hstack([one, T]), np.hstack([one, V]), np.hstack([one, T])
    )
    np.testing.assert_array_equal(run(model_of("outer", T, V, T, project=0), T, V, T), expected)


def test_outer_projects_to_24_and_refuses_large_products():
    assert model_of("outer", T, GRID).output_shape == (None, 25, 25, 1)
    wide = np.ones((1, 2000), dtype="float32")
    with pytest.raises(
        ValueError, match=r"4,004,001 values.*text \(2000,\), image \(2000,\).*project=24"
    ):
        model_of("outer", wide, wide, project=0)
    with pytest.raises(ValueError, match="two or more modalities. Received: text"):
        model_of("outer", T)


def test_bilinear_formula_and_count():
    model = model_of("bilinear", T, V, project=3, rank=2)
    weights = set_random(model)
    # (n, rank, width); the Dense bias is the weight of the leading 1
    t = linear(T, weights["text_factors"]).reshape(2, 2, 3)
    v = linear(V, weights["image_factors"]).reshape(2, 2, 3)
    alpha, b = weights["rank_weights"]
    np.testing.assert_allclose(
        run(model, T, V), np.einsum("nrd,r->nd", t * v, alpha) + b, rtol=1e-4, atol=1e-5
    )
    assert model.count_params() == 2 * 3 * (2 + 2 + 2) + 2 + 3


def test_bilinear_of_full_rank_is_the_full_tensor():
    # W[i, j, d] on [1; t] and [1; v]
    tensor = np.random.default_rng(0).normal(size=(3, 3, 2)).astype("float32")
    model = model_of("bilinear", T, V, project=2, rank=9)
    text, image = np.zeros((3, 9, 2), "float32"), np.zeros((3, 9, 2), "float32")
    for i in range(3):
        for j in range(3):  # product (i, j) selects [1; t]_i and weighs [1; v]_j
            text[i, 3 * i + j] = 1
            image[j, 3 * i + j] = tensor[i, j]
    for name, factors in (("text", text), ("image", image)):
        model.get_layer(f"{name}_factors").set_weights(
            [factors[1:].reshape(2, 18), factors[0].reshape(18)]
        )
    model.get_layer("rank_weights").set_weights([np.ones(9), np.zeros(2)])
    one = np.ones((2, 1), dtype="float32")
    expected = np.einsum("ni,nj,ijd->nd", np.hstack([one, T]), np.hstack([one, V]), tensor)
    np.testing.assert_allclose(run(model, T, V), expected, rtol=1e-4, atol=1e-5)


def test_bilinear_of_rank_one_is_the_product():
    bilinear = model_of("bilinear", T, V, project=3, rank=1)
    product = model_of("product", T, V, project=3)
    set_random(product)
    for name in ("text", "image"):
        kernel, bias = product.get_layer(f"{name}_projection").get_weights()
        bilinear.get_layer(f"{name}_factors").set_weights([kernel, 1 + bias])
    np.testing.assert_allclose(run(bilinear, T, V), run(product, T, V), rtol=1e-4, atol=1e-5)


def test_bilinear_at_every_position():
    model = model_of("bilinear", T, GRID, project=3, rank=2)
    set_random(model)
    at_one_position = model_of("bilinear", T, V, project=3, rank=2)
    at_one_position.set_weights(model.get_weights())
    expected = run(at_one_position, T, GRID[:, 1, 2])
    np.testing.assert_allclose(run(model, T, GRID)[:, 1, 2], expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("image", [V, GRID, SEQUENCE])
def test_gated_formula(image):
    model = model_of("gated", T, image, project=3)
    w = set_random(model)
    broadcast = (2, *[1] * (image.ndim - 2), 3)
    h_t = np.tanh(linear(T, w["text_value"])).reshape(broadcast)
    h_v = np.tanh(linear(image, w["image_value"]))
    g = sigmoid(
        linear(T, w["image_gate_from_text"]).reshape(broadcast)
        + linear(image, w["image_gate_from_image"])
    )
    np.testing.assert_allclose(run(model, T, image), (1 - g) * h_t + g * h_v, rtol=1e-4, atol=1e-5)


def test_gated_weighs_three_modalities_with_a_softmax():
    model = model_of("gated", T, V, T, project=2)
    w = set_random(model)
    arrays = {"text": T, "image": V, "audio": T}
    values = [np.tanh(linear(x, w[f"{name}_value"])) for name, x in arrays.items()]
    scores = [0 * values[0]]
    scores += [
        sum(linear(x, w[f"{of}_gate_from_{name}"]) for name, x in arrays.items())
        for of in ("image", "audio")
    ]
    weights = np.exp(scores) / np.exp(scores).sum(axis=0)
    np.testing.assert_allclose(
        run(model, T, V, T), (weights * values).sum(axis=0), rtol=1e-4, atol=1e-5
    )


@pytest.mark.parametrize("image", [V, GRID, SEQUENCE])
def test_film_formula(image):
    model = model_of("film", T, image)
    w = set_random(model)
    broadcast = (2, *[1] * (image.ndim - 2), 2)
    gamma = linear(T, w["text_scale"]).reshape(broadcast)
    beta = linear(T, w["text_shift"]).reshape(broadcast)
    np.testing.assert_allclose(run(model, T, image), gamma * image + beta, rtol=1e-4, atol=1e-5)


def test_film_with_a_missing_text_changes_nothing():
    np.testing.assert_array_equal(run(model_of("film", T, GRID), 0 * T, GRID), GRID)


def test_film_needs_one_modality_to_modulate():
    with pytest.raises(ValueError, match="one modality to modulate.*operator='concat'"):
        model_of("film", GRID, GRID)


@pytest.mark.parametrize("image", [GRID, SEQUENCE])
def test_attention_formula(image):
    model = model_of("attention", T, image, project=3, num_heads=2)
    w = set_random(model)
    # p_i = tanh(V x_i + e_i)
    positions = np.tanh(image.reshape(2, -1, 2) @ w["image_places"][0] + w["image_positions"][0])
    expected = [T]
    for head in (1, 2):
        keys = linear(positions, w[f"image_keys_{head}"])
        hidden = np.tanh(keys + linear(T, w[f"text_question_{head}"])[:, None])
        scores = hidden @ w[f"image_attention_{head}"][0]
        a = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
        expected.append(np.einsum("np,npc->nc", a, positions))
    np.testing.assert_allclose(run(model, T, image), np.hstack(expected), rtol=1e-4, atol=1e-5)


def test_attention_gives_padded_steps_no_weight():
    inputs = keras.Input((3, 2))
    tokens = keras.layers.Masking()(inputs)
    query = keras.Input((2,))
    model = keras.Model(
        [query, inputs],
        OPERATORS["attention"]({"image": query, "text": tokens}, project=3, num_heads=1),
    )
    set_random(model)
    padded, longer = SEQUENCE.copy() + 1, SEQUENCE.copy() + 1
    padded[:, 2] = 0
    short = np.asarray(keras.ops.convert_to_numpy(model([T, padded])))
    positions = np.tanh(
        padded[:, :2] @ model.get_layer("text_places").get_weights()[0]
        + model.get_layer("text_positions").get_weights()[0][:2]
    )
    # A weighted mean of the first two positions only.
    low, high = positions.min(axis=1), positions.max(axis=1)
    assert ((short[:, 2:] >= low - 1e-6) & (short[:, 2:] <= high + 1e-6)).all()
    assert np.abs(short - keras.ops.convert_to_numpy(model([T, longer]))).max() > 1e-3


def test_attention_needs_a_query_and_positions():
    for arrays in ((T, V), (GRID, GRID)):
        with pytest.raises(
            ValueError,
            match=r"a vector as the query.*HOG\(feature_vector=False\).*operator='gated'",
        ):
            model_of("attention", *arrays)


@pytest.mark.parametrize(
    "operator", [name for name in OPERATORS if name not in ("outer", "film", "attention")]
)
def test_arrays_with_different_positions_are_refused(operator):
    with pytest.raises(ValueError, match=r"must agree. Received: text \(3, 2\), image \(2, 3, 2\)"):
        model_of(operator, SEQUENCE, GRID)


@pytest.mark.parametrize("operator", OPERATORS)
def test_three_modalities(operator):
    model = model_of(operator, T, V, GRID)
    assert np.isfinite(run(model, T, V, GRID)).all()


@pytest.mark.parametrize("operator", OPERATORS)
def test_operators_have_no_state_but_weights(operator):
    """Equal in training and inference, and each row depends on its own sample only."""
    model = model_of(operator, T, GRID)
    both = run(model, T, GRID)
    np.testing.assert_array_equal(
        both, keras.ops.convert_to_numpy(model({"text": T, "image": GRID}, training=True))
    )
    np.testing.assert_allclose(both[1:], run(model, T[1:], GRID[1:]), rtol=1e-5, atol=1e-6)


def test_attention_does_not_use_the_position_embeddings_of_padding():
    """The result is the same whatever the learned embeddings of the two padded steps are."""
    query, steps = keras.Input((3,)), keras.Input((5, 4))
    masked = keras.layers.Masking()(steps)
    model = keras.Model([query, steps], OPERATORS["attention"]({"text": query, "image": masked}))
    rng = np.random.default_rng(0)
    text = rng.normal(size=(6, 3)).astype("float32")
    image = rng.normal(size=(6, 5, 4)).astype("float32")
    image[:, 3:] = 0
    before = keras.ops.convert_to_numpy(model([text, image]))
    embedding = model.get_layer("image_positions").embedding
    embedding.assign(
        np.concatenate([keras.ops.convert_to_numpy(embedding)[:3], np.full((2, 64), 9.0)])
    )
    np.testing.assert_allclose(keras.ops.convert_to_numpy(model([text, image])), before, atol=1e-6)
    image[:, 3:] = 1
    assert np.abs(keras.ops.convert_to_numpy(model([text, image])) - before).max() > 0.01

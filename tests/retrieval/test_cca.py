"""CCA: scikit-learn's correlations, invariances, and a common factor found or not."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.base import clone
from sklearn.cross_decomposition import CCA as IterativeCCA
from sklearn.exceptions import NotFittedError

from mm_keras import DataWarning
from mm_keras.evaluation.metrics import retrieval_scores
from mm_keras.retrieval import CCA


def planted(num_samples, widths=(12, 8), num_factors=3, noise=0.5, seed=0):
    """Pairs whose features are linear maps of common factors, with noise."""
    maps, rng = np.random.default_rng(99), np.random.default_rng(seed)
    factors = rng.normal(size=(num_samples, num_factors))
    return {
        name: factors @ maps.normal(size=(num_factors, width))
        + noise * rng.normal(size=(num_samples, width))
        for name, width in zip(("text", "image"), widths)
    }


def similarities(embedding, arrays):
    vectors = embedding.transform(arrays)
    return vectors["text"] @ vectors["image"].T


def recall_at_10(embedding, arrays):
    scores = similarities(embedding, arrays)
    return retrieval_scores(scores, np.arange(len(scores)))["R@10"]


def test_without_shrinkage_correlations_are_those_of_scikit_learn():
    arrays = planted(300, (6, 4))
    theirs = IterativeCCA(4, max_iter=10_000, tol=1e-12).fit(arrays["text"], arrays["image"])
    x, y = theirs.transform(arrays["text"], arrays["image"])
    expected = [np.corrcoef(x[:, i], y[:, i])[0, 1] for i in range(4)]
    cca = CCA(shrinkage=0, rank=None).fit(arrays)
    np.testing.assert_allclose(cca.correlations_, expected, atol=1e-5)
    for name, theirs in (("text", x), ("image", y)):  # the same directions, scaled
        scores = (arrays[name] @ cca.weights_[name])[:, 0]
        assert abs(np.corrcoef(scores, theirs[:, 0])[0, 1]) == pytest.approx(1, abs=1e-5)


def test_shrinkage_by_hand():
    # One feature each, x of variance 1 and y = x: c = (1 / sqrt(1 + r))^2 * 1.
    x = np.array([[-1.0], [1.0]])
    for shrinkage in (0, 0.5, 1):
        cca = CCA(shrinkage=shrinkage).fit({"text": x, "image": x})
        np.testing.assert_allclose(cca.correlations_, 1 / (1 + shrinkage))


def test_without_shrinkage_invertible_maps_of_a_modality_change_nothing():
    arrays, rng = planted(200), np.random.default_rng(5)
    changed = {
        **arrays,
        "text": arrays["text"] @ rng.normal(size=(12, 12)) + rng.normal(size=12),
        "image": 100 * arrays["image"],
    }
    before, after = (
        similarities(CCA(shrinkage=0).fit(pairs), pairs) for pairs in (arrays, changed)
    )
    np.testing.assert_allclose(after, before, atol=1e-3)


def test_a_common_factor_is_found_with_more_features_than_samples():
    cca = CCA(3).fit(planted(80, (200, 150)))
    assert recall_at_10(cca, planted(300, (200, 150), seed=1)) > 0.9
    assert cca.correlations_.min() > 0.5


def test_shuffled_pairs_find_nothing():
    arrays, unseen = planted(1000), planted(1000, seed=1)
    assert recall_at_10(CCA().fit(arrays), unseen) > 0.2
    order = np.random.default_rng(0).permutation(1000)
    shuffled = {**arrays, "image": arrays["image"][order]}
    assert recall_at_10(CCA().fit(shuffled), unseen) < 0.03


def test_vectors_are_of_unit_length_and_missing_samples_stay_zero():
    arrays = {name: rows.astype(np.float32) for name, rows in planted(50).items()}
    cca = CCA(num_components=5)
    assert cca.fit(arrays) is cca
    vectors = cca.transform(arrays)
    for name, rows in vectors.items():
        assert rows.shape == (50, 5) and rows.dtype == np.float32
        np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, rtol=1e-5)
        np.testing.assert_array_equal(cca.transform({name: arrays[name]})[name], rows)
    some = arrays["text"].copy()
    some[3] = 0
    assert not cca.transform({"text": some})["text"][3].any()


def test_the_width_is_at_most_the_number_of_components_there_are():
    assert CCA().fit(planted(50, (12, 8))).transform(planted(5))["text"].shape == (5, 8)
    assert CCA(rank=4).fit(planted(50)).correlations_.shape == (4,)
    constant = planted(50)
    constant["image"][:, 2:] = 1  # constant columns
    assert CCA().fit(constant).correlations_.shape == (2,)


def test_grids_and_sequences_are_flattened():
    arrays = planted(60)
    grids = {
        "text": arrays["text"].reshape(60, 3, 4),
        "image": arrays["image"].reshape(60, 2, 2, 2),
    }
    np.testing.assert_array_equal(
        similarities(CCA().fit(grids), grids), similarities(CCA().fit(arrays), arrays)
    )


def test_incomplete_pairs_are_reported_and_not_used():
    arrays = planted(40)
    gaps = {name: rows.copy() for name, rows in arrays.items()}
    gaps["text"][7] = gaps["image"][9] = 0
    with pytest.warns(
        DataWarning, match="2 pairs lacked a modality.*: row 7, row 9. They were not"
    ):
        cca = CCA().fit(gaps)
    rows = np.setdiff1d(np.arange(40), (7, 9))
    expected = CCA().fit({name: values[rows] for name, values in arrays.items()})
    np.testing.assert_array_equal(cca.weights_["text"], expected.weights_["text"])


def test_it_is_a_scikit_learn_estimator():
    cca = clone(CCA(num_components=7, rank=None).set_params(shrinkage=0.2))
    assert cca.get_params() == {"num_components": 7, "shrinkage": 0.2, "rank": None}
    with pytest.raises(NotFittedError):
        cca.transform(planted(3))


@pytest.mark.parametrize(
    "change, message",
    [
        (lambda arrays: {"text": arrays["text"]}, "Two modalities.*Received: text. Keep two"),
        (lambda arrays: {**arrays, "audio": arrays["text"]}, "text, image, audio"),
        (lambda arrays: {**arrays, "text": arrays["text"][1:]}, "19 text samples, 20 image"),
        (lambda arrays: {**arrays, "text": arrays["text"] * np.nan}, "text array must be finite"),
        (lambda arrays: {**arrays, "text": np.ones(20)}, r"\(n, ...\). Received: shape \(20,\)"),
        (lambda arrays: {**arrays, "text": np.ones((20, 3))}, "rows that differ"),
        (lambda arrays: {name: rows[:1] for name, rows in arrays.items()}, "more pairs.*: 1"),
    ],
)
def test_arrays_that_are_no_pairs_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        CCA().fit(change(planted(20)))


def test_wrong_parameters_and_other_arrays_than_those_of_fit_are_refused():
    arrays = planted(20)
    for name, value in (("num_components", 0), ("shrinkage", -0.1), ("rank", 0)):
        with pytest.raises(
            ValueError,
            match=f"{name} must be at least . Received: {value}".replace("least .", "least [01]."),
        ):
            CCA(**{name: value}).fit(arrays)
    with pytest.raises(TypeError, match="Received: a list"):
        CCA().fit([arrays])
    with pytest.raises(TypeError, match="text array must be dense. Received: a sparse matrix"):
        CCA().fit({**arrays, "text": csr_matrix(arrays["text"])})
    cca = CCA().fit(arrays)
    with pytest.raises(ValueError, match="fitted on text and image. Received: audio"):
        cca.transform({"audio": arrays["text"]})
    with pytest.raises(ValueError, match="fitted on 12 text features. Received: 8"):
        cca.transform({"text": arrays["image"]})

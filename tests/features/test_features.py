"""Features: one extractor per modality, scaled blocks, missing samples as zero rows."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.exceptions import NotFittedError
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from mm_keras import Features
from mm_keras.datasets import MultimodalData
from mm_keras.features.scaling import BlockScaler
from mm_keras.image import HOG, ColorHistogram
from mm_keras.text import Sequence
from mm_keras.utils.messages import DataWarning

TEXTS = ["storm and rain", "goal and goal", "rain on the coast", "the goal of the storm"]
VECTORS = np.random.default_rng(0).random((4, 5))


def as_rows(samples, times=1):
    return np.stack([times * np.asarray(sample, dtype=float) for sample in samples])


def vectors():
    return FunctionTransformer(as_rows)


def test_each_modality_becomes_a_dense_float32_array():
    data = MultimodalData({"text": TEXTS, "image": VECTORS}, [0, 1, 0, 1], ["weather", "sports"])
    features = Features(text=TfidfVectorizer(), image=vectors(), scale=None).fit(data)
    arrays = features.transform(data)
    assert {name: array.dtype for name, array in arrays.items()} == {
        "text": np.float32,
        "image": np.float32,
    }
    np.testing.assert_allclose(
        arrays["text"], TfidfVectorizer().fit_transform(TEXTS).toarray(), rtol=1e-6
    )
    np.testing.assert_allclose(arrays["image"], VECTORS, rtol=1e-6)
    assert features.shapes == {"text": (8,), "image": (5,)}


def test_fit_transform_equals_fit_then_transform():
    data = {"text": TEXTS, "image": VECTORS}
    one, two = (Features(text=TfidfVectorizer(), image=vectors()) for _ in range(2))
    for name, array in one.fit_transform(data).items():
        np.testing.assert_array_equal(array, two.fit(data).transform(data)[name])


@pytest.mark.parametrize(
    "scale",
    ["auto", "block", "standardize", "normalize", None, {"text": "normalize", "image": "block"}],
)
def test_missing_samples_are_zero_rows_and_do_not_affect_the_others(scale):
    make = lambda: Features(
        text=make_pipeline(TfidfVectorizer(), TruncatedSVD(2, random_state=0)),  # noqa: E731
        image=make_pipeline(vectors(), StandardScaler(), PCA(2)),
        scale=scale,
    )
    whole = (
        make()
        .fit({"text": TEXTS, "image": list(VECTORS)})
        .transform({"text": TEXTS, "image": list(VECTORS)})
    )
    gaps = {"text": [None, *TEXTS, None], "image": [*VECTORS[:2], None, *VECTORS[2:], None]}
    arrays = make().fit(gaps).transform(gaps)
    assert not arrays["text"][[0, 5]].any() and not arrays["image"][[2, 5]].any()
    np.testing.assert_array_equal(arrays["text"][1:5], whole["text"])
    np.testing.assert_array_equal(arrays["image"][[0, 1, 3, 4]], whole["image"])


def test_a_modality_missing_in_all_samples_and_no_samples_at_all():
    features = Features(text=TfidfVectorizer(), image=vectors()).fit(
        {"text": TEXTS, "image": VECTORS}
    )
    assert features.transform({"text": ["rain"], "image": [None]})["image"].tolist() == [[0.0] * 5]
    assert features.transform({"text": [], "image": []})["text"].shape == (0, 8)


def test_a_list_of_extractors_is_concatenated():
    features = Features(image=[vectors(), vectors()], scale=None).fit({"image": VECTORS})
    np.testing.assert_allclose(
        features.transform({"image": VECTORS})["image"], np.hstack([VECTORS, VECTORS]), rtol=1e-6
    )


def test_token_ids_are_not_concatenated_with_other_columns():
    message = "ids of Sequence cannot be concatenated.*list of 2 extractors"
    with pytest.raises(ValueError, match=message):
        Features(text=[Sequence(), TfidfVectorizer()])
    with pytest.raises(ValueError, match=message):
        Features(text=TfidfVectorizer()).set_params(text=[TfidfVectorizer(), Sequence()])
    alone, listed = (
        Features(text=text).fit({"text": TEXTS}) for text in (Sequence(), [Sequence()])
    )
    ids = listed.transform({"text": TEXTS})["text"]
    np.testing.assert_array_equal(ids, alone.transform({"text": TEXTS})["text"])


def test_block_scaling_gives_every_block_the_same_total_variance():
    data = {"text": TEXTS, "image": VECTORS * 1000}
    arrays = Features(text=TfidfVectorizer(), image=vectors()).fit(data).transform(data)
    assert [round(array.var(axis=0).sum(), 3) for array in arrays.values()] == [25.0, 25.0]
    assert abs(arrays["image"].mean()) < 1e-5


def test_each_extractor_of_a_list_is_a_block_of_its_own():
    large, constant = (FunctionTransformer(as_rows, kw_args={"times": times}) for times in (100, 0))
    for extractors in ([large, vectors()], [large, vectors(), constant]):
        features = Features(image=extractors).fit({"image": [None, *VECTORS]})
        variances = features.transform({"image": VECTORS})["image"].var(axis=0)
        np.testing.assert_allclose(
            [variances[:5].sum(), variances[5:10].sum()], [12.5, 12.5], rtol=1e-4
        )
    words = Features(text=[TfidfVectorizer(), TfidfVectorizer(analyzer="char")]).fit(
        {"text": TEXTS}
    )
    squares = words.transform({"text": TEXTS})["text"].var(axis=0)
    np.testing.assert_allclose([squares[:8].sum(), squares[8:].sum()], [12.5, 12.5], rtol=1e-4)
    weighted = FeatureUnion(
        [("large", large), ("small", vectors())], transformer_weights={"small": 200}
    )
    variances = Features(image=weighted).fit_transform({"image": VECTORS})["image"].var(axis=0)
    np.testing.assert_allclose([variances[:5].sum(), variances[5:].sum()], [5, 20], rtol=1e-4)


def test_scaler_of_two_parts_by_hand():
    # Variances 1, 4 and 1, so 5 and 1 in total; both parts are scaled to 1.
    block = np.array([[0, 0, 1], [2, 4, 3]], dtype=np.float32)
    scaler = BlockScaler("block", variance=2).fit(block, widths=[2, 1])
    np.testing.assert_allclose(scaler.scale_, [5**0.5, 5**0.5, 1], rtol=1e-6)


def test_scalers_by_hand():
    # The first row is missing: mean (2, 1.5), variances (4, 2.25).
    block = np.array([[0, 0], [4, 0], [0, 3]], dtype=np.float32)
    scaled = BlockScaler("block", variance=1).fit_transform(block)
    np.testing.assert_allclose(scaled, np.array([[0, 0], [2, -1.5], [-2, 1.5]]) / 2.5, rtol=1e-6)
    np.testing.assert_allclose(
        BlockScaler("standardize").fit_transform(block), [[0, 0], [1, -1], [-1, 1]], rtol=1e-6
    )
    np.testing.assert_allclose(
        BlockScaler("normalize").fit_transform(block), [[0, 0], [1, 0], [0, 1]], rtol=1e-6
    )
    assert BlockScaler(None).fit_transform(block) is block
    constant = np.ones((3, 2), dtype=np.float32)
    assert (
        not BlockScaler("block").fit_transform(constant).any()
        and not BlockScaler("standardize").fit_transform(constant).any()
    )
    with pytest.raises(ValueError, match="'block', 'standardize', 'normalize', None"):
        BlockScaler("minmax").fit(block)


def test_grids_are_scaled_per_channel():
    grid = np.random.default_rng(0).random((20, 4, 4, 2)).astype(np.float32) * [1, 100]
    scaled = BlockScaler("standardize").fit_transform(grid.astype(np.float32))
    np.testing.assert_allclose(scaled.std(axis=(0, 1, 2)), [1, 1], rtol=1e-4)
    assert scaled.shape == grid.shape


def test_images_are_not_scaled():
    images = np.random.default_rng(0).random((4, 8, 8, 1)).astype(np.float32)
    np.testing.assert_array_equal(
        Features(image=vectors()).fit({"image": images}).transform({"image": images})["image"],
        images,
    )


def test_clone_is_unfitted_and_only_stays_fitted():
    features = Features(text=TfidfVectorizer(), image=vectors(), scale="normalize").fit(
        {"text": TEXTS, "image": VECTORS}
    )
    with pytest.raises(NotFittedError, match="fit"):
        clone(features).transform({"text": TEXTS, "image": VECTORS})
    part = features.only("text")
    assert part.shapes == {"text": (8,)}
    whole = features.transform({"text": TEXTS, "image": VECTORS})
    np.testing.assert_array_equal(part.transform({"text": TEXTS})["text"], whole["text"])


def test_error_messages():
    with pytest.raises(ValueError, match="needs an extractor"):
        Features()
    with pytest.raises(NotFittedError):
        _ = Features(text=TfidfVectorizer()).shapes
    with pytest.raises(ValueError, match="Missing: image"):
        Features(text=TfidfVectorizer(), image=vectors()).fit({"text": TEXTS})
    with pytest.raises(TypeError, match="Put it in a list"):
        Features(text=TfidfVectorizer()).fit({"text": "one report"})
    with pytest.raises(ValueError, match="not finite"):
        Features(image=vectors()).fit({"image": [[np.nan, 1.0]]})
    with pytest.raises(ValueError, match="scale must be one of"):
        Features(text=TfidfVectorizer(), scale="wrong").fit({"text": TEXTS})


def test_two_extractors_report_a_bad_image_once(tmp_path):
    (tmp_path / "broken.png").write_bytes(b"no image")
    for missing in ([], [None]):
        images = [np.zeros((16, 16), np.uint8), str(tmp_path / "broken.png"), *missing]
        with pytest.warns(DataWarning) as caught:
            Features(image=[HOG(cells_per_block=(1, 1), size=16), ColorHistogram(size=16)]).fit(
                {"image": images}
            )
        assert all(
            str(warning.message).startswith("1 sample could not be read") for warning in caught
        )

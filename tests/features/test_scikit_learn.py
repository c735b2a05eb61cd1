"""The extractors and Features among scikit-learn's own tools: output settings, tables, tags."""

import numpy as np
import pytest
from scipy.sparse import issparse
from sklearn import config_context
from sklearn.exceptions import SkipTestWarning
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import get_tags
from sklearn.utils.estimator_checks import check_estimator

import mm_keras as mm
from mm_keras.features import BlockScaler

TEXTS = ["rain and wind", "late goal", "rain", "goal and wind"] * 3
IMAGES = np.random.default_rng(0).integers(0, 256, (12, 32, 32), dtype=np.uint8)
EXTRACTORS = [
    mm.text.BagOfWords(),
    mm.text.TFIDF(),
    mm.text.Sequence(length=4),
    mm.text.TextPlane((2, 4)),
    mm.image.HOG(),
    mm.image.SIFT(num_words=2, dense=8),
    mm.image.ColorHistogram(),
    mm.image.Pixels(),
]


@pytest.mark.parametrize("extractor", EXTRACTORS, ids=lambda one: type(one).__name__)
@pytest.mark.parametrize("output", ["pandas", "polars"])
def test_extractors_return_arrays_whatever_the_output_setting(extractor, output):
    samples = TEXTS if "text" in type(extractor).__module__ else IMAGES
    expected = extractor.fit(samples).transform(samples)
    with config_context(transform_output=output):
        for rows in (extractor.fit_transform(samples), extractor.transform(samples)):
            assert type(rows) is type(expected) and rows.dtype == expected.dtype
            different = (rows != expected).nnz if issparse(rows) else (rows != expected).sum()
            assert not different


@pytest.mark.parametrize("cached", [False, True])
def test_features_do_not_depend_on_the_output_setting(tmp_path, cached):
    data = {"text": TEXTS, "image": IMAGES}

    def rows():
        features = mm.Features(
            text=[mm.text.TFIDF(), mm.text.BagOfWords()],
            image=make_pipeline(mm.image.HOG(), StandardScaler()),
            cache=tmp_path if cached else None,
        )
        return {**features.fit_transform(data), "again": features.transform(data)["image"]}

    expected = rows()
    with config_context(transform_output="pandas"):
        found = rows()
    for name in expected:
        assert type(found[name]) is np.ndarray
        np.testing.assert_array_equal(found[name], expected[name])


@pytest.mark.parametrize("extractor", EXTRACTORS, ids=lambda one: type(one).__name__)
def test_a_table_is_refused(extractor):
    pandas = pytest.importorskip("pandas")
    with pytest.raises(TypeError, match="Received: a DataFrame. Pass one column"):
        extractor.fit(pandas.DataFrame({"column": ["a text", "another text"]}))


@pytest.mark.parametrize("extractor", EXTRACTORS, ids=lambda one: type(one).__name__)
def test_tags_say_that_extractors_take_no_table(extractor):
    assert not get_tags(extractor).input_tags.two_d_array
    with pytest.warns(SkipTestWarning):
        results = check_estimator(extractor, on_fail=None)
    assert not [result for result in results if result["status"] == "failed"]


@pytest.mark.filterwarnings("ignore")
def test_the_scaler_passes_the_checks_of_scikit_learn():
    results = check_estimator(BlockScaler(), on_fail=None)
    assert [result["check_name"] for result in results if result["status"] == "failed"] == []
    assert sum(result["status"] == "passed" for result in results) > 30

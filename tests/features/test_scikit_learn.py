"""The extractors and Features among scikit-learn's own tools: output settings, tables, tags."""

import numpy as np
import pytest
from scipy.sparse import issparse
from sklearn import config_context
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.exceptions import NotFittedError, SkipTestWarning
from sklearn.feature_selection import SelectKBest, chi2
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import get_tags
from sklearn.utils.estimator_checks import check_estimator

import mm_keras as mm
from mm_keras.features import BlockScaler
from mm_keras.saving.estimators import decode, encode

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


TABLE_EXTRACTORS = [mm.tabular.Numbers(), mm.tabular.Categories(), mm.tabular.Vectors()]
OTHER_MESSAGES = {
    name: "messages of our own, complex numbers count as missing, no n_features_in_"
    for name in (
        "check_complex_data",
        "check_dtype_object",
        "check_estimators_empty_data_messages",
        "check_fit1d",
        "check_fit2d_predict1d",
        "check_n_features_in",
        "check_n_features_in_after_fitting",
        "check_transformer_data_not_an_array",
    )
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("extractor", TABLE_EXTRACTORS, ids=lambda one: type(one).__name__)
def test_extractors_of_tables_pass_the_checks_of_scikit_learn(extractor):
    tags = get_tags(extractor).input_tags
    assert tags.two_d_array and tags.allow_nan and not tags.one_d_array and not tags.sparse
    results = check_estimator(extractor, on_fail=None, expected_failed_checks=OTHER_MESSAGES)
    assert [result["check_name"] for result in results if result["status"] == "failed"] == []
    assert sum(result["status"] == "passed" for result in results) > 30


@pytest.mark.filterwarnings("ignore")
def test_the_scaler_passes_the_checks_of_scikit_learn():
    results = check_estimator(BlockScaler(), on_fail=None)
    assert [result["check_name"] for result in results if result["status"] == "failed"] == []
    assert sum(result["status"] == "passed" for result in results) > 30


def features_of_both(**options):
    text, image = mm.text.TFIDF(), [mm.image.HOG(), mm.image.ColorHistogram()]
    return mm.Features(text=text, image=image, **options)


def test_features_have_the_parameters_of_their_extractors():
    features = features_of_both(scale=None)
    params = features.get_params()
    assert list(features.get_params(deep=False)) == ["scale", "workers", "cache", "text", "image"]
    assert params["text__min_df"] == 1 and params["image__hog__orientations"] == 9
    features.set_params(text__min_df=2, image__hog__orientations=4, scale="normalize")
    assert features.extractors["text"].min_df == 2
    assert repr(features) == (
        "Features(text=TFIDF(min_df=2), image=[HOG(orientations=4), ColorHistogram()], "
        "scale='normalize')"
    )
    features.set_params(image=mm.image.HOG()).set_params(image__orientations=5)
    assert features.get_params()["image__orientations"] == 5
    features.set_params(image=[mm.image.Pixels()])  # a list as in the constructor
    assert "image__pixels__size" in features.get_params()
    with pytest.raises(ValueError, match="has no parameter 'tekst__min_df'. .* cache, text, image"):
        features.set_params(tekst__min_df=1)


def test_a_clone_of_features_is_unfitted_and_shares_no_extractor():
    features = features_of_both(scale={"text": "normalize"}).fit({"text": TEXTS, "image": IMAGES})
    copy = clone(features)
    assert repr(copy) == repr(features)
    assert copy.extractors["text"] is not features.extractors["text"]
    with pytest.raises(NotFittedError):
        copy.transform({"text": TEXTS, "image": IMAGES})
    np.testing.assert_array_equal(
        copy.fit_transform({"text": TEXTS, "image": IMAGES})["image"],
        features.transform({"text": TEXTS, "image": IMAGES})["image"],
    )


def test_features_are_displayed_as_a_diagram_that_says_whether_they_are_fitted():
    features = features_of_both()
    html = features._repr_html_()
    assert "TFIDF" in html and "ColorHistogram" in html and "not fitted" in html.lower()
    assert "not fitted" not in features.fit({"text": TEXTS, "image": IMAGES})._repr_html_().lower()
    tags = get_tags(features)
    assert (
        tags.input_tags.dict and not tags.input_tags.two_d_array and not tags.target_tags.required
    )


def test_features_pass_labels_to_extractors_that_learn_from_them():
    selection = make_pipeline(mm.text.BagOfWords(), SelectKBest(chi2, k=1))
    features = mm.Features(text=selection, scale=None)
    labels = ["rain" in text for text in TEXTS]
    rows = features.fit_transform({"text": TEXTS}, labels)["text"][:, 0]
    np.testing.assert_array_equal(rows, np.array(labels, float))  # the word "rain"
    with pytest.raises(ValueError, match="same number of samples.* 3 targets"):
        features.fit({"text": TEXTS}, labels[:3])


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_features_of_a_table_with_missing_cells(library):
    frame = pytest.importorskip(library).DataFrame
    texts = [None, *TEXTS[1:]]
    table = frame({"text": texts, "labels": [0, 1] * 6})  # a column like any other
    expected = mm.Features(text=mm.text.TFIDF()).fit_transform({"text": texts})
    rows = mm.Features(text=mm.text.TFIDF()).fit_transform(table)
    np.testing.assert_array_equal(rows["text"], expected["text"])
    assert not rows["text"][0].any() and rows["text"][1].any()


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_extractors_in_a_column_transformer_with_missing_cells(library):
    pandas, output = pytest.importorskip("pandas"), pytest.importorskip(library)
    table = pandas.DataFrame(
        {
            "text": [float("nan"), *TEXTS[1:]],
            "image": [*IMAGES[:-1], None],
            "price": [1.0, float("nan"), *range(10)],
            "color": ["red", pandas.NA, *["red", "blue"] * 5],
        },
        index=range(100, 112),
    )
    columns = ColumnTransformer(
        [
            ("words", mm.text.TFIDF(), "text"),
            ("shape", mm.image.HOG(), "image"),
            ("numbers", mm.tabular.Numbers(), ["price"]),
            ("kinds", mm.tabular.Categories(), ["color"]),
        ]
    )
    expected = columns.fit_transform(table)
    rows = clone(columns.set_output(transform=library)).fit_transform(table)
    assert isinstance(rows, output.DataFrame)
    np.testing.assert_allclose(rows.to_numpy(), expected)
    names = list(rows.columns)
    assert names[0] == "words__and" and names[4:6] == ["words__wind", "shape__hog0"]
    assert names[-4:-2] == ["numbers__price", "kinds__color_blue"]
    assert names[-2:] == ["kinds__color_red", "kinds__color_other"]
    assert not expected[0, :5].any() and not expected[-1, 5:-4].any() and not expected[1, -4:].any()
    assert expected[1:-1].any(axis=1).all()


@pytest.mark.parametrize(
    "extractor, num_columns",
    [
        (mm.image.HOG(), 324),
        (mm.image.ColorHistogram(), 128),
        (mm.image.SIFT(num_words=2, dense=8), 2),
        (mm.text.Sequence(length=4), 4),
        (mm.text.TFIDF(), 5),
    ],
)
def test_every_column_of_a_vector_has_a_name_of_its_own(extractor, num_columns):
    samples = TEXTS if "text" in type(extractor).__module__ else IMAGES
    with pytest.raises(NotFittedError):
        clone(extractor).get_feature_names_out()
    rows = clone(extractor).fit(samples)
    names = rows.get_feature_names_out()
    assert len(set(names)) == num_columns == rows.transform(samples).shape[1]


def test_output_settings_apply_to_samples_given_by_name():
    pytest.importorskip("pandas")
    words = mm.text.BagOfWords().set_output(transform="pandas")
    assert list(words.fit_transform(samples=TEXTS).columns) == [
        "and",
        "goal",
        "late",
        "rain",
        "wind",
    ]


def test_output_that_no_table_holds_is_refused_with_a_reason():
    grid = mm.image.HOG(feature_vector=False).set_output(transform="pandas")
    with pytest.raises(ValueError, match=r"Only vectors have named columns.*shape \(2, 2, 81\)"):
        grid.fit_transform(IMAGES)
    assert (
        not features_of_both()
        .fit(data={"text": TEXTS, "image": IMAGES})
        .transform(data={"text": [None], "image": [None]})["text"]
        .any()
    )
    assert grid.set_output(transform="default").fit_transform(IMAGES).shape == (12, 2, 2, 81)
    with pytest.raises(ValueError, match="must be one of default, pandas, polars"):
        grid.set_output(transform="excel")


def test_the_chosen_output_changes_neither_features_nor_saved_files():
    words = mm.text.TFIDF().set_output(transform="pandas")
    rows = mm.Features(text=words).fit_transform({"text": TEXTS})["text"]
    expected = mm.Features(text=mm.text.TFIDF()).fit_transform({"text": TEXTS})["text"]
    np.testing.assert_array_equal(rows, expected)
    arrays, plain_arrays = {}, {}
    saved = encode(words, arrays)
    assert saved == encode(mm.text.TFIDF().fit(TEXTS), plain_arrays)
    assert issparse(decode(saved, arrays).transform(TEXTS))

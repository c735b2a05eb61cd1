"""MultimodalClassifier: a whole scikit-learn classifier of tables, dicts and MultimodalData."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from sklearn.base import clone, is_classifier
from sklearn.exceptions import FitFailedWarning, NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.utils import _safe_indexing, estimator_checks, get_tags

import mm_keras as mm
from mm_keras.datasets import MultimodalData
from mm_keras.training import train_cell
from tests.comparison.compare_example import small_data

pandas = pytest.importorskip("pandas")

DATA = small_data(36)
TEXTS = [None, *DATA["text"][1:]]
TABLE = pandas.DataFrame({"text": TEXTS, "image": list(DATA["image"])})
TABLE.loc[1, "image"] = None
NAMES = np.array(DATA.class_names)[DATA.labels]


def small_features():
    hog = mm.image.HOG(pixels_per_cell=(6, 6), cells_per_block=(1, 1))
    return mm.Features(text=mm.text.TFIDF(), image=hog)


def small_classifier(features=None, **options):
    options = {"head": "linear", "epochs": 1, **options}
    return mm.MultimodalClassifier(features or small_features(), **options)


@pytest.fixture(scope="module")
def fitted():
    return small_classifier(epochs=20).fit(TABLE, NAMES)


def test_it_predicts_the_labels_it_was_fitted_on(fitted):
    assert is_classifier(fitted) and fitted.classes_.tolist() == ["class0", "class1", "class2"]
    probabilities, predicted = fitted.predict_proba(TABLE), fitted.predict(TABLE)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)
    np.testing.assert_array_equal(predicted, fitted.classes_[probabilities.argmax(axis=1)])
    assert fitted.score(TABLE, NAMES) == np.mean(predicted == NAMES) > 0.6
    assert fitted.features.scalers is None  # what was passed stays unfitted
    assert "linear" in str(fitted) and "TFIDF" in fitted._repr_html_()


def test_it_holds_an_ordinary_classifier_that_can_be_saved(fitted, tmp_path):
    assert fitted.classifier_.class_names == ("class0", "class1", "class2")
    fitted.classifier_.save(tmp_path / "saved")
    loaded = mm.Classifier.load(tmp_path / "saved")
    as_dict = {"text": TEXTS, "image": list(TABLE["image"])}
    np.testing.assert_array_equal(loaded.predict_proba(as_dict), fitted.predict_proba(TABLE))
    np.testing.assert_array_equal(fitted.predict_proba(as_dict), fitted.predict_proba(TABLE))


def test_labels_of_the_data_give_the_same_network_as_train_cell():
    options = {"level": "decision", "operator": "product", "head": "linear", "epochs": 1, "seed": 3}
    expected = train_cell(DATA, features=small_features(), **options).classifier
    classifier = small_classifier(**options).fit(DATA)
    np.testing.assert_array_equal(classifier.predict_proba(DATA), expected.predict_proba(DATA))
    assert classifier.score(DATA) == expected.evaluate(DATA)["accuracy"]
    assert classifier.score(DATA) == classifier.score(
        TABLE.assign(text=DATA["text"], image=list(DATA["image"])), NAMES
    )
    assert set(classifier.history_) == {"text", "image"}


@pytest.mark.filterwarnings("ignore:One or more of the test scores")
def test_a_grid_search_over_the_parameters_of_both_modalities():
    grid = {"text__min_df": [1, 30], "features__image__orientations": [4]}
    search = GridSearchCV(small_classifier(epochs=5), grid, cv=2, error_score=np.nan)
    with pytest.warns(FitFailedWarning, match="The vocabulary is empty"):  # no word in 30 texts
        search.fit(TABLE, NAMES)
    scores = search.cv_results_["mean_test_score"]
    assert scores[0] > 0.3 and np.isnan(scores[1])
    assert search.best_params_ == {"text__min_df": 1, "features__image__orientations": 4}
    assert search.best_estimator_.classifier_.features.shapes["image"] == (4 * 4 * 4,)


def test_cross_validation_of_multimodal_data():
    features = small_features().only("image")
    classifier = small_classifier(features, level="image", epochs=5)
    scores = cross_val_score(classifier, DATA, DATA.labels, cv=2)
    assert scores.min() > 0.6  # one of three classes


def test_samples_that_scikit_learn_chose_one_by_one_are_data_again():
    rows = [5, 3, 8]
    merged = small_classifier()._data(_safe_indexing(DATA, rows))
    np.testing.assert_array_equal(merged["image"], DATA["image"][rows])
    assert merged["text"] == DATA[rows]["text"] and merged.class_names == DATA.class_names
    np.testing.assert_array_equal(merged.labels, DATA.labels[rows])
    lists = MultimodalData({"image": [None, np.zeros((4, 4)), np.zeros((2, 2))]})
    assert [
        getattr(image, "shape", None)
        for image in small_classifier()._data([lists[0], lists[2]])["image"]
    ] == [None, (2, 2)]


def test_numbered_labels_of_the_data_keep_the_names_of_their_classes():
    text = small_classifier(mm.Features(text=mm.text.TFIDF()), level="text")
    text.fit(DATA[:20], DATA.labels[:20])
    assert text.classes_.tolist() == [0, 1, 2]
    assert text.classifier_.class_names == DATA.class_names
    text.fit(DATA[:20], DATA.labels[:20] > 0)  # other labels
    assert text.classes_.tolist() == [False, True]
    assert text.classifier_.class_names == ("False", "True")


def test_columns_of_a_polars_table_by_their_roles():
    polars = pytest.importorskip("polars")
    files = []
    for image in DATA["image"]:
        Image.fromarray(image).save(files.append(BytesIO()) or files[-1], "PNG")
    table = polars.DataFrame(
        {
            "title": TEXTS,
            "photo": [file.getvalue() for file in files],
            "price": [None, *map(float, DATA.labels[1:])],
        }
    )
    roles = {"text": "title", "image": "photo", "numbers": ["price"]}
    classifier = mm.MultimodalClassifier(head="linear", epochs=20, columns=roles)
    classifier.fit(table, polars.Series(NAMES))
    assert list(classifier.classifier_.features.shapes) == ["text", "image", "numbers"]
    assert classifier.score(table, NAMES) > 0.9
    with pytest.raises(ValueError, match="no column 'price'"):
        classifier.predict(table.drop("price"))


def test_short_names_are_those_of_the_features():
    classifier = small_classifier().set_params(text__min_df=2, head="dense")
    assert classifier.get_params()["features__text__min_df"] == 2 and classifier.head == "dense"
    classifier.set_params(image=[mm.image.Pixels()], features__scale=None)
    assert clone(classifier).features.get_params()["image__pixels__size"] is None
    with pytest.raises(ValueError, match="Invalid parameter 'hed' for estimator Multimodal"):
        classifier.set_params(hed="dense")
    with pytest.raises(ValueError, match="Received: no features. Pass features="):
        mm.MultimodalClassifier().set_params(text__min_df=2)
    both = {"text__min_df": 3, "features": small_features()}
    assert mm.MultimodalClassifier().set_params(**both).features.extractors["text"].min_df == 3


@pytest.mark.parametrize(
    "X, y, error, message",
    [
        (TABLE, None, ValueError, "pass y, or MultimodalData with labels. Received: no labels"),
        (TABLE, ["a"] * 36, ValueError, "at least two classes are needed.*all of class 'a'"),
        (TABLE, np.linspace(0, 1, 36), ValueError, "continuous"),
        (TABLE, NAMES[:5], ValueError, "inconsistent numbers of samples"),
        (["a text"], [0], TypeError, "X must be a table .*Received: a list"),
        (np.eye(3), [0, 1, 2], TypeError, "X must be a table .*Received: a ndarray"),
    ],
)
def test_unsuitable_samples_and_labels_are_refused(X, y, error, message):
    with pytest.raises(error, match=message):
        small_classifier().fit(X, y)


CHECKS = [
    "check_do_not_raise_errors_in_init_or_set_param",
    "check_estimator_cloneable",
    "check_estimator_repr",
    "check_get_params_invariance",
    "check_mixin_order",
    "check_no_attributes_set_in_init",
    "check_parameters_default_constructible",
    "check_set_params",
    "check_valid_tag_types",
]


@pytest.mark.parametrize("name", CHECKS)
@pytest.mark.parametrize("estimator", [mm.MultimodalClassifier(), small_classifier()])
def test_it_passes_the_checks_of_scikit_learn_that_need_no_data(name, estimator):
    check = getattr(estimator_checks, name, None)
    if check is None:
        pytest.skip("not in this version of scikit-learn")
    check("MultimodalClassifier", clone(estimator))


class OfVectors(mm.MultimodalClassifier):
    """For scikit-learn's checks, which pass arrays: their rows are ready vectors."""

    def __init__(self):
        super().__init__(level="vectors", head="linear", epochs=1)

    def _data(self, X):
        return MultimodalData({"vectors": np.asarray(X)})


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "name",
    [
        "check_dict_unchanged",
        "check_estimators_overwrite_params",
        "check_estimators_unfitted",
        "check_fit_score_takes_y",
    ],
)
def test_it_passes_the_checks_of_scikit_learn_that_fit(name):
    getattr(estimator_checks, name)("OfVectors", OfVectors())


def test_a_dict_may_have_every_kind_of_modality():
    prices = [[label] for label in DATA.labels]
    samples = {"text_title": TEXTS, "text_body": TEXTS, "numbers": prices}
    classifier = mm.MultimodalClassifier(head="linear", epochs=1).fit(samples, NAMES)
    assert list(classifier.classifier_.features.shapes) == list(samples)
    assert classifier.predict({**samples, "label": NAMES}).shape == (36,)
    with pytest.raises(ValueError, match="sample_weight needs y"):
        classifier.score(DATA, sample_weight=np.ones(36))


def test_a_fit_that_fails_changes_nothing(fitted):
    new = small_classifier()
    with pytest.raises(ValueError, match="at least two classes"):
        new.fit(TABLE, ["a"] * 36)
    with pytest.raises(NotFittedError):
        new.predict(TABLE)
    predicted = fitted.predict(TABLE)
    with pytest.raises(ValueError, match="at least two classes"):
        fitted.fit(TABLE, ["a"] * 36)
    np.testing.assert_array_equal(fitted.predict(TABLE), predicted)


def test_its_tags_and_an_unfitted_one():
    tags = get_tags(small_classifier())
    assert tags.estimator_type == "classifier" and tags.input_tags.dict
    assert not tags.input_tags.two_d_array and tags.target_tags.required
    with pytest.raises(NotFittedError):
        small_classifier().predict(TABLE)

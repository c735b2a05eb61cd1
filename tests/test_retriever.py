"""Retriever: searching in both directions, the index, unknown queries and items, errors."""

import warnings

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline

import mm_keras as mm
from mm_keras.evaluation.metrics import retrieval_scores
from mm_keras.retrieval import CCA, SemanticMatching
from mm_keras.training import train_dual_encoder

ATTRIBUTES = ("word", "color", "size", "place")


@pytest.fixture(scope="module")
def shop():
    """`(train, test, features, arrays)`: drawn products and their descriptions."""
    data = mm.datasets.make_shop(1000, size=48)
    train, test = data[np.arange(800)], data[np.arange(800, 1000)]
    image = [mm.image.HOG(cells_per_block=(2, 2)), mm.image.ColorHistogram()]
    features = mm.Features(text=mm.text.TFIDF(), image=image)
    return train, test, features, features.fit_transform(train)


@pytest.fixture(scope="module")
def cca(shop):
    return CCA().fit(shop[3])


@pytest.fixture(scope="module")
def retriever(shop, cca):
    _, test, features, _ = shop
    return mm.Retriever(features, cca).index(test)


def same_description(data):
    rows = list(zip(*(data.columns[name] for name in ATTRIBUTES)))
    return np.array([[row == other for other in rows] for row in rows])


def test_texts_find_images_of_their_description_and_images_find_texts(shop, retriever):
    test, relevant = shop[1], same_description(shop[1])
    texts_find = retrieval_scores(retriever.similarities(texts=test["text"]), relevant)
    images_find = retrieval_scores(retriever.similarities(images=test["image"]), relevant)
    assert texts_find["P@1"] >= 0.9 and images_find["P@1"] >= 0.8
    assert relevant.mean() < 0.02  # P@1 by chance


def test_results_are_ids_and_cosines_the_most_similar_first(shop, retriever):
    test = shop[1]
    assert repr(retriever) == "Retriever: text and image, 200 indexed items"
    (results,) = retriever.search(texts=["a small red bat on the left"], k=4)
    scores = retriever.similarities(texts=["a small red bat on the left"])[0]
    order = np.argsort(-scores, kind="stable")[:4]
    assert results == [(test.ids[i], float(scores[i])) for i in order]
    assert 1 >= results[0][1] >= results[3][1] > 0.3
    vectors = retriever.vectors
    both = retriever.similarities(images=test["image"][:3])
    np.testing.assert_allclose(both, vectors["image"][:3] @ vectors["text"].T, atol=1e-6)


def test_without_ids_results_are_row_numbers(shop, cca):
    _, test, features, _ = shop
    retriever = mm.Retriever(features, cca)
    assert retriever.index({"image": test["image"][:20]}) is retriever
    found = retriever.search(texts=test["text"][:20], k=20)
    assert [sorted(item for item, _ in results) for results in found] == [list(range(20))] * 20
    assert retriever.search(texts=[]) == []


def test_a_column_of_a_table_is_not_its_ids(shop, cca):
    pandas = pytest.importorskip("pandas")
    table = pandas.DataFrame({"text": shop[1]["text"][:3], "ids": [7, 7, 7]}, index=[4, 5, 6])
    assert mm.Retriever(shop[2], cca).index(table).ids == [0, 1, 2]


def test_data_and_target_name_the_direction(shop, retriever):
    some = shop[1][np.arange(5)]
    assert retriever.search(data={"text": some["text"]}) == retriever.search(texts=some["text"])
    for target, arguments in (
        ("text", {"images": some["image"]}),
        ("image", {"texts": some["text"]}),
    ):
        assert retriever.search(data=some, target=target) == retriever.search(**arguments)
    alike = retriever.search(images=some["image"], target="image", k=1)
    assert [results[0][0] for results in alike] == some.ids


def test_a_result_does_not_depend_on_the_other_queries(shop, retriever):
    texts = shop[1]["text"]
    one = [retriever.search(texts=[text])[0] for text in texts[:3]]
    many = retriever.search(texts=texts)[:3]
    for expected, results in zip(one, many):
        assert [item for item, _ in results] == [item for item, _ in expected]


def test_queries_of_which_nothing_is_known_have_no_results(retriever, tmp_path):
    with pytest.warns(mm.DataWarning) as caught:
        results = retriever.search(texts=["a red bat", "xyzzy plugh", "a blue key"])
    assert [len(result) for result in results] == [5, 0, 5]
    assert [str(warning.message) for warning in caught] == [
        "1 query contained nothing that the text features know: row 1. "
        "The similarity to all items is 0."
    ]
    with pytest.warns(mm.DataWarning, match="2 queries contained nothing.*: row 0, row 1"):
        assert retriever.search(texts=["xyzzy", "plugh"]) == [[], []]
    (tmp_path / "no.png").write_bytes(b"this is not an image")
    for bad in (str(tmp_path / "no.png"), tmp_path / "missing.png"):
        with pytest.warns(mm.DataWarning, match="1 sample could not be read") as caught:
            assert retriever.search(images=[bad]) == [[]]
        assert len(caught) == 1
    with pytest.warns(mm.DataWarning, match="row 0") as caught:
        assert not retriever.similarities(images=[None]).any()
    assert len(caught) == 1


def test_items_of_which_nothing_is_known_are_never_found(shop, cca):
    _, test, features, _ = shop
    retriever = mm.Retriever(features, cca)
    images = [*test["image"][:5], None]
    with pytest.warns(mm.DataWarning, match="1 item contained.*: row 5. It is never found"):
        retriever.index({"image": images})
    (results,) = retriever.search(texts=["a red bat"], k=6)
    assert sorted(item for item, _ in results) == [0, 1, 2, 3, 4]
    assert retriever.similarities(texts=["a red bat"])[0, 5] == 0


def test_every_embedding_can_be_used(shop):
    train, test, features, arrays = shop
    scm = make_pipeline(CCA(), SemanticMatching()).fit(arrays, train.labels)
    dual = train_dual_encoder(features, arrays, epochs=8)
    same_class = test.labels[:, None] == test.labels
    for embedding, relevant, least in ((scm, same_class, 0.5), (dual, same_description(test), 0.7)):
        with warnings.catch_warnings():
            warnings.simplefilter("error", mm.DataWarning)
            retriever = mm.Retriever(features, embedding).index(test)
        scores = retriever.similarities(texts=test["text"])
        assert retrieval_scores(scores, relevant)["P@1"] > least
        assert scores.min() >= -1 and scores.max() <= 1
        assert len(retriever.search(images=test["image"][:2], k=3)[1]) == 3
    with pytest.warns(mm.DataWarning, match="1 query"):
        assert retriever.search(texts=["xyzzy"]) == [[]]


def test_features_and_embedding_must_have_two_modalities_and_fit(shop, cca):
    train, _, features, _ = shop
    with pytest.raises(ValueError, match="features of two modalities.*Received: text. Keep two"):
        mm.Retriever(features.only("text"), cca)
    three = mm.Features(text=mm.text.TFIDF(), image=mm.image.HOG(), audio=mm.text.BagOfWords())
    three.fit({**{name: train[name][:9] for name in train.modalities}, "audio": ["beep"] * 9})
    with pytest.raises(ValueError, match="Received: text, image, audio. Keep two"):
        mm.Retriever(three, cca)
    with pytest.raises(ValueError, match="fitted on .* text features"):
        mm.Retriever(three.only("text", "image"), cca)
    with pytest.raises(NotFittedError):
        mm.Retriever(features, CCA())
    tokens = mm.Features(text=mm.text.Sequence(length=8), image=mm.image.HOG()).fit(train)
    with pytest.raises(ValueError, match="CCA needs features, but text samples are token ids"):
        mm.Retriever(tokens, cca)
    classifier = mm.fusion.feature_level_model(features.shapes, 3, head="dense")
    with pytest.raises(ValueError, match="one vector for each of text, image"):
        mm.Retriever(features, classifier)


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({}, "Samples of text or image are needed. Received: none"),
        ({"texts": ["a"], "images": [None]}, "one modality. Received: texts and images"),
        ({"texts": ["a"], "data": {"image": [None]}}, "one modality. Received: texts and data"),
        ({"data": {"text": ["a"], "image": [None]}}, "text and image. Add.* target='image'"),
        ({"data": {"audio": ["a"]}}, "Received: audio"),
        ({"data": {"text": ["a"], "image": [None, None]}}, "1 text samples, 2 image samples"),
        ({"texts": ["a"], "k": 0}, "between 1 and the number of indexed items, 200. Received: 0"),
        ({"texts": ["a"], "k": 201}, "Received: 201"),
        ({"texts": ["a"], "target": "audio"}, "one of text, image. Received: 'audio'"),
    ],
)
def test_wrong_searches_are_refused(retriever, arguments, message):
    with pytest.raises(ValueError, match=message):
        retriever.search(**arguments)


def test_one_text_instead_of_a_list_is_refused(retriever):
    with pytest.raises(TypeError, match="text samples must be a list"):
        retriever.search(texts="a red bat")


def test_a_search_needs_an_index_of_the_target(shop, cca):
    _, test, features, _ = shop
    retriever = mm.Retriever(features, cca)
    for search in (retriever.search, retriever.similarities):
        with pytest.raises(
            ValueError, match=r"Nothing is indexed yet. Call retriever.index\(data\)"
        ):
            search(texts=["a red bat"])
    retriever.index({"text": test["text"]})
    with pytest.raises(ValueError, match="No image samples are indexed.*target='text'"):
        retriever.search(texts=["a red bat"])
    assert retriever.search(images=test["image"][:1])
    with pytest.raises(ValueError, match="An index needs samples"):
        retriever.index({"text": []})

"""BagOfWords and TFIDF: they give exactly the matrices of scikit-learn's vectorizers."""

import json

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.decomposition import TruncatedSVD
from sklearn.exceptions import NotFittedError
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.pipeline import make_pipeline

from mm_keras.text import TFIDF, BagOfWords, tokenize
from mm_keras.utils.messages import DataWarning


def make_texts(num_texts, seed):
    """Zipf-distributed words with suffixes, capitals, accents and punctuation."""
    rng = np.random.default_rng(seed)
    stems = [
        "storm",
        "coast",
        "goal",
        "bank",
        "vote",
        "the",
        "a",
        "I",
        "köln",
        "don't",
        "fire",
        "x",
    ]
    words = [stem + suffix for stem in stems for suffix in ("", "s", "ing", "ed")]
    weights = 1 / np.arange(1, len(words) + 1)
    choices = rng.choice(len(words), size=(num_texts, 12), p=weights / weights.sum())
    texts = [", ".join(words[i] for i in row) + "." for row in choices]
    return [text.upper() if i % 3 == 0 else text for i, text in enumerate(texts)]


TRAIN, TEST = make_texts(60, seed=0), [*make_texts(20, seed=1), "unknown words only", "!"]
PATTERN = r"(?u)\b\w\w+\b"


def assert_same(ours, oracle):
    """Same terms and same values, on the training texts and on new ones, in one or two passes."""
    trained, oracle_trained = ours.fit_transform(TRAIN), oracle.fit_transform(TRAIN)
    assert ours.get_feature_names_out().tolist() == oracle.get_feature_names_out().tolist()
    assert ours.vocabulary_ == oracle.vocabulary_
    assert list(ours.vocabulary_) == sorted(ours.vocabulary_)
    assert ours.output_shape_ == (len(ours.vocabulary_),)
    for rows, expected in (
        (trained, oracle_trained),
        (ours.transform(TRAIN), oracle.transform(TRAIN)),
        (ours.fit(TRAIN).transform(TEST), oracle.transform(TEST)),
    ):
        assert rows.format == "csr" and rows.dtype == np.float32
        assert rows.has_sorted_indices
        np.testing.assert_array_equal(rows.toarray(), expected.toarray())


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"binary": True},
        {"lowercase": False},
        {"min_df": 3},
        {"min_df": 0.1, "max_df": 0.5},
        {"max_df": 20},
        {"ngram_range": (1, 2)},
        {"ngram_range": [2, 3], "min_df": 2},
        {"max_features": 5},
        {"max_features": 10_000},
        {"max_features": 4, "max_df": 0.6, "binary": True},
    ],
)
@pytest.mark.parametrize(
    "rule", [{}, {"stem": "porter"}, {"stop_words": ["the", "storm"], "stem": "snowball-english"}]
)
def test_counts_equal_scikit_learn_on_the_same_words(options, rule):
    lowercase = options.get("lowercase", True)
    words = lambda text: tokenize(text, lowercase=lowercase, **rule)  # noqa: E731
    same = {**options, "ngram_range": tuple(options.get("ngram_range", (1, 1))), "lowercase": False}
    oracle = CountVectorizer(tokenizer=words, token_pattern=None, **same)
    assert_same(BagOfWords(**options, **rule), oracle)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"stop_words": "english"},
        {"ngram_range": (1, 3)},
        {"stop_words": ["storm"], "ngram_range": (2, 2)},
    ],
)
def test_counts_equal_scikit_learn_with_its_default_words(options):
    assert_same(BagOfWords(token_pattern=PATTERN, **options), CountVectorizer(**options))


@pytest.mark.parametrize("analyzer", ["char", "char_wb"])
@pytest.mark.parametrize(
    "options", [{}, {"ngram_range": (2, 4), "min_df": 2}, {"lowercase": False}]
)
def test_character_counts_equal_scikit_learn(analyzer, options):
    assert_same(
        BagOfWords(analyzer=analyzer, **options), CountVectorizer(analyzer=analyzer, **options)
    )


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"sublinear_tf": True},
        {"norm": "l1"},
        {"norm": None},
        {"use_idf": False},
        {"smooth_idf": False},
        {"binary": True, "norm": None},
        {"sublinear_tf": True, "norm": "l1", "smooth_idf": False, "ngram_range": (1, 2)},
        {"min_df": 2, "max_df": 0.7, "use_idf": False, "norm": None},
        {"analyzer": "char_wb", "ngram_range": (2, 3)},
    ],
)
def test_tfidf_equals_scikit_learn(options):
    rule = {} if "analyzer" in options else {"token_pattern": PATTERN}
    ours, oracle = TFIDF(**options, **rule), TfidfVectorizer(dtype=np.float32, **options)
    assert_same(ours, oracle)
    if options.get("use_idf", True):
        np.testing.assert_array_equal(ours.idf_, oracle.idf_)
        assert ours.idf_.dtype == np.float32


def test_tfidf_of_stems_equals_stemming_every_word():
    words = lambda text: tokenize(text, stem="porter", stop_words="english")  # noqa: E731
    assert_same(
        TFIDF(stem="porter", stop_words="english"),
        TfidfVectorizer(tokenizer=words, token_pattern=None, lowercase=False, dtype=np.float32),
    )


def test_ties_between_words_are_broken_alphabetically():
    assert list(BagOfWords(max_features=3).fit(["d c b a a", "e"]).vocabulary_) == ["a", "b", "c"]


def test_tfidf_by_hand():
    # n = 2; "sun" is in 1 text, "wind" in 2: idf = ln(3/2) + 1 = 1.405 and ln(3/3) + 1 = 1.
    # The row is (2 * 1.405, 1) / 2.983.
    row = TFIDF().fit(["sun sun wind", "wind"]).transform(["sun wind sun"]).toarray()[0]
    np.testing.assert_allclose(row, [2.8109302 / 2.9835113, 1 / 2.9835113], rtol=1e-6)


@pytest.mark.parametrize(
    "extractor", [BagOfWords(), TFIDF(), TFIDF(ngram_range=(1, 2)), BagOfWords(analyzer="char")]
)
def test_missing_and_empty_texts_are_zero_rows(extractor):
    texts = ["sun wind", None, "sun"]
    full = extractor.fit_transform(texts).toarray()
    assert not full[1].any() and full[[0, 2]].any(axis=1).all()
    np.testing.assert_array_equal(
        full[[0, 2]], clone(extractor).fit_transform(["sun wind", "sun"]).toarray()
    )
    with pytest.warns(DataWarning, match=r"^2 samples .*: row 1, row 2\.") as caught:
        rows = extractor.transform(["sun", "", " \n", None]).toarray()
    assert len(caught) == 1 and not rows[1:].any()
    with pytest.raises(ValueError, match="empty text"):
        clone(extractor).set_params(strict=True).fit_transform(["sun", ""])


def test_unknown_words_give_a_zero_row_without_a_warning(recwarn):
    assert TFIDF().fit(["sun"]).transform(["rain", "!"]).nnz == 0
    assert not recwarn.list


@pytest.mark.parametrize(
    "extractor", [BagOfWords(min_df=2), TFIDF(stem="porter", stop_words=["the"])]
)
def test_rows_do_not_depend_on_their_neighbors(extractor):
    extractor.fit(TRAIN)
    together = extractor.transform(TEST).toarray()
    alone = np.concatenate([extractor.transform([text]).toarray() for text in TEST])
    np.testing.assert_array_equal(together, alone)
    assert extractor.transform([]).shape == (0, *extractor.output_shape_)


@pytest.mark.parametrize(
    "extractor", [BagOfWords(ngram_range=(1, 2)), TFIDF(stem="porter", stop_words=["the"])]
)
def test_state_is_json_and_arrays(extractor):
    extractor.fit(TRAIN)
    copy = clone(extractor)
    assert not hasattr(copy, "vocabulary_")
    for name, value in vars(extractor).items():
        setattr(
            copy,
            name,
            value.copy() if isinstance(value, np.ndarray) else json.loads(json.dumps(value)),
        )
    np.testing.assert_array_equal(
        copy.transform(TEST).toarray(), extractor.transform(TEST).toarray()
    )


def test_works_in_a_pipeline():
    rows = make_pipeline(TFIDF(), TruncatedSVD(3, random_state=0)).fit(TRAIN).transform(TEST)
    assert rows.shape == (len(TEST), 3)


@pytest.mark.parametrize(
    "extractor, texts, message",
    [
        (BagOfWords(), [], "vocabulary is empty"),
        (BagOfWords(), ["!", "?"], "vocabulary is empty"),
        (TFIDF(stop_words=["sun"]), ["sun", None], "fewer stop words"),
        (BagOfWords(min_df=2), ["sun", "wind"], "lower min_df"),
        (BagOfWords(analyzer="words"), ["sun"], "char_wb"),
        (BagOfWords(analyzer="char", stem="porter"), ["sun"], "apply to words only"),
        (BagOfWords(ngram_range=(2, 1)), ["sun"], "ngram_range"),
        (BagOfWords(max_df=1.5), ["sun"], "max_df"),
        (BagOfWords(max_features=0), ["sun"], "max_features"),
        (TFIDF(norm="l3"), ["sun"], "norm"),
    ],
)
def test_invalid_parameters(extractor, texts, message):
    with pytest.raises(ValueError, match=message):
        extractor.fit(texts)


def test_unfitted_use_and_wrong_input():
    with pytest.raises(NotFittedError):
        TFIDF().transform(["sun"])
    with pytest.raises(NotFittedError):
        BagOfWords().get_feature_names_out()
    for samples in ("sun", ["sun", 1.5], [b"sun"]):
        with pytest.raises(TypeError, match="Received"):
            BagOfWords().fit(samples)
        with pytest.raises(TypeError, match="Received"):
            BagOfWords().fit(["sun"]).transform(samples)


def test_numpy_strings_are_texts():
    np.testing.assert_array_equal(
        TFIDF().fit_transform(np.array(["sun wind", "sun"])).toarray(),
        TFIDF().fit_transform(["sun wind", "sun"]).toarray(),
    )

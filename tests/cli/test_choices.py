"""The options that choose extractors in place of the default ones."""

from argparse import Namespace

import pytest

from mm_keras.cli.choices import with_chosen
from mm_keras.cli.parser import build_parser
from mm_keras.datasets import make_newsroom
from mm_keras.features import Features
from mm_keras.image import HOG, ColorHistogram
from mm_keras.text import TFIDF


def chosen(*arguments):
    """dict, modality -> list of the names of extractors and of their settings."""
    options = build_parser().parse_args(["article", *arguments])
    assert isinstance(options, Namespace)
    default = Features(
        text=TFIDF(min_df=2, sublinear_tf=True), image=[HOG(size=64), ColorHistogram(size=64)]
    )
    extractors = with_chosen(default, options).extractors
    parts = {
        name: [part for _, part in getattr(one, "transformer_list", [("", one)])]
        for name, one in extractors.items()
    }
    return {name: [repr(part) for part in several] for name, several in parts.items()}


def test_without_options_the_default_ones_stay():
    assert chosen() == {
        "text": ["TFIDF(min_df=2, sublinear_tf=True)"],
        "image": ["HOG(size=64)", "ColorHistogram(size=64)"],
    }


def test_settings_apply_to_every_extractor_that_has_them():
    options = ["--stem", "porter", "--ngrams", "2", "--min-df", "3", "--image-size", "32"]
    parts = chosen(*options, "--text-features", "tfidf", "bow")
    for name, text in zip(("TFIDF", "BagOfWords"), parts["text"]):
        assert text.startswith(name) and "ngram_range=(1, 2)" in text
        assert "min_df=3" in text and "stem='porter'" in text
    assert parts["image"] == ["HOG(size=32)", "ColorHistogram(size=32)"]


def test_other_extractors_take_the_size_of_the_default_ones():
    assert chosen("--image-features", "sift", "hog")["image"] == ["SIFT(size=64)", "HOG(size=64)"]


def test_token_ids_stand_alone():
    assert chosen("--text-features", "sequence")["text"][0].startswith("Sequence")
    with pytest.raises(ValueError, match="cannot be concatenated.*Received: tfidf, sequence"):
        chosen("--text-features", "tfidf", "sequence")


def test_a_tab_can_be_typed():
    for text, delimiter in (("\\t", "\t"), ("tab", "\t"), (";", ";")):
        options = build_parser().parse_args(["compare", "--delimiter", text])
        assert options.delimiter == delimiter


def test_a_setting_that_no_chosen_extractor_has_is_refused():
    with pytest.raises(ValueError, match="Sequence has no setting ngram_range"):
        chosen("--text-features", "sequence", "--ngrams", "2")


def test_hog_is_a_vector_next_to_other_features():
    grid = Features(text=TFIDF(), image=HOG(feature_vector=False, size=64))
    options = build_parser().parse_args(["article", "--image-features", "hog", "color"])
    data = make_newsroom(12, seed=0)
    features = with_chosen(grid, options).fit(data)
    assert len(features.shapes["image"]) == 1
    options = build_parser().parse_args(["article", "--image-features", "hog"])
    assert len(with_chosen(grid, options).fit(data).shapes["image"]) == 3

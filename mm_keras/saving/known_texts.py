"""The text extractors of mm_keras in saved files: their settings and their learned values."""

from mm_keras.saving.rules import (
    Known,
    array,
    either,
    exactly,
    flag,
    integer,
    number,
    pattern,
    series,
    size,
    vocabulary,
    words,
)

LANGUAGES = (
    "arabic danish dutch english finnish french german hungarian italian norwegian porter "
    "portuguese romanian russian spanish swedish"
).split()
MAX_NGRAM = 100
NONE = exactly(None)
POSITIVE = integer(1)

WORDS = {
    "lowercase": flag,
    "stem": exactly(None, "porter", *(f"snowball-{language}" for language in LANGUAGES)),
    "stop_words": either(exactly(None, "english"), words),
    "token_pattern": either(exactly(None, "nltk"), pattern),
    "strict": flag,
}
LIMITS = {"max_df": number(0), "min_df": number(0)}
BAG = {
    **WORDS,
    **LIMITS,
    "max_features": either(NONE, POSITIVE),
    "analyzer": exactly("word", "char", "char_wb"),
    "ngram_range": series(integer(1, MAX_NGRAM), integer(1, MAX_NGRAM)),
    "binary": flag,
}
COLUMNS = {"vocabulary_": vocabulary("k"), "output_shape_": series(size("k"))}


def _bag_fits(saved):
    lowest, highest = saved.parameters["ngram_range"]
    return lowest <= highest


def _tfidf_fits(saved):
    return _bag_fits(saved) and (not saved.parameters["use_idf"] or "idf_" in saved.attributes)


def _plane_fits(saved):
    encoding, columns = saved.parameters["encoding"], saved.sizes["columns"]
    num_words = saved.sizes["words"] = len(saved.attributes["words_"])
    if len(set(saved.attributes["words_"])) != num_words:
        return False
    shapes = {"topics_": (columns, num_words), "center_": (columns,), "spread_": (columns,)}
    if encoding != "topics":
        shapes = dict.fromkeys(shapes, (0,))
    if encoding == "words" and num_words > saved.sizes["rows"] * columns:
        return False
    if saved.attributes["idf_"].shape != (num_words,) or encoding == "bytes" and num_words:
        return False
    return all(saved.attributes[name].shape == shape for name, shape in shapes.items())


def _sequence_fits(saved):
    return saved.attributes["num_ids_"] == saved.sizes["words"] + 2


TEXTS = {
    "BagOfWords": Known(BAG, COLUMNS, fits=_bag_fits),
    "TFIDF": Known(
        {
            **BAG,
            "norm": exactly("l1", "l2", "max", None),
            "use_idf": flag,
            "smooth_idf": flag,
            "sublinear_tf": flag,
        },
        {**COLUMNS, "idf_": array("k")},
        optional=frozenset({"idf_"}),
        fits=_tfidf_fits,
    ),
    "TextPlane": Known(
        {
            **WORDS,
            **LIMITS,
            "shape": series(size("rows"), size("columns")),
            "encoding": exactly("words", "topics", "bytes"),
            "values": exactly("tfidf", "count", "binary"),
        },
        {
            "words_": words,
            "idf_": array("words"),
            "topics_": either(array(0), array("columns", "words")),
            "center_": either(array(0), array("columns")),
            "spread_": either(array(0), array("columns")),
            "output_shape_": series(size("rows"), size("columns"), integer(1, 1)),
        },
        shape=lambda saved: (saved.sizes["rows"], saved.sizes["columns"], 1),
        fits=_plane_fits,
    ),
    "Sequence": Known(
        {
            **WORDS,
            "length": size("k"),
            "max_features": either(NONE, POSITIVE),
            "padding": exactly("pre", "post"),
            "truncating": exactly("pre", "post"),
        },
        {
            "vocabulary_": vocabulary("words", start=2),
            "num_ids_": POSITIVE,
            "output_shape_": series(size("k")),
        },
        fits=_sequence_fits,
    ),
}

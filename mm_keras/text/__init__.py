"""Text extractors, left of the line: raw texts in, arrays out."""

from mm_keras._lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, {
    "tokens": ["tokenize"],
    "bag_of_words": ["BagOfWords"],
    "tfidf": ["TFIDF"],
    "plane": ["TextPlane"],
    "sequence": ["Sequence"],
})

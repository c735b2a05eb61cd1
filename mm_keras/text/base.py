"""TextExtractor: the base class of all text extractors."""

from mm_keras.utils.extractor import Extractor


class TextExtractor(Extractor):
    """Base class of text extractors: a list of str or None -> rows of an array."""

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        return tags

"""TableExtractor: the base class of the extractors of table columns."""

from mm_keras.utils.extractor import Extractor


class TableExtractor(Extractor):
    """Base class of extractors of tables: rows of values -> rows of an array."""

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.one_d_array = False
        tags.input_tags.two_d_array = True
        return tags

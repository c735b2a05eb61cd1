from .bag_of_words import BagOfWords as BagOfWords
from .plane import TextPlane as TextPlane
from .sequence import Sequence as Sequence
from .tfidf import TFIDF as TFIDF
from .tokens import SENTENCE_PATTERN as SENTENCE_PATTERN
from .tokens import tokenize as tokenize

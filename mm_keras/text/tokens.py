"""Tokenization: one rule for splitting text of any language, shared by all text extractors."""

import re
import unicodedata
from collections.abc import Sequence
from copy import copy
from functools import cache, lru_cache

from mm_keras.text._characters import find_words, set_symbols_apart
from mm_keras.utils.scripts import RARE_CHINESE, WITHOUT_SPACES

_SPACELESS = WITHOUT_SPACES + RARE_CHINESE
# Marks that Python's \w excludes: combining, Hebrew, Arabic, Indic (also letters), joiners.
_MARKS = (
    "\u0300-\u036f\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u0900-\u0963"
    "\u0966-\u0dff\u200c\u200d"
)
_LETTERS = rf"(?:(?![{_SPACELESS}])[\w{_MARKS}])+"
# A `token_pattern` for sentences that are generated or scored: words with apostrophes inside,
# punctuation marks, and single characters of scripts without spaces, whose overlapping pairs could
# not be joined to a sentence.
SENTENCE_PATTERN = rf"[{_SPACELESS}]|{_LETTERS}(?:'{_LETTERS})*|[^\w\s]"
# A space between two such tokens that a written sentence does not have.
_NO_SPACE = re.compile(
    rf" (?=[{_SPACELESS}\u3000-\u303f,.;:!?)\]}}%/-])|(?<=[{_SPACELESS}\u3000-\u303f(\[{{/-]) "
)

# Invisible characters without meaning here: soft hyphen, reading direction, emoji or text style.
_IGNORED = re.compile(
    "[\u00ad\u061c\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufe00-\ufe0f\ufeff]"
)


def tokenize(
    text: str,
    lowercase: bool = True,
    stem: str | None = None,
    stop_words: str | Sequence[str] | None = None,
    token_pattern: str | None = None,
) -> list[str]:
    """Split a text into a list of words.

    The text is normalized first: Unicode NFKC (full-width letters, ligatures and decomposed
    accents become ordinary letters), then lower case. A word is a run of letters, digits, "_" and
    the marks that belong to them (accents, vowel signs), with apostrophes inside: "don't" is one
    word. Numbers and single letters are words, and so is every emoji. Punctuation is dropped.
    Scripts without spaces (Chinese, Japanese, Thai, ...) and Korean give overlapping pairs of
    characters, which find most words without a dictionary. Symbols that NFKC spells out do not
    run into their neighbors: "5½" is 5 and 1⁄2, "5㎏" is 5 and kg, and "™" is dropped.

    scikit-learn's default drops words of one letter and splits at apostrophes and vowel signs; on
    ASCII text `token_pattern=r"(?u)\\b\\w\\w+\\b"` gives exactly its words. On lower-case ASCII
    text NLTK's `RegexpTokenizer(r"\\w+(?:'\\w+)*")` gives the same words as the default rule, but
    more slowly; here Python's `re` does the splitting.

    Args:
        text: str.
        lowercase: bool, convert everything to lower case. Default True.
        stem: None, "porter" (English) or "snowball-<language>", e.g. "snowball-german": reduce
            words to their stem with NLTK, so that "storms" and "storm" become the same word.
        stop_words: None, "english" (scikit-learn's list) or a list of words to leave out.
            They are compared before stemming.
        token_pattern: None for the rule above; "nltk" for NLTK's word tokenizer (Penn Treebank
            rules: "don't" becomes "do", "n't"; punctuation is kept); or a regular expression that
            matches one word.

    Returns:
        list of str.

    Raises:
        TypeError: `text` is not a str.
        ValueError: unknown `stem` or `stop_words`, or an invalid `token_pattern`.

    Example:
        >>> tokenize("Don't panic: 2 STORMS hit the coast!")
        ["don't", 'panic', '2', 'storms', 'hit', 'the', 'coast']
        >>> tokenize("Storms hit the coast", stem="porter", stop_words="english")
        ['storm', 'hit', 'coast']
        >>> tokenize("東京は雨 ☔")
        ['東京', '京は', 'は雨', '☔']

    Reference:
        M. F. Porter: An algorithm for suffix stripping, 1980. S. Bird, E. Klein, E. Loper: Natural
        Language Processing with Python (NLTK), 2009.
    """
    if not isinstance(text, str):
        raise TypeError(f"tokenize needs a str. Received: {type(text).__name__}.")
    split, to_word = word_rule(lowercase, stem, stop_words, token_pattern)
    return [word for word in map(to_word, split(text)) if word is not None]


def join_tokens(tokens):
    """The sentence of tokens that match SENTENCE_PATTERN: no spaces between Chinese characters.

    Example:
        >>> join_tokens(["a", "bat", ",", "red"]), join_tokens(["红", "色", "的", "钟"])
        ('a bat, red', '红色的钟')
    """
    return _NO_SPACE.sub("", " ".join(tokens))


def word_rule(lowercase=True, stem=None, stop_words=None, token_pattern=None):
    """The two steps of `tokenize`, as functions.

    `split(text)` returns a list of tokens, and `to_word(token)` a word, or None for a stop word.
    `to_word` is the slow one and depends on the token alone, so that extractors call it once per
    distinct token.
    """
    find = _finder(token_pattern)
    stop = stop_word_set(stop_words, lowercase)
    stem_word = _stemmer(stem)

    def split(text):
        return find(normalize(text, lowercase))

    def to_word(token):
        return None if token in stop else stem_word(token)

    return split, to_word


def normalize(text, lowercase=True):
    """The text in NFKC, with straight apostrophes, no invisible characters, and in lower case."""
    if not text.isascii():
        text = _IGNORED.sub("", unicodedata.normalize("NFKC", set_symbols_apart(text)))
        text = text.replace("\u2019", "'")
    if not lowercase:
        return text
    text = text.lower()
    if text.isascii():
        return text
    return unicodedata.normalize("NFKC", text)  # lower() can decompose characters


def checked_texts(samples):
    """`samples` as a list of str or None; raises TypeError for anything else.

    A lazy sequence, which reads its texts on access, is returned as it is; its chunks are checked
    when they are read.
    """
    from mm_keras.utils.sequences import as_sequence

    texts = as_sequence(samples, "texts")
    if hasattr(texts, "tolist"):
        texts = texts.tolist()
    if not isinstance(texts, list):
        return texts
    for row, text in enumerate(texts):
        if not (text is None or isinstance(text, str)):
            raise TypeError(
                "Each text must be a str, or None where it is missing. "
                f"Received: {type(text).__name__} {text!r:.60} at row {row}."
            )
    return texts


def empty_rows(texts):
    """Row numbers of the texts that contain nothing but white space."""
    return [row for row, text in enumerate(texts) if text is not None and not text.strip()]


EMPTY_TEXT = ("had an empty text", "Empty texts become zero rows. Use None for a missing text.")


def _finder(token_pattern):
    """Function (normalized text) -> list of tokens."""
    if token_pattern is None:
        return find_words
    if token_pattern == "nltk":
        from nltk.tokenize import NLTKWordTokenizer

        return NLTKWordTokenizer().tokenize
    try:
        pattern = re.compile(token_pattern)
    except (re.error, TypeError) as error:
        raise ValueError(
            "token_pattern must be None, 'nltk' or a regular expression. "
            f"Received: {token_pattern!r} ({error})."
        ) from None
    if pattern.groups > 1:
        raise ValueError(
            f"token_pattern may have at most one group. Received: {token_pattern!r}. Use (?:...)."
        )
    return pattern.findall


def stop_word_set(stop_words, lowercase):
    """The stop words as a frozenset, normalized like the texts."""
    if stop_words is None:
        return frozenset()
    if isinstance(stop_words, str):
        if stop_words != "english":
            raise ValueError(
                f"stop_words must be None, 'english' or a list of words. Received: {stop_words!r}."
            )
        from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

        return ENGLISH_STOP_WORDS
    return frozenset(normalize(word, lowercase) for word in stop_words)


@cache
def _stemmer(stem):
    """Function token -> stem, which caches recent tokens; for `stem=None` the token itself.

    Each word gets a fresh copy of the stemmer: NLTK's Arabic one keeps what it found out about the
    word before.
    """
    if stem is None:
        return str
    from nltk.stem import PorterStemmer, SnowballStemmer

    choices = ["porter"] + [f"snowball-{language}" for language in SnowballStemmer.languages]
    if stem not in choices:
        raise ValueError(f"stem must be None or one of {', '.join(choices)}. Received: {stem!r}.")
    if stem == "porter":
        return lru_cache(maxsize=100_000)(PorterStemmer().stem)
    stemmer = SnowballStemmer(stem.removeprefix("snowball-")).stemmer
    return lru_cache(maxsize=100_000)(lambda token: copy(stemmer).stem(token))

"""Tables of all Unicode characters: what Python and `mm_keras.text` do with each of them."""

import unicodedata
from collections import namedtuple
from functools import cache

import numpy as np

from mm_keras.text._characters import find_words, set_symbols_apart
from mm_keras.text.tokens import normalize

NUM_CODES = 0x110000
PAGE = 256  # code points per page of a table
NOT_ALONE = 1 << 30  # see `shortcuts`
# The planes that have assigned characters, without surrogates and line feeds (the separator below).
CODES = [
    code
    for code in (*range(0xD800), *range(0xE000, 0x40000), *range(0xE0000, 0xE1000))
    if code != ord("\n")
]
CHARACTERS = list(map(chr, CODES))
# The roles of a character in `mm_keras.text.tokenize`. A NUMBERED symbol such as "❶" is a letter,
# but also an emoji after a joiner; TAG, KEYCAP and SKIN can follow an emoji.
(
    OTHER,
    LETTER,
    MARK,
    APOSTROPHE,
    SPACELESS,
    EMOJI,
    FLAG,
    SKIN,
    NUMBERED,
    TAG,
    KEYCAP,
    KEYCAP_BASE,
) = range(12)

# A value per code point, int32: that of code c is pages[numbers[c // PAGE] * PAGE + c % PAGE].
# Most pages are equal, and stored once.
Table = namedtuple("Table", "numbers pages")

# What characters become: that of code c is the `length[k]` codes of `codes` from `start[k]`, with k
# from `index`; the character itself where k is 0.
Expansion = namedtuple("Expansion", "index start length codes")


def compact(values):
    """An array (NUM_CODES,) as a Table."""
    pages = {}
    numbers = [pages.setdefault(row.tobytes(), len(pages)) for row in values.reshape(-1, PAGE)]
    return Table(np.array(numbers, np.int32), np.frombuffer(b"".join(pages), np.int32))


def table(values):
    """A Table of values per character, given in the order of CHARACTERS; 0 for all others."""
    array = np.zeros(NUM_CODES, np.int32)
    array[CODES] = values
    return compact(array)


def expansion(strings):
    """The Expansion in which each character becomes its string, in the order of CHARACTERS."""
    changed = [
        (code, string)
        for code, character, string in zip(CODES, CHARACTERS, strings)
        if string != character
    ]
    index = np.zeros(NUM_CODES, np.int32)
    index[[code for code, _ in changed]] = np.arange(1, len(changed) + 1)
    length = np.array([1, *(len(string) for _, string in changed)], np.int32)
    codes = np.array([0, *(ord(c) for _, string in changed for c in string)], np.int32)
    return Expansion(compact(index), np.cumsum(length, dtype=np.int32) - length, length, codes)


def each(function):
    """A function of a text applied to every character alone: a list of str."""
    return function("\n".join(CHARACTERS)).split("\n")


@cache
def decompositions():
    """The first step of `normalize`: symbols set apart, then decomposed (NFKD)."""
    return expansion([unicodedata.normalize("NFKD", text) for text in each(set_symbols_apart)])


@cache
def endings(lowercase):
    """The last step of `normalize`, for text in NFKC.

    Invisible characters are removed, apostrophes straightened, letters converted to lower case.
    """
    replaced = each(lambda text: normalize(text, lowercase=False))
    strings = [
        new if unicodedata.normalize("NFKC", old) == old else old
        for old, new in zip(CHARACTERS, replaced)
    ]
    return expansion([text.lower() for text in strings] if lowercase else strings)


@cache
def combining_classes():
    """The canonical combining class of every character; 0 for those that do not combine."""
    return table(list(map(unicodedata.combining, CHARACTERS)))


@cache
def compositions():
    """Pairs that NFKC composes: (pairs int64, sorted; composites int32; table of the seconds).

    A pair is first * NUM_CODES + second; the table has 1 for all characters that are the second of
    a pair.
    """
    pairs = {}
    for character, parts in zip(CHARACTERS, each(lambda text: unicodedata.normalize("NFD", text))):
        if parts != character and unicodedata.normalize("NFC", parts) == character:
            first = unicodedata.normalize("NFC", parts[:-1])
            pairs[ord(first) * NUM_CODES + ord(parts[-1])] = ord(character)
    keys = np.array(sorted(pairs), np.int64)
    seconds = np.zeros(NUM_CODES, np.int32)
    seconds[keys % NUM_CODES] = 1
    return keys, np.array([pairs[key] for key in keys.tolist()], np.int32), compact(seconds)


@cache
def cases():
    """What decides the form of a capital sigma, per character: 1 cased, 2 ignored, 0 neither.

    A sigma is final, "ς", after a cased letter and before none; ignored ones are skipped.
    """
    return table(
        [
            1 if (c + "Σ").lower()[-1] == "ς" else 2 if ("a" + c + "Σ").lower()[-1] == "ς" else 0
            for c in CHARACTERS
        ]
    )


@cache
def shortcuts(lowercase):
    """What `normalize` adds to the code of a character; NOT_ALONE where its neighbors matter.

    A text in which no character is NOT_ALONE is normalized character by character.
    """
    keys, _, _ = compositions()
    joins = set((keys % NUM_CODES).tolist())
    normals = each(lambda text: normalize(text, lowercase))
    return table(
        [
            ord(normal) - code
            if len(normal) == 1
            and code != ord("Σ")
            and not any(unicodedata.combining(c) or ord(c) in joins for c in (chr(code), normal))
            else NOT_ALONE
            for code, normal in zip(CODES, normals)
        ]
    )


@cache
def roles():
    """The role of every character in a word, LETTER etc., in normalized text."""
    spaceless = _matching("{}中", CHARACTERS)
    others = [character for character in CHARACTERS if ord(character) not in spaceless]
    letters, marks, apostrophes, emoji, flags, suffixes, keycaps = (
        _matching(pattern, others)
        for pattern in (
            "{}a",
            "б{}",
            "б{}б",
            "\U0001f44d\u200d{}",
            "{}\U0001f1e6",
            "\U0001f44d{}",
            "{}\u20e3",
        )
    )
    kinds = np.zeros(NUM_CODES, np.int32)
    for kind, members in (
        (SPACELESS, spaceless),
        (APOSTROPHE, apostrophes),
        (KEYCAP_BASE, keycaps),
        (MARK, marks),
        (TAG, suffixes),
        (KEYCAP, suffixes & marks),
        (EMOJI, emoji),
        (FLAG, emoji & flags),
        (SKIN, emoji & suffixes),
        (LETTER, letters),
        (NUMBERED, letters & emoji),
    ):
        kinds[list(members)] = kind
    return compact(kinds)


def _matching(pattern, characters):
    """The code points of the characters with which the pattern is a single word."""
    words = set(find_words("\n".join(map(pattern.format, characters))))
    return {ord(character) for character in characters if pattern.format(character) in words}

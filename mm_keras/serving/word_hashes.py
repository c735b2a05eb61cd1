"""The words of a text as pairs of whole numbers, in NumPy for a vocabulary and in Keras operations for a model."""

from functools import cache

import numpy as np
from keras import ops

from mm_keras.text.tokens import normalize, word_rule

OTHER, LETTER, MARK, APOSTROPHE, SPACELESS, EMOJI = range(6)
NUM_CODES = 0x20000  # of characters that can stand in words: two planes of Unicode
LONGEST = 256
BASES = (-1640531527, 741103597)  # odd: an injective step, modulo 2^32


@cache
def characters(lowercase=True):
    """What the words of `mm_keras.text.tokenize` are made of, found by asking it about single characters.

    Returns:
        (codes, kinds): int32 and uint8 arrays (NUM_CODES,): the code point that a character becomes when it is
        normalized, 0 where it becomes none or several; and the part it plays in a word, LETTER etc.
    """
    find, _ = word_rule(lowercase)
    codes, kinds = np.zeros(NUM_CODES, np.int32), np.zeros(NUM_CODES, np.uint8)
    for code in (
        *range(1, 0xD800),
        *range(0xE000, NUM_CODES),
    ):  # without the halves of surrogate pairs
        normal = normalize(chr(code), lowercase)
        if len(normal) == 1 and ord(normal) < NUM_CODES:
            codes[code] = ord(normal)
    normals = [chr(code) for code in np.flatnonzero(codes == np.arange(NUM_CODES))[1:]]
    for kind, pattern in ((EMOJI, "{}"), (SPACELESS, "{}中"), (LETTER, "{}a"), (MARK, "б{}")):
        words = set(find(" ".join(map(pattern.format, normals))))
        found = [ord(character) for character in normals if pattern.format(character) in words]
        kinds[[code for code in found if kind != MARK or kinds[code] == OTHER]] = kind
    kinds[ord("'")] = APOSTROPHE
    return codes, kinds


@cache
def powers():
    """BASES to the powers 0..LONGEST - 1 modulo 2^32, as int32 (2, LONGEST)."""
    rows = np.ones((2, LONGEST), np.int32)
    with np.errstate(over="ignore"):
        for k in range(1, LONGEST):
            rows[:, k] = rows[:, k - 1] * np.array(BASES, np.int32)
    return rows


def hash_word(word):
    """Two whole numbers for a word: sum of code * base^position modulo 2^32, for two bases, as Python ints.

    Example:
        >>> hash_word("a")
        (97, 97)
    """
    codes = np.array([ord(character) for character in word], np.int32)
    places = np.minimum(np.arange(len(codes)), LONGEST - 1)
    with np.errstate(over="ignore"):
        return tuple(int((codes * row[places]).sum(dtype=np.int32)) for row in powers())


def code_points(texts, lowercase=True):
    """Texts as the rows of code points that `raw_model` takes where strings cannot be passed: int32 (n, length).

    A text is normalized first, as `mm_keras.text.tokenize` does it; None is an empty text. In other languages: bring the
    text to Unicode's NFKC form and to lower case, and take the code points, filled up with 0.

    Example:
        >>> code_points(["Ab", "c"]).tolist()
        [[97, 98], [99, 0]]
    """
    rows = [
        np.frombuffer(normalize(text or "", lowercase).encode("utf-32-le", "replace"), np.int32)
        for text in texts
    ]
    codes = np.zeros((len(rows), max(map(len, rows), default=0)), np.int32)
    for row, characters_of_text in zip(codes, rows):
        row[: len(characters_of_text)] = characters_of_text
    return codes


def hashed(numbers):
    """A vocabulary as a table that needs no strings: int32 (num_buckets, bucket_size, 2) of (hash, number).

    A word lies in the bucket that its second hash says. A word that is not in the vocabulary is taken for one that is
    with a chance of less than 1 in 4,000,000,000.

    Args:
        numbers: dict, word -> number >= 1.

    Raises:
        ValueError: two words that cannot be told apart.
    """
    num_buckets = 2 * len(numbers) + 1
    buckets = {}
    for word, number in numbers.items():
        first, second = hash_word(word)
        bucket = buckets.setdefault(second % num_buckets, {})
        if first in bucket:
            raise ValueError(
                f"The word {word!r} has the hash of another one: leave one of them out of the vocabulary."
            )
        bucket[first] = number
    table = np.zeros((num_buckets, max(map(len, buckets.values())), 2), np.int32)
    for row, bucket in buckets.items():
        table[row, : len(bucket)] = list(bucket.items())
    return table


def hash_tokens(codes, kinds):
    """The tokens of a row of characters, all at once.

    Args:
        codes, kinds: int32 tensors (N,): normalized code points, and the parts they play; a text ends with OTHER.

    Returns:
        first, second: int32 (N + 1,), the two hashes of token t; token 0 is none.
        valid: bool (N + 1,), whether there is a token t, and it is a word.
        where: int32 (N + 1,), the position of its first character.
    """
    base = _carried(kinds, kinds != MARK)  # the kind of the character to which a mark belongs
    base_before, after = (
        _before(base),
        ops.concatenate([kinds[1:], ops.zeros((1,), "int32")], axis=0),
    )
    joined = (kinds == APOSTROPHE) & (base_before == LETTER) & (after == LETTER)
    in_word, cluster = (base == LETTER) | joined, kinds == SPACELESS
    goes_on = _emoji_goes_on(codes, kinds, after)
    starts = (
        (in_word & (_before(ops.cast(in_word, "int32")) == 0))
        | cluster
        | ((kinds == EMOJI) & ~goes_on)
    )
    inside = ops.cast(in_word | (base == SPACELESS) | (kinds == EMOJI) | goes_on, "int32")
    token, num = _count(starts), ops.shape(codes)[0] + 1
    positions = ops.arange(0, num - 1, dtype="int32")
    place = ops.clip(positions - _carried(positions, starts), 0, LONGEST - 1)
    hashes = [add_at(token, codes * inside * ops.take(row, place, axis=0), num) for row in powers()]
    # letters of scripts without spaces are tokens so far; each joins the one that follows it
    length = ops.clip(add_at(token, inside, num), 0, LONGEST - 1)
    follows = add_at(token, ops.cast(cluster & (base_before == SPACELESS), "int32"), num)
    next_follows = _after(follows)
    first, second = (
        h + next_follows * _after(h) * ops.take(row, length, axis=0)
        for h, row in zip(hashes, powers())
    )
    valid = (length > 0) & (ops.arange(0, num, dtype="int32") > 0) & (follows <= next_follows)
    return first, second, valid, add_at(token, ops.where(starts, positions, 0), num)


def _emoji_goes_on(codes, kinds, after):
    """Which characters belong to the emoji before them: skin colors, joiners and what they join, second letters of flags."""
    emoji, joiner = kinds == EMOJI, codes == 0x200D
    before = _before(kinds) == EMOJI
    flag = (codes >= 0x1F1E6) & (codes <= 0x1F1FF)
    positions = ops.arange(0, ops.shape(codes)[0], dtype="int32")
    since = positions - _carried(positions, flag & (_before(ops.cast(flag, "int32")) == 0))
    return (
        ((codes >= 0x1F3FB) & (codes <= 0x1F3FF) & before)
        | (joiner & before & (after == EMOJI))
        | (emoji & (_before(codes) == 0x200D) & (_before(_before(kinds)) == EMOJI))
        | (flag & (ops.mod(since, 2) == 1))
    )


def add_at(places, values, size):
    """An int32 or float32 tensor (size,) of zeros to which values (n,) are added at places (n,)."""
    return ops.scatter_update(
        ops.zeros((size,), values.dtype), ops.expand_dims(places, 1), values, reduction="add"
    )


def _count(flags):
    return ops.cumsum(ops.cast(flags, "int32"), axis=0, dtype="int32")


def _carried(values, starts):
    """For each position the value at the latest start, 0 before the first one."""
    group = _count(starts)
    return ops.take(
        add_at(group, ops.where(starts, values, 0), ops.shape(values)[0] + 1), group, axis=0
    )


def _before(values):
    return ops.concatenate([ops.zeros((1,), values.dtype), values[:-1]], axis=0)


def _after(values):
    return ops.concatenate([values[1:], ops.zeros((1,), values.dtype)], axis=0)

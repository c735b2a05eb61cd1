"""Words of a text as pairs of integers: in NumPy for a vocabulary, in Keras ops for a model."""

from collections.abc import Iterable
from functools import cache

import numpy as np
from keras import ops

from mm_keras.text.tokens import normalize, word_rule

OTHER, LETTER, MARK, APOSTROPHE, SPACELESS, EMOJI = range(6)
NUM_CODES = 0x20000  # code points of characters that can be part of words: two planes of Unicode
LONGEST = 256
BASES = (-1640531527, 741103597)  # odd: an injective step, modulo 2^32


@cache
def character_table(lowercase=True):
    """How `mm_keras.text.tokenize` treats every character, found by applying it to each of them.

    Returns:
        (codes, kinds): int32 and uint8 arrays (NUM_CODES,): the code point that a character becomes
        when it is normalized, 0 where it becomes none or several; and its role in a word, LETTER
        etc.
    """
    find, _ = word_rule(lowercase)
    codes = np.zeros(NUM_CODES, np.int32)
    kinds = np.zeros(NUM_CODES, np.uint8)
    for code in (*range(1, 0xD800), *range(0xE000, NUM_CODES)):  # without surrogates
        normal = normalize(chr(code), lowercase)
        if len(normal) == 1 and ord(normal) < NUM_CODES:
            codes[code] = ord(normal)
    normals = [chr(code) for code in np.flatnonzero(codes == np.arange(NUM_CODES))[1:]]
    for kind, pattern in ((EMOJI, "{}"), (SPACELESS, "{}中"), (LETTER, "{}a"), (MARK, "б{}")):
        words = set(find(" ".join(map(pattern.format, normals))))
        matches = [ord(character) for character in normals if pattern.format(character) in words]
        kinds[[code for code in matches if kind != MARK or kinds[code] == OTHER]] = kind
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
    """Two hashes of a word: sum of code * base^position modulo 2^32, for two bases, as Python ints.

    Example:
        >>> hash_word("a")
        (97, 97)
    """
    codes = np.array([ord(character) for character in word], np.int32)
    exponents = np.minimum(np.arange(len(codes)), LONGEST - 1)
    with np.errstate(over="ignore"):
        return tuple(int((codes * row[exponents]).sum(dtype=np.int32)) for row in powers())


def code_points(texts: Iterable[str | None], lowercase: bool = True) -> np.ndarray:
    """Texts as rows of code points, int32 (n, length): the input of `raw_model` without strings.

    Each text is normalized first, as in `mm_keras.text.tokenize`; None is an empty text. In other
    programming languages, convert the text to Unicode's NFKC form and to lower case, and pad its
    code points with 0.

    Example:
        >>> code_points(["Ab", "c"]).tolist()
        [[97, 98], [99, 0]]
    """
    rows = [
        np.frombuffer(normalize(text or "", lowercase).encode("utf-32-le", "replace"), np.int32)
        for text in texts
    ]
    codes = np.zeros((len(rows), max(map(len, rows), default=0)), np.int32)
    for padded, row in zip(codes, rows):
        padded[: len(row)] = row
    return codes


def hash_vocabulary(word_ids):
    """A vocabulary as a table without strings: int32 (num_buckets, bucket_size, 2) of (hash, id).

    The second hash of a word selects its bucket, the first one is stored there. The probability
    that an unknown word is mistaken for one of the vocabulary is below 1 in 4,000,000,000.

    Args:
        word_ids: dict, word -> id >= 1.

    Raises:
        ValueError: two words have the same hashes.
    """
    num_buckets = 2 * len(word_ids) + 1
    buckets = {}
    for word, word_id in word_ids.items():
        first, second = hash_word(word)
        bucket = buckets.setdefault(second % num_buckets, {})
        if first in bucket:
            raise ValueError(
                f"The word {word!r} has the same hash as another one. Remove one of them from the "
                "vocabulary."
            )
        bucket[first] = word_id
    table = np.zeros((num_buckets, max(map(len, buckets.values())), 2), np.int32)
    for row, bucket in buckets.items():
        table[row, : len(bucket)] = list(bucket.items())
    return table


def hash_tokens(codes, kinds):
    """The hashes of all tokens in a sequence of characters, computed at once.

    Args:
        codes, kinds: int32 tensors (N,): normalized code points and the roles of the characters,
            see `character_table`; a text ends with OTHER.

    Returns:
        first, second: int32 (N + 1,), the two hashes of token t; token 0 is none.
        valid: bool (N + 1,), whether there is a token t and it is a word.
        start: int32 (N + 1,), the position of its first character.
    """
    # the kind of the character to which a mark belongs
    base = _forward_fill(kinds, kinds != MARK)
    base_before = _shift_right(base)
    after = ops.concatenate([kinds[1:], ops.zeros((1,), "int32")], axis=0)
    joined = (kinds == APOSTROPHE) & (base_before == LETTER) & (after == LETTER)
    in_word = (base == LETTER) | joined
    spaceless = kinds == SPACELESS
    continues = _continues_emoji(codes, kinds, after)
    starts = (
        (in_word & (_shift_right(ops.cast(in_word, "int32")) == 0))
        | spaceless
        | ((kinds == EMOJI) & ~continues)
    )
    inside = ops.cast(in_word | (base == SPACELESS) | (kinds == EMOJI) | continues, "int32")
    token = _running_count(starts)
    num = ops.shape(codes)[0] + 1
    positions = ops.arange(0, num - 1, dtype="int32")
    offset = ops.clip(positions - _forward_fill(positions, starts), 0, LONGEST - 1)
    hashes = [
        add_at(token, codes * inside * ops.take(row, offset, axis=0), num) for row in powers()
    ]
    # letters of scripts without spaces are tokens so far; each joins the one that follows it
    length = ops.clip(add_at(token, inside, num), 0, LONGEST - 1)
    follows = add_at(token, ops.cast(spaceless & (base_before == SPACELESS), "int32"), num)
    next_follows = _shift_left(follows)
    first, second = (
        h + next_follows * _shift_left(h) * ops.take(row, length, axis=0)
        for h, row in zip(hashes, powers())
    )
    valid = (length > 0) & (ops.arange(0, num, dtype="int32") > 0) & (follows <= next_follows)
    return first, second, valid, add_at(token, ops.where(starts, positions, 0), num)


def _continues_emoji(codes, kinds, after):
    """Which characters belong to the emoji before them.

    These are skin colors, joiners and what they join, and second letters of flags.
    """
    emoji, joiner = kinds == EMOJI, codes == 0x200D
    before = _shift_right(kinds) == EMOJI
    flag = (codes >= 0x1F1E6) & (codes <= 0x1F1FF)
    positions = ops.arange(0, ops.shape(codes)[0], dtype="int32")
    first_flag = flag & (_shift_right(ops.cast(flag, "int32")) == 0)
    since = positions - _forward_fill(positions, first_flag)
    return (
        ((codes >= 0x1F3FB) & (codes <= 0x1F3FF) & before)
        | (joiner & before & (after == EMOJI))
        | (emoji & (_shift_right(codes) == 0x200D) & (_shift_right(_shift_right(kinds)) == EMOJI))
        | (flag & (ops.mod(since, 2) == 1))
    )


def add_at(indices, values, size):
    """Values (n,) added to zeros (size,) at indices (n,): an int32 or float32 tensor (size,)."""
    return ops.scatter_update(
        ops.zeros((size,), values.dtype), ops.expand_dims(indices, 1), values, reduction="add"
    )


def _running_count(flags):
    return ops.cumsum(ops.cast(flags, "int32"), axis=0, dtype="int32")


def _forward_fill(values, starts):
    """For each position the value at the latest start, 0 before the first one."""
    group = _running_count(starts)
    return ops.take(
        add_at(group, ops.where(starts, values, 0), ops.shape(values)[0] + 1), group, axis=0
    )


def _shift_right(values):
    return ops.concatenate([ops.zeros((1,), values.dtype), values[:-1]], axis=0)


def _shift_left(values):
    return ops.concatenate([values[1:], ops.zeros((1,), values.dtype)], axis=0)

"""Words of a text as pairs of integers: in NumPy for a vocabulary, in Keras ops for a model."""

from collections.abc import Iterable
from functools import cache

import numpy as np
from keras import ops

from mm_keras.serving.unicode_tables import (
    APOSTROPHE,
    EMOJI,
    FLAG,
    KEYCAP,
    KEYCAP_BASE,
    LETTER,
    MARK,
    NUMBERED,
    PAGE,
    SKIN,
    SPACELESS,
    TAG,
)
from mm_keras.text.tokens import normalize

LOW, HIGH = 256, 4096  # powers are computed up to LOW * HIGH, the longest word
BASES = (-1640531527, 741103597)  # odd: an injective step, modulo 2^32
JOINER = 0x200D


@cache
def powers():
    """BASES to the powers k and LOW * k modulo 2^32: a list of pairs of int32 arrays."""
    pairs = []
    for base in BASES:
        low = np.array([pow(base, k, 2**32) for k in range(LOW)], np.uint32)
        high = np.array([pow(base, LOW * k, 2**32) for k in range(HIGH)], np.uint32)
        pairs.append((low.astype(np.int32), high.astype(np.int32)))
    return pairs


def hash_word(word):
    """Two hashes of a word: sum of code * base^position modulo 2^32, for two bases, as Python ints.

    Example:
        >>> hash_word("a")
        (97, 97)
    """
    codes = np.array([ord(character) for character in word], np.int32)
    exponents = np.arange(len(codes))
    with np.errstate(over="ignore"):
        return tuple(
            int((codes * low[exponents % LOW] * high[exponents // LOW % HIGH]).sum(dtype=np.int32))
            for low, high in powers()
        )


def _powers_at(exponents):
    """BASES to the powers of an int32 tensor, modulo 2^32: a list of int32 tensors."""
    return [
        ops.take(low, ops.mod(exponents, LOW), axis=0)
        * ops.take(high, ops.mod(ops.floor_divide(exponents, LOW), HIGH), axis=0)
        for low, high in powers()
    ]


def code_points(texts: Iterable[str | None], lowercase: bool = True) -> np.ndarray:
    """Texts as rows of code points, int32 (n, length): the input of `raw_model` without strings.

    Each text is normalized first, as in `mm_keras.text.tokenize`; None is an empty text. In other
    programming languages, convert the text to Unicode's NFKC form and to lower case, and pad its
    code points with 0: that is the same but for symbols such as "½" and "™" and for invisible
    characters, see `mm_keras.text.tokens.normalize`.

    Example:
        >>> code_points(["Ab", "c"]).tolist()
        [[97, 98], [99, 0]]
    """
    return padded_codes([normalize(text or "", lowercase) for text in texts])


def padded_codes(texts):
    """The code points of texts, int32 (n, length), padded with 0."""
    rows = [np.frombuffer(text.encode("utf-32-le", "replace"), np.int32) for text in texts]
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


def values_of(table, codes):
    """The values of a `unicode_tables.Table` at code points, int32 (N,)."""
    page = ops.take(table.numbers, ops.floor_divide(codes, PAGE), axis=0)
    return ops.take(table.pages, page * PAGE + ops.mod(codes, PAGE), axis=0)


def hash_tokens(codes, kinds):
    """The hashes of all tokens in a sequence of characters, computed at once.

    Args:
        codes, kinds: int32 tensors (N,): normalized code points and the roles of the characters,
            see `unicode_tables.roles`; a text ends with OTHER.

    Returns:
        first, second: int32 (N + 1,), the two hashes of token t; token 0 is none.
        valid: bool (N + 1,), whether there is a token t and it is a word.
        start: int32 (N + 1,), the position of its first character.
    """
    emoji_starts, emoji_continues = _find_emoji(codes, kinds)
    kinds = ops.where(emoji_starts | emoji_continues, EMOJI, kinds)
    kinds = ops.where(kinds == NUMBERED, LETTER, kinds)
    kinds = ops.where(kinds == KEYCAP, MARK, kinds)
    # the kind of the character to which a mark belongs
    base = _forward_fill(kinds, kinds != MARK)
    base_before = _shift_right(base)
    joined = (kinds == APOSTROPHE) & (base_before == LETTER) & (_shift_left(kinds) == LETTER)
    in_word = (base == LETTER) | joined
    spaceless = kinds == SPACELESS
    starts = (in_word & (_shift_right(ops.cast(in_word, "int32")) == 0)) | spaceless | emoji_starts
    inside = ops.cast(in_word | (base == SPACELESS) | (kinds == EMOJI), "int32")
    token = _running_count(starts)
    num = ops.shape(codes)[0] + 1
    positions = ops.arange(0, num - 1, dtype="int32")
    offset = positions - _forward_fill(positions, starts)
    hashes = [add_at(token, codes * inside * power, num) for power in _powers_at(offset)]
    # letters of scripts without spaces are tokens so far; each joins the one that follows it
    length = add_at(token, inside, num)
    follows = add_at(token, ops.cast(spaceless & (base_before == SPACELESS), "int32"), num)
    next_follows = _shift_left(follows)
    first, second = (
        h + next_follows * _shift_left(h) * power for h, power in zip(hashes, _powers_at(length))
    )
    valid = (length > 0) & (ops.arange(0, num, dtype="int32") > 0) & (follows <= next_follows)
    return first, second, valid, add_at(token, ops.where(starts, positions, 0), num)


def _find_emoji(codes, kinds):
    """Which characters begin an emoji, and which continue it: two bool tensors (N,).

    An emoji is "#" or "*" with a frame, two flag letters, or a symbol that may be followed by skin
    colors, tags, frames, and joiners with another symbol.
    """
    symbol = _one_of(kinds, EMOJI, FLAG, SKIN, NUMBERED)
    joiner = (codes == JOINER) & _after(symbol)
    suffix = _one_of(kinds, TAG, KEYCAP)
    flag, after_joiner = kinds == FLAG, _before(joiner)
    first_flag, last_flag = flag & ~_before(flag), flag & ~_after(flag)
    positions = ops.arange(0, ops.shape(codes)[0], dtype="int32")
    flag_number = positions - _forward_fill(positions, first_flag)  # 0, 1, ... in a row of flags

    # Whether a symbol that may be continued ends here. Most characters decide that. Some leave it
    # as it was; a row of flag letters after a joiner leaves it or, if their number is odd, turns it
    # around, because the joiner takes the first letter only if it continues a symbol.
    is_odd = last_flag & (ops.mod(flag_number, 2) == 0)
    added = _fill(after_joiner, first_flag) & last_flag & (flag_number > 0)
    keeps = suffix | joiner | ((kinds == NUMBERED) & after_joiner) | (flag & ~last_flag) | added
    decided = ops.where(flag, is_odd, _one_of(kinds, EMOJI, SKIN))
    turns = _running_count(added & is_odd)
    turns = turns - _forward_fill(turns, ~keeps)
    is_open = ops.logical_xor(_fill(decided, ~keeps), ops.mod(turns, 2) == 1)

    after_open = _before(is_open)
    joins = joiner & after_open
    joined = symbol & _before(joins)
    num_joined = ops.cast(_fill(joined, first_flag), "int32")
    second_flag = flag & (ops.mod(flag_number - num_joined, 2) == 1)
    key, frame = kinds == KEYCAP_BASE, kinds == KEYCAP
    continues = (
        joins
        | joined
        | ((suffix | (kinds == SKIN)) & after_open)
        | second_flag
        | (frame & _before(key))
    )
    starts = (_one_of(kinds, EMOJI, SKIN, FLAG) | (key & _after(frame))) & ~continues
    return starts, continues


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


def _before(flags):
    """The flag of the character before each one."""
    return _shift_right(ops.cast(flags, "int32")) > 0


def _after(flags):
    """The flag of the character after each one."""
    return _shift_left(ops.cast(flags, "int32")) > 0


def _fill(flags, starts):
    """For each position the flag at the latest start, false before the first one."""
    return _forward_fill(ops.cast(flags, "int32"), starts) > 0


def _one_of(kinds, *choices):
    """Whether each kind is one of the choices."""
    flags = kinds == choices[0]
    for choice in choices[1:]:
        flags = flags | (kinds == choice)
    return flags

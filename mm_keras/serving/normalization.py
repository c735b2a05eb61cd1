"""`mm_keras.text.tokens.normalize` in TensorFlow: NFKC, no invisible characters, lower case.

Texts are flat arrays here: the code points of all texts one after another, a 0 after each text, and
the row of each code point.
"""

import tensorflow as tf

from mm_keras.serving.unicode_tables import (
    NOT_ALONE,
    NUM_CODES,
    cases,
    combining_classes,
    compositions,
    decompositions,
    endings,
    shortcuts,
)
from mm_keras.serving.word_hashes import values_of

CAPITAL_SIGMA, FINAL_SIGMA = 0x3A3, 0x3C2


def normalized_codes(texts, lowercase):
    """Strings (n,) -> code points of the normalized texts, int32 (n, longest), padded with 0."""
    ragged = tf.strings.unicode_decode(texts, "UTF-8")
    num_texts = ragged.nrows()
    ragged = tf.concat([ragged, tf.zeros((num_texts, 1), tf.int32)], axis=1)
    codes, rows = ragged.flat_values, ragged.value_rowids()
    changes = values_of(shortcuts(lowercase), codes)
    codes, rows = tf.cond(
        tf.reduce_all(changes < NOT_ALONE),
        lambda: (codes + changes, rows),
        lambda: _normalize(codes, rows, lowercase),
    )
    normalized = tf.RaggedTensor.from_value_rowids(codes, rows, num_texts, validate=False)
    return normalized.to_tensor()[:, :-1]


def _normalize(codes, rows, lowercase):
    codes, rows = _nfkc(codes, rows)
    if lowercase:
        codes = _final_sigmas(codes)
    codes, rows = _expand(endings(lowercase), codes, rows)
    return _nfkc(codes, rows) if lowercase else (codes, rows)


def _nfkc(codes, rows):
    codes, rows = _expand(decompositions(), codes, rows)
    classes = values_of(combining_classes(), codes)
    # each starter (class 0) is followed by its marks, in the order of their classes
    segment = tf.cumsum(tf.cast(classes == 0, tf.int32))
    order = tf.argsort(tf.cast(segment, tf.int64) * 256 + tf.cast(classes, tf.int64), stable=True)
    return _compose(tf.gather(codes, order), rows, tf.gather(classes, order))


def _expand(expansion, codes, rows):
    """Every character replaced by what it becomes: none, one or several characters."""
    index = values_of(expansion.index, codes)
    length = tf.gather(expansion.length, index)
    source = tf.repeat(tf.range(tf.size(codes)), length)
    offset = tf.range(tf.size(source)) - tf.gather(tf.cumsum(length, exclusive=True), source)
    index = tf.gather(index, source)
    replaced = tf.gather(expansion.codes, tf.gather(expansion.start, index) + offset)
    return tf.where(index == 0, tf.gather(codes, source), replaced), tf.gather(rows, source)


def _compose(codes, rows, classes):
    """Starters and the marks that follow them composed, as in Unicode's canonical composition.

    In each round every starter takes the first character that it composes with. A mark that a
    starter has passed without composing is not tried again.
    """

    def one_round(codes, rows, classes, passed, _):
        last_starter = _last_before(classes == 0)
        mark, starter, composite = _pairs(codes, classes, passed, last_starter)
        indices = tf.expand_dims(starter, 1)
        limit = tf.tensor_scatter_nd_update(tf.zeros_like(codes), indices, mark)
        passed |= tf.range(tf.size(codes)) < tf.gather(limit, tf.maximum(last_starter, 0))
        codes = tf.tensor_scatter_nd_update(codes, indices, composite)
        kept = tf.tensor_scatter_nd_update(
            tf.ones_like(passed), tf.expand_dims(mark, 1), tf.zeros_like(mark, tf.bool)
        )
        arrays = (tf.boolean_mask(array, kept) for array in (codes, rows, classes, passed))
        return *arrays, tf.size(mark) > 0

    unknown = tf.TensorShape([None])
    codes, rows, *_ = tf.while_loop(
        lambda *state: state[-1],
        one_round,
        (codes, rows, classes, tf.zeros_like(codes, tf.bool), True),
        shape_invariants=(unknown, unknown, unknown, unknown, tf.TensorShape([])),
    )
    return codes, rows


def _pairs(codes, classes, passed, last_starter):
    """Characters to compose with their starters: (positions, positions of starters, composites).

    Each starter appears at most once.
    """
    pairs, composites, seconds = compositions()
    is_second = values_of(seconds, codes) > 0
    before = tf.concat([[0], classes[:-1]], axis=0)
    unblocked = (last_starter == tf.range(tf.size(codes)) - 1) | (before < classes)
    possible = is_second & unblocked & ~passed & (last_starter >= 0)
    position, starter = tf.where(possible)[:, 0], tf.boolean_mask(last_starter, possible)
    first, second = (tf.cast(tf.gather(codes, index), tf.int64) for index in (starter, position))
    pair = first * NUM_CODES + second
    place = tf.minimum(tf.searchsorted(pairs, pair), len(pairs) - 1)
    composes = tf.gather(pairs, place) == pair
    # starters that may yet become the second of a pair wait until all others are done
    free = composes & ~tf.gather(is_second, starter)
    leftmost = composes & (tf.cumsum(tf.cast(composes, tf.int32)) == 1)
    composes = tf.where(tf.reduce_any(free), free, leftmost)
    position, starter, place = (
        tf.boolean_mask(array, composes) for array in (position, starter, place)
    )
    first_of_starter = starter != tf.concat([[-1], starter[:-1]], axis=0)
    position, starter, place = (
        tf.boolean_mask(array, first_of_starter) for array in (position, starter, place)
    )
    return tf.cast(position, tf.int32), starter, tf.gather(composites, place)


def _last_before(flags):
    """For each position the last one before it at which the flag is set, or -1."""
    positions = tf.concat([[-1], tf.cast(tf.where(flags)[:, 0], tf.int32)], axis=0)
    return tf.gather(positions, tf.cumsum(tf.cast(flags, tf.int32), exclusive=True))


def _final_sigmas(codes):
    """Capital sigmas at the end of a word replaced by final ones, "ς", which are in lower case."""
    case = values_of(cases(), codes)
    counts = case != 2
    before = tf.gather(tf.concat([[0], case], axis=0), _last_before(counts) + 1)
    after = tf.reverse(
        tf.gather(
            tf.concat([[0], tf.reverse(case, [0])], axis=0),
            _last_before(tf.reverse(counts, [0])) + 1,
        ),
        [0],
    )
    final = (codes == CAPITAL_SIGMA) & (before == 1) & (after != 1)
    return tf.where(final, FINAL_SIGMA, codes)

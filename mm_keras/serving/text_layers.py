"""Keras layers that mirror the text extractors: characters -> words -> counts or ids -> weights."""

import keras
from keras import ops

from mm_keras.serving.unicode_tables import NOT_ALONE, NUM_CODES, roles, shortcuts
from mm_keras.serving.word_hashes import add_at, hash_tokens, values_of


@keras.saving.register_keras_serializable("mm_keras")
class CodePoints(keras.layers.Layer):
    """Strings as rows of code points, padded with 0: string (n,) -> int32 (n, longest length).

    The texts are normalized as in `mm_keras.text.tokenize`, and letters are converted to lower case
    if `lowercase` is true. Requires the TensorFlow backend, the only one with strings.
    """

    def __init__(self, lowercase=True, **options):
        super().__init__(**options)
        self.lowercase = lowercase
        self.supports_jit = False  # XLA has no strings

    def call(self, texts):
        from mm_keras.serving.normalization import normalized_codes

        return normalized_codes(texts, self.lowercase)

    def compute_output_spec(self, texts):
        return keras.KerasTensor((texts.shape[0], None), "int32")

    def get_config(self):
        return {**super().get_config(), "lowercase": self.lowercase}


class _VocabularyLayer(keras.layers.Layer):
    """Base of the layers that look up words: holds the hashed vocabulary.

    Args:
        num_buckets, bucket_size: int, the shape of the vocabulary's table; see `hash_vocabulary`.
        lowercase: bool, see `mm_keras.text.tokenize`.
    """

    def __init__(self, num_buckets, bucket_size, lowercase=True, dtype="float32", **options):
        super().__init__(dtype=dtype, **options)
        self.num_buckets, self.bucket_size = num_buckets, bucket_size
        self.lowercase = lowercase

    def build(self, input_shape):
        self.table = self.add_weight(
            shape=(self.num_buckets, self.bucket_size, 2),
            dtype="int32",
            initializer="zeros",
            trainable=False,
            name="table",
        )

    def set_vocabulary(self, table):
        """Set the weight from the output of `hash_vocabulary`; returns self."""
        self.build(None)
        self.built = True
        self.set_weights([table])
        return self

    def look_up(self, codes):
        """The tokens of code points int32 (n, length).

        Returns:
            For every token its id in the vocabulary (0 if unknown), its row, and whether it is a
            word. And the number of rows: one more than texts, so that there is one in any batch.
        """
        codes = ops.pad(codes, ((0, 1), (0, 1)))  # the end of a text ends its last word
        num_rows = ops.shape(codes)[0]
        width = ops.shape(codes)[1]
        codes = ops.reshape(codes, (-1,))
        codes = ops.where((codes > 0) & (codes < NUM_CODES), codes, 0)
        # for code points of texts that are not normalized; others stay as they are
        changes = values_of(shortcuts(self.lowercase), codes)
        codes = codes + ops.where(changes < NOT_ALONE, changes, 0)
        first, second, valid, start = hash_tokens(codes, values_of(roles(), codes))
        # (tokens, bucket_size, 2)
        bucket = ops.take(self.table, ops.mod(second, self.num_buckets), axis=0)
        same = ops.cast(bucket[:, :, 0] == ops.expand_dims(first, 1), "int32")
        word_id = ops.max(same * bucket[:, :, 1], axis=1)
        return word_id, ops.floor_divide(start, width), valid, num_rows

    def get_config(self):
        return {
            **super().get_config(),
            "num_buckets": self.num_buckets,
            "bucket_size": self.bucket_size,
            "lowercase": self.lowercase,
        }


@keras.saving.register_keras_serializable("mm_keras")
class CountWords(_VocabularyLayer):
    """Word counts as in `BagOfWords`: code points int32 (n, length) -> float32 (n, num_words)."""

    def __init__(self, num_words, num_buckets, bucket_size, **options):
        super().__init__(num_buckets, bucket_size, **options)
        self.num_words = num_words

    def call(self, codes):
        word_id, row, valid, num_rows = self.look_up(codes)
        width = self.num_words + 1
        counts = add_at(row * width + word_id, ops.cast(valid, "float32"), num_rows * width)
        return ops.reshape(counts, (-1, width))[:-1, 1:]

    def compute_output_spec(self, codes):
        return keras.KerasTensor((codes.shape[0], self.num_words), "float32")

    def get_config(self):
        return {**super().get_config(), "num_words": self.num_words}


@keras.saving.register_keras_serializable("mm_keras")
class WeighWords(keras.layers.Layer):
    """Word counts weighted and normalized as in `TFIDF`: float32 (n, num_words) -> same shape.

    Args:
        norm: "l2", "l1", "max" or None.
        binary, sublinear_tf: bool, see `TFIDF`.

    Attributes:
        idf: weight (num_words,).
    """

    def __init__(self, norm=None, binary=False, sublinear_tf=False, **options):
        super().__init__(**options)
        self.norm = norm
        self.binary = binary
        self.sublinear_tf = sublinear_tf

    def build(self, input_shape):
        self.idf = self.add_weight(
            shape=input_shape[-1:], initializer="ones", trainable=False, name="idf"
        )

    def call(self, counts):
        if self.binary:
            counts = ops.minimum(counts, 1.0)
        if self.sublinear_tf:
            counts = ops.where(counts > 0, 1 + ops.log(ops.maximum(counts, 1.0)), 0.0)
        rows = counts * self.idf
        if self.norm is None:
            return rows
        norms = {
            "l2": lambda: ops.sqrt(ops.sum(rows * rows, axis=-1, keepdims=True)),
            "l1": lambda: ops.sum(rows, axis=-1, keepdims=True),
            "max": lambda: ops.max(rows, axis=-1, keepdims=True),
        }[self.norm]()
        return rows / ops.where(norms > 0, norms, 1.0)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {
            **super().get_config(),
            "norm": self.norm,
            "binary": self.binary,
            "sublinear_tf": self.sublinear_tf,
        }


@keras.saving.register_keras_serializable("mm_keras")
class NumberWords(_VocabularyLayer):
    """Word ids in text order as in `Sequence`: code points int32 (n, length) -> int32 (n, steps).

    Args:
        steps: int, number of ids per text.
        padding, truncating: "post" or "pre", see `Sequence`.
        stop_word: int, the id in the table that marks words to be removed.
    """

    def __init__(self, steps, padding, truncating, stop_word, num_buckets, bucket_size, **options):
        super().__init__(num_buckets, bucket_size, **options)
        self.steps = steps
        self.padding = padding
        self.truncating = truncating
        self.stop_word = stop_word

    def call(self, codes):
        word_id, row, valid, num_rows = self.look_up(codes)
        steps = self.steps
        kept = ops.cast(valid & (word_id != self.stop_word), "int32")
        so_far = ops.cumsum(kept, axis=0, dtype="int32")
        length = add_at(row, kept, num_rows)
        step = (
            so_far - 1 - ops.take(ops.cumsum(length, axis=0, dtype="int32") - length, row, axis=0)
        )
        length = ops.take(length, row, axis=0)
        if self.truncating == "pre":
            step = step - ops.maximum(length - steps, 0)
        if self.padding == "pre":
            step = step + ops.maximum(steps - length, 0)
        used = kept * ops.cast((step >= 0) & (step < steps), "int32")
        ids = ops.maximum(word_id, 1) * used  # 1 is the id of every unknown word
        index = ops.where(used > 0, row * steps + step, 0)
        return ops.reshape(add_at(index, ids, num_rows * steps), (-1, steps))[:-1]

    def compute_output_spec(self, codes):
        return keras.KerasTensor((codes.shape[0], self.steps), "int32")

    def get_config(self):
        return {
            **super().get_config(),
            "steps": self.steps,
            "padding": self.padding,
            "truncating": self.truncating,
            "stop_word": self.stop_word,
        }

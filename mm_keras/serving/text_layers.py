"""Keras layers that read texts as the text extractors do: characters -> words -> counts or ids -> weights."""

import keras
from keras import ops

from mm_keras.serving.word_hashes import NUM_CODES, add_at, characters, hash_tokens

IGNORED = r"[\x{AD}\x{61C}\x{200E}\x{200F}\x{202A}-\x{202E}\x{2060}-\x{2064}\x{2066}-\x{2069}\x{FE00}-\x{FE0F}\x{FEFF}]"


@keras.saving.register_keras_serializable("mm_keras")
class CodePoints(keras.layers.Layer):
    """Strings as rows of code points, filled up with 0: string (n,) -> int32 (n, length of the longest).

    Invisible characters are left out, as in `mm_keras.text.tokenize`, and capitals become small letters when `lowercase`.
    Needs the TensorFlow backend: the others have no strings.
    """

    def __init__(self, lowercase=True, **options):
        super().__init__(**options)
        self.lowercase = lowercase

    def call(self, texts):
        import tensorflow as tf

        texts = tf.strings.regex_replace(
            tf.strings.regex_replace(texts, IGNORED, ""), r"\x{2019}", "'"
        )
        if self.lowercase:
            texts = tf.strings.lower(texts, encoding="utf-8")
        return tf.strings.unicode_decode(texts, "UTF-8").to_tensor()

    def compute_output_spec(self, texts):
        return keras.KerasTensor((texts.shape[0], None), "int32")

    def get_config(self):
        return {**super().get_config(), "lowercase": self.lowercase}


class _Words(keras.layers.Layer):
    """What the layers below share: the tables of characters and of the hashed vocabulary.

    Args:
        num_buckets, bucket_size: int, the shape of the vocabulary's table; see `hashed`.
    """

    def __init__(self, num_buckets, bucket_size, dtype="float32", **options):
        super().__init__(dtype=dtype, **options)
        self.num_buckets, self.bucket_size = num_buckets, bucket_size

    def build(self, input_shape):
        fixed = {"initializer": "zeros", "trainable": False}
        self.codes = self.add_weight(shape=(NUM_CODES,), dtype="int32", name="codes", **fixed)
        self.kinds = self.add_weight(shape=(NUM_CODES,), dtype="uint8", name="kinds", **fixed)
        self.table = self.add_weight(
            shape=(self.num_buckets, self.bucket_size, 2), dtype="int32", name="table", **fixed
        )

    def learn(self, table, lowercase):
        """Take over what `hashed` made of a vocabulary; returns self."""
        self.build(None)
        self.built = True
        codes, kinds = characters(lowercase)
        self.set_weights([codes, kinds, table])
        return self

    def words(self, codes):
        """Code points int32 (n, length) -> for every token its number in the vocabulary (0 unknown), its row, if it is one."""
        codes = ops.pad(codes, ((0, 0), (0, 1)))  # the end of a text ends its last word
        width = ops.shape(codes)[1]
        codes = ops.reshape(codes, (-1,))
        codes = ops.take(self.codes, ops.where((codes > 0) & (codes < NUM_CODES), codes, 0), axis=0)
        first, second, valid, where = hash_tokens(
            codes, ops.cast(ops.take(self.kinds, codes, axis=0), "int32")
        )
        bucket = ops.take(
            self.table, ops.mod(second, self.num_buckets), axis=0
        )  # (tokens, bucket_size, 2)
        same = ops.cast(bucket[:, :, 0] == ops.expand_dims(first, 1), "int32")
        return ops.max(same * bucket[:, :, 1], axis=1), ops.floor_divide(where, width), valid

    def get_config(self):
        return {
            **super().get_config(),
            "num_buckets": self.num_buckets,
            "bucket_size": self.bucket_size,
        }


@keras.saving.register_keras_serializable("mm_keras")
class CountWords(_Words):
    """How often each word occurs, as `BagOfWords` counts: code points int32 (n, length) -> float32 (n, num_words)."""

    def __init__(self, num_words, num_buckets, bucket_size, **options):
        super().__init__(num_buckets, bucket_size, **options)
        self.num_words = num_words

    def call(self, codes):
        number, row, valid = self.words(codes)
        width, num_texts = self.num_words + 1, ops.shape(codes)[0]
        counts = add_at(row * width + number, ops.cast(valid, "float32"), num_texts * width)
        return ops.reshape(counts, (-1, width))[:, 1:]

    def compute_output_spec(self, codes):
        return keras.KerasTensor((codes.shape[0], self.num_words), "float32")

    def get_config(self):
        return {**super().get_config(), "num_words": self.num_words}


@keras.saving.register_keras_serializable("mm_keras")
class WeighWords(keras.layers.Layer):
    """Word counts weighed and scaled as `TFIDF` does: float32 (n, num_words) -> the same shape.

    Args:
        norm: "l2", "l1", "max" or None.
        binary, sublinear_tf: bool, see `TFIDF`.

    Attributes:
        idf: weight (num_words,).
    """

    def __init__(self, norm=None, binary=False, sublinear_tf=False, **options):
        super().__init__(**options)
        self.norm, self.binary, self.sublinear_tf = norm, binary, sublinear_tf

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
        sizes = {
            "l2": lambda: ops.sqrt(ops.sum(rows * rows, axis=-1, keepdims=True)),
            "l1": lambda: ops.sum(rows, axis=-1, keepdims=True),
            "max": lambda: ops.max(rows, axis=-1, keepdims=True),
        }[self.norm]()
        return rows / ops.where(sizes > 0, sizes, 1.0)

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
class NumberWords(_Words):
    """The ids of the words in their order, as `Sequence`: code points int32 (n, length) -> int32 (n, steps).

    Args:
        steps: int, how many ids.
        padding, truncating: "post" or "pre", see `Sequence`.
        stop_word: int, the number in the table that stands for words to be left out.
    """

    def __init__(self, steps, padding, truncating, stop_word, num_buckets, bucket_size, **options):
        super().__init__(num_buckets, bucket_size, **options)
        self.steps, self.padding, self.truncating, self.stop_word = (
            steps,
            padding,
            truncating,
            stop_word,
        )

    def call(self, codes):
        number, row, valid = self.words(codes)
        num_texts, steps = ops.shape(codes)[0], self.steps
        kept = ops.cast(valid & (number != self.stop_word), "int32")
        so_far = ops.cumsum(kept, axis=0, dtype="int32")
        length = add_at(row, kept, num_texts)
        place = (
            so_far - 1 - ops.take(ops.cumsum(length, axis=0, dtype="int32") - length, row, axis=0)
        )
        length = ops.take(length, row, axis=0)
        if self.truncating == "pre":
            place = place - ops.maximum(length - steps, 0)
        if self.padding == "pre":
            place = place + ops.maximum(steps - length, 0)
        shown = kept * ops.cast((place >= 0) & (place < steps), "int32")
        ids = ops.maximum(number, 1) * shown  # 1 stands for every unknown word
        return ops.reshape(
            add_at(ops.where(shown > 0, row * steps + place, 0), ids, num_texts * steps),
            (-1, steps),
        )

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

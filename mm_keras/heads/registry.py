"""All heads by name.

A new head is one file and one line here; its input layout and training defaults are attributes of
the function.
"""

from mm_keras.utils.registry import Registry

HEADS = Registry(
    {
        "linear": "mm_keras.heads.linear:linear_head",
        "dense": "mm_keras.heads.dense:dense_head",
        "cnn": "mm_keras.heads.cnn:cnn_head",
        "rnn": "mm_keras.heads.rnn:rnn_head",
    }
)

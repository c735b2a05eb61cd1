"""All heads by name, and what each of them reads."""

from mm_keras.heads.cnn import cnn_head
from mm_keras.heads.dense import dense_head
from mm_keras.heads.linear import linear_head
from mm_keras.heads.rnn import rnn_head

HEADS = {"linear": linear_head, "dense": dense_head, "cnn": cnn_head, "rnn": rnn_head}

# The rank that a head looks at: 1 numbers side by side, 2 steps, 3 positions as they are. Builders arrange for it.
READS = {linear_head: 1, dense_head: 1, rnn_head: 2, cnn_head: 3}

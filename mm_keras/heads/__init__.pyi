from .cnn import cnn_head as cnn_head
from .dense import dense_head as dense_head
from .linear import linear_head as linear_head
from .registry import HEADS as HEADS
from .rnn import rnn_head as rnn_head

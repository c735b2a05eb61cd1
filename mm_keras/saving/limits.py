"""The size of a network: what it would compute for one sample, from the shapes of its layers."""

import math
from dataclasses import dataclass

import keras

from mm_keras.saving.known import MAX_VALUES

MAX_TOTAL = 2**26  # values of all layers
MAX_WORK = 2**36  # multiplications of all layers
CALL = 2**10  # what a call counts at least, in values; limits the number of calls
STEP, UNROLLED_STEP = 2**20, 2**24  # what a recurrent step takes at least, in multiplications
WITHOUT_WORK = (  # of their own, beyond one multiplication for each value
    keras.Model,
    keras.layers.Embedding,
    keras.layers.PReLU,
)


@dataclass
class _Call:
    """A call of an operation: the shapes of its inputs and outputs, and how often it is done."""

    operation: keras.Operation
    inputs: list
    outputs: list
    times: int


def check_limits(model):
    """Raise ValueError if the outputs or the computations of a model are too large."""
    total = work = 0
    for call in _calls(model):
        num_values, num_scores = sum(map(_num_values, call.outputs)), _num_scores(call)
        if num_values > MAX_VALUES:
            shapes = " ".join(map(str, call.outputs))
            raise ValueError(f"{call.operation.name[:50]} has outputs of shape {shapes[:80]}")
        if num_scores > MAX_VALUES:
            raise ValueError(f"{call.operation.name[:50]} compares too many positions")
        total += call.times * (num_values + num_scores) + CALL
        work += call.times * _work(call)
        if total > MAX_TOTAL or work > MAX_WORK:
            raise ValueError("the network needs too many values or computations for one sample")


def _calls(model, times=1):
    """The calls of the operations of a model, and of those in it; a layer may be shared."""
    for operation in model.operations:
        for node in operation._inbound_nodes:
            call = _Call(operation, _shapes(node.input_tensors), _shapes(node.outputs), times)
            yield call
            inner = _inner_model(operation)
            if inner is not None:
                is_repeated = isinstance(operation, keras.layers.TimeDistributed)
                yield from _calls(inner, times * (_num_steps(call) if is_repeated else 1))


def _inner_model(operation):
    """A model that is a layer of another one, or in a layer such as TimeDistributed."""
    candidates = (operation, *(getattr(operation, name, None) for name in ("model", "layer")))
    return next((item for item in candidates if isinstance(item, keras.Model)), None)


def _num_steps(call):
    """The length of the first axis of the input."""
    shape = call.inputs[0]
    return shape[1] or 1 if len(shape) > 1 else 1


def _work(call):
    """About how many multiplications a call needs for one sample."""
    operation = call.operation
    if not isinstance(operation, keras.layers.Layer) or isinstance(operation, WITHOUT_WORK):
        return 0
    parts = list(operation._flatten_layers())
    channels_first = any(getattr(part, "data_format", "") == "channels_first" for part in parts)
    places = [
        _num_values(shape[1:] if channels_first else shape[:-1])
        for shape in call.inputs + call.outputs
    ]
    work = operation.count_params() * max(places, default=1)
    loops = [part for part in parts if isinstance(part, keras.layers.RNN)]
    steps = sum(UNROLLED_STEP if part.unroll else STEP for part in loops)
    return work + steps * (_num_steps(call) if loops else 0)


def _num_scores(call):
    """The values of the scores of an attention layer, which are no output of it."""
    layers, operation = keras.layers, call.operation
    if isinstance(operation, (layers.MultiHeadAttention, layers.GroupQueryAttention)):
        heads = getattr(operation, "num_heads", None) or operation.num_query_heads
    elif isinstance(operation, layers.AdditiveAttention):
        heads = call.inputs[0][-1] or 1
    elif isinstance(operation, layers.Attention):
        heads = 1
    else:
        return 0
    lengths = {_num_values(shape[:-1]) for shape in call.inputs}  # of the queries and the keys
    return heads * max(lengths) * sorted(lengths)[-2:][0]


def _shapes(tensors):
    return [tensor.shape for tensor in keras.tree.flatten(tensors)]


def _num_values(shape):
    return math.prod(size or 1 for size in shape[1:])

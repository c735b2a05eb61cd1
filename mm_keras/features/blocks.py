"""What goes into an extractor and what comes out of it, brought to one form for `Features`."""

from itertools import islice

import numpy as np

from mm_keras.utils.messages import collected


class Shape(tuple):
    """A shape without the batch axis. `num_ids` is set when the array holds token ids: the number of distinct ids."""

    num_ids = None


def one_estimator(extractor):
    """A list of extractors becomes one FeatureUnion."""
    if not isinstance(extractor, (list, tuple)):
        return extractor
    from sklearn.pipeline import make_union

    return make_union(*extractor, n_jobs=1)  # each extractor shares its samples among the workers by itself


def present_samples(samples, name):
    """The samples that are not None, and their positions (None when all are there)."""
    if isinstance(samples, (str, bytes)):
        raise TypeError(f"The {name} samples must be a list. Received one {type(samples).__name__}: put it in a list.")
    if isinstance(samples, np.ndarray) and samples.dtype != object:
        return samples, None
    present = np.array([i for i, sample in enumerate(samples) if sample is not None], dtype=int)
    if len(present) == len(samples):
        return samples, None
    return [samples[i] for i in present], present


def any_present(samples):
    """Whether any of the samples is not None."""
    return len(samples) > 0 and (hasattr(samples, "dtype") and samples.dtype != object or any(sample is not None for sample in samples))


def spread(block, present, num_samples):
    """The rows of the present samples back in their places, with zero rows between them."""
    if present is None:
        return block
    if hasattr(block, "tocsr"):
        block = block.tocsr()
        lengths = np.zeros(num_samples, block.indptr.dtype)
        lengths[present] = np.diff(block.indptr)
        return type(block)((block.data, block.indices, np.concatenate([[0], np.cumsum(lengths)])), (num_samples, block.shape[1]))
    full = np.zeros((num_samples, *block.shape[1:]), block.dtype)
    full[present] = block
    return full


def checked(block, name):
    """An extractor's output as float32 (or int32 ids), dense or sparse, with finite values."""
    if not hasattr(block, "dtype"):
        block = np.asarray(block)
    if block.dtype not in (np.float32, np.int32):
        block = block.astype(np.float32)
    values = block.data if hasattr(block, "toarray") else block
    if block.dtype == np.float32 and values.size and not (np.isfinite(values.min()) and np.isfinite(values.max())):  # nan is both
        raise ValueError(f"The {name} extractor returned values that are not finite (nan or inf).")
    return block


def shape_of(extractor, block):
    shape = Shape(block.shape[1:])
    if block.dtype == np.int32:
        shape.num_ids = int(extractor.num_ids_)
    return shape


def widths_of(extractor, samples, shape):
    """How many columns each extractor of a list gives, [d1, d2, ...]; None where there is one, or where it has weights of its own.

    Args:
        extractor: fitted; samples: raw, of which one is extracted again; shape: of one extracted sample.
    """
    parts = [part for _, part in getattr(extractor, "transformer_list", ())]
    if not parts or len(shape) != 1 or any(isinstance(part, str) for part in parts) or extractor.transformer_weights:
        return None
    one = list(islice((sample for sample in samples if sample is not None), 1))
    if not one:
        return None
    with collected():  # what is wrong with it was told before
        return [int(np.prod(getattr(part, "output_shape_", None) or part.transform(one).shape[1:])) for part in parts]

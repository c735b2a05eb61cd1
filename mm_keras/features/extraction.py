"""Run one extractor of `Features`: on workers, with a cache, zero rows for missing samples."""

from itertools import islice

import numpy as np

from mm_keras.features.cache import cache_for
from mm_keras.features.cache_files import as_block
from mm_keras.text.sequence import Sequence
from mm_keras.utils.extractor import as_arrays
from mm_keras.utils.messages import collected, report_merged
from mm_keras.utils.parallel import use_workers
from mm_keras.utils.shapes import TokenIds


def as_estimator(extractor):
    """The extractor; a list of extractors becomes one FeatureUnion.

    Raises:
        ValueError: token ids next to other columns.
    """
    if not isinstance(extractor, (list, tuple)):
        return extractor
    from sklearn.pipeline import make_union

    ids = [type(part).__name__ for part in extractor if isinstance(part, Sequence)]
    if ids and len(extractor) == 1:
        return extractor[0]  # a FeatureUnion has no token ids
    if ids:
        raise ValueError(
            f"The token ids of {ids[0]} cannot be concatenated with other columns. Received: a "
            f"list of {len(extractor)} extractors. Make it a modality of its own."
        )
    return make_union(*extractor, n_jobs=1)  # each extractor uses the workers by itself


def fit_extractor(extractor, all_samples, name, labels, workers, cache, one_pass):
    """Fit the extractor on the samples that are not missing.

    Returns what `extract_rows` returns for all samples with `one_pass`, else None.
    """
    samples, present = present_samples(all_samples)
    labels = labels if labels is None or present is None else labels[present]
    cache, block = cache_for(cache), None
    with as_arrays(), use_workers(workers), collected() as notes:
        if cache and one_pass:
            block = cache.fit_transform(extractor, samples, labels, name)
        elif cache:
            cache.fit(extractor, samples, labels, name)
        elif one_pass and getattr(type(extractor), "one_pass", False):
            block = extractor.fit_transform(samples, labels)
        else:
            extractor.fit(samples, labels)
            block = extractor.transform(samples) if one_pass else None
    _report(notes, present, len(samples))
    return scatter_rows(_checked(block, name), present, len(all_samples)) if one_pass else None


def extract_rows(extractor, all_samples, name, workers, cache):
    """The unscaled rows of a fitted extractor, dense or sparse; zero rows for missing samples."""
    samples, present = present_samples(all_samples)
    cache = cache_for(cache)
    with as_arrays(), use_workers(workers), collected() as notes:
        block = _checked(
            cache.transform(extractor, samples, name) if cache else extractor.transform(samples),
            name,
        )
    _report(notes, present, len(samples))
    return scatter_rows(block, present, len(all_samples))


def _report(notes, present, num_samples):
    """Report bad samples by their row numbers among all samples."""
    report_merged([(range(num_samples) if present is None else present, note) for note in notes])


def present_samples(samples):
    """The samples that are not None, and their positions (None if there are no missing ones)."""
    if isinstance(samples, np.ndarray) and samples.dtype != object:
        return samples, None
    present = np.array([i for i, sample in enumerate(samples) if sample is not None], dtype=int)
    if len(present) == len(samples):
        return samples, None
    return [samples[i] for i in present], present


def has_samples(samples):
    """Whether any of the samples is not None."""
    return len(samples) > 0 and (
        hasattr(samples, "dtype")
        and samples.dtype != object
        or any(sample is not None for sample in samples)
    )


def scatter_rows(block, present, num_samples):
    """The rows of the present samples at their positions, with zero rows between them."""
    if present is None:
        return block
    if hasattr(block, "tocsr"):
        block = block.tocsr()
        lengths = np.zeros(num_samples, block.indptr.dtype)
        lengths[present] = np.diff(block.indptr)
        return type(block)(
            (block.data, block.indices, np.concatenate([[0], np.cumsum(lengths)])),
            (num_samples, block.shape[1]),
        )
    full = np.zeros((num_samples, *block.shape[1:]), block.dtype)
    full[present] = block
    return full


def _checked(block, name):
    """An extractor's output as float32 (or int32 ids), dense or sparse, with finite values."""
    block = as_block(block)
    if block.dtype not in (np.float32, np.int32):
        block = block.astype(np.float32)
    values = block.data if hasattr(block, "toarray") else block
    if (
        block.dtype == np.float32
        and values.size
        and not (np.isfinite(values.min()) and np.isfinite(values.max()))  # nan is both
    ):
        raise ValueError(f"The {name} extractor returned values that are not finite (nan or inf).")
    return block


def shape_of(extractor, block):
    """The shape of one extracted sample; for token ids, a `TokenIds` with the number of ids."""
    return (
        TokenIds(block.shape[1], int(extractor.num_ids_))
        if block.dtype == np.int32
        else tuple(block.shape[1:])
    )


def block_widths(extractor, samples, shape):
    """Number of columns of each extractor in a list, [d1, d2, ...].

    None for a single extractor, or a FeatureUnion with weights of its own.

    Args:
        extractor: fitted.
        samples: raw samples, of which one is extracted again.
        shape: shape of one extracted sample.
    """
    parts = [part for _, part in getattr(extractor, "transformer_list", ())]
    if (
        not parts
        or len(shape) != 1
        or any(isinstance(part, str) for part in parts)
        or extractor.transformer_weights
    ):
        return None
    one = list(islice((sample for sample in samples if sample is not None), 1))
    if not one:
        return None
    with collected():  # its problems have been reported already
        return [
            int(np.prod(getattr(part, "output_shape_", None) or part.transform(one).shape[1:]))
            for part in parts
        ]

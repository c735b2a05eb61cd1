"""One extractor at work for `Features`: on workers, from a cache, with zero rows for the samples that are missing."""

from mm_keras.features.blocks import checked, present_samples, spread
from mm_keras.features.cache import cache_for
from mm_keras.utils.messages import collected, report_merged
from mm_keras.utils.parallel import use_workers


def fitted(extractor, all_samples, name, labels, workers, cache, one_pass):
    """Fit the extractor on the samples that are there; with `one_pass` returns what `extracted` gives for all, else None."""
    samples, present = present_samples(all_samples, name)
    labels = labels if labels is None or present is None else labels[present]
    cache, block = cache_for(cache), None
    with use_workers(workers), collected() as notes:
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
    return spread(checked(block, name), present, len(all_samples)) if one_pass else None


def extracted(extractor, all_samples, name, workers, cache):
    """The rows of a fitted extractor, unscaled, dense or sparse; zero rows for samples that are None."""
    samples, present = present_samples(all_samples, name)
    cache = cache_for(cache)
    with use_workers(workers), collected() as notes:
        block = checked(cache.transform(extractor, samples, name) if cache else extractor.transform(samples), name)
    _report(notes, present, len(samples))
    return spread(block, present, len(all_samples))


def _report(notes, present, num_samples):
    """Tell what was bad, with the row numbers of all samples."""
    report_merged([(range(num_samples) if present is None else present, note) for note in notes])

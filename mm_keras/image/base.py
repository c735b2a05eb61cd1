"""ImageExtractor: what all image extractors share: learn a size, read in chunks, put the rows together."""

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from mm_keras.image.convert import check_image, check_unit_range
from mm_keras.image.read import (
    UnreadableImage,
    as_samples,
    learned_size,
    read_image,
    sample_name,
    unreadable,
)
from mm_keras.utils.messages import report_bad
from mm_keras.utils.parallel import concat_chunks, map_chunks
from mm_keras.utils.progress import with_progress

CHUNK_PIXELS = 262_144  # so many are read and worked on at a time, which takes little memory


class ImageExtractor(TransformerMixin, BaseEstimator, auto_wrap_output_keys=None):
    """Images -> rows of an array. A subclass says how one chunk of equally large images becomes rows.

    A subclass has the constructor parameters `size` and `strict` and defines

        _check()                 raise ValueError for wrong parameters; `size_` is known
        _is_gray()               whether it wants gray images (rows, cols) or color (rows, cols, 3)
        _shape()                 shape of one output row
        _extract(images, rows) fill rows (n, *_shape()) from images (n, rows, cols[, 3]), uint8 or float in [0, 1]

    and may define `_learn(samples)`, which learns more than the size. Images are worked on by joblib's workers, see
    `mm_keras.utils.parallel`.

    Attributes:
        size_: (rows, cols) to which all images are brought.
        output_shape_: shape of one output row.
    """

    default_size = (64, 64)
    zero_row_reason = None  # what an image lacks whose row is zero, if that is to be reported
    problem = "could not be read as an image"
    min_chunk = 64  # so many images are worth the way to another process

    def fit(self, samples, y=None):
        """Learn the image size (and what the extractor needs) from training images; returns self."""
        samples = as_samples(samples)
        self.size_ = learned_size(samples, self.size, self.default_size)
        self._check()
        self._learn(samples)
        self.output_shape_ = self._shape()
        return self

    def transform(self, samples):
        """Images -> float32 array (n, *output_shape_). None and unreadable images are all-zero rows."""
        check_is_fitted(self, "output_shape_")
        samples = as_samples(samples)
        parts = map_chunks(self._rows, samples, *self._part_lengths())
        return concat_chunks(with_progress(parts, len(samples)), len(samples), self.output_shape_)

    def _rows(self, samples):
        """The rows of one part of the samples."""
        rows = np.zeros((len(samples), *self.output_shape_), np.float32)
        batches, blank = ImageBatches(samples, self.size_, self._is_gray()), []
        for index, images in batches:
            self._extract(images, rows[index])
            if self.zero_row_reason:
                blank += np.arange(len(samples))[index][~rows[index].any(axis=-1)].tolist()
        bad = batches.unreadable + [
            (
                name,
                f"{name if isinstance(name, str) else f'row {name}'} has {self.zero_row_reason}.",
            )
            for name in (sample_name(samples[row], row) for row in blank)
        ]
        report_bad(*unreadable(bad, self.problem), self.strict)
        return rows

    def _part_lengths(self):
        """(most, fewest) images that one worker gets at a time."""
        return max(
            self.min_chunk, 4 * CHUNK_PIXELS // (self.size_[0] * self.size_[1])
        ), self.min_chunk

    def _check(self):
        pass

    def _learn(self, samples):
        pass


class ImageBatches:
    """The images of some samples, chunk by chunk: iterate for pairs (slice, images of `size` and one number type).

    None is left out. Arrays that have the size and the channels already are passed on as they are, so float images stay
    float.

    Attributes:
        unreadable: list of (name, error), the unreadable images met so far.
    """

    def __init__(self, samples, size, gray):
        self.samples, self.size, self.gray = samples, size, gray
        self.unreadable = []

    def __iter__(self):
        step = max(1, CHUNK_PIXELS // (self.size[0] * self.size[1]))
        for start in range(0, len(self.samples), step):
            chunk = self.samples[start : start + step]
            if isinstance(chunk, np.ndarray) and _fits(chunk[0], self.size, self.gray):
                yield slice(start, start + len(chunk)), _checked(chunk, self.gray)
                continue
            run = []  # neighbors of one number type
            for row, sample in enumerate(chunk, start):
                image = self._load(sample, row)
                if run and (image is None or image.dtype != run[0].dtype):
                    yield slice(row - len(run), row), np.stack(run)
                    run = []
                if image is not None:
                    run.append(image)
            if run:
                yield slice(start + len(chunk) - len(run), start + len(chunk)), np.stack(run)

    def _load(self, sample, row):
        """One image, or None: a missing or an unreadable one."""
        try:
            return None if sample is None else load_image(sample, self.size, self.gray)
        except (FileNotFoundError, UnreadableImage) as error:
            self.unreadable.append((sample_name(sample, row), error))


def load_image(sample, size, gray):
    """One image of `size`: uint8, or float when it is a float array that fits already."""
    if isinstance(sample, np.ndarray):
        check_image(sample)
        if _fits(sample, size, gray):
            return _checked(sample[None], gray)[0]
    return read_image(sample, size, gray)


def _fits(array, size, gray):
    """Whether an array is an image that can be used without resampling."""
    channels = array.shape[2] if array.ndim == 3 else 1
    usable = array.dtype == np.uint8 or array.dtype.kind == "f"
    return usable and array.shape[:2] == tuple(size) and channels == (1 if gray else 3)


def _checked(images, gray):
    """Images (n, rows, cols[, channels]) with floats checked, and gray ones without a channel axis."""
    if images.dtype.kind == "f":
        check_unit_range(images)
    return images[..., 0] if gray and images.ndim == 4 else images

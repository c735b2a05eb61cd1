"""ImageExtractor: what all image extractors share: learn a size, read in chunks, put the rows together."""

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from mm_keras.image.convert import check_picture, check_unit_range
from mm_keras.image.read import UnreadablePicture, as_samples, learned_size, read_image, sample_name, unreadable
from mm_keras.utils.messages import report_bad
from mm_keras.utils.parallel import map_parts, stacked
from mm_keras.utils.progress import shown

CHUNK_PIXELS = 262_144  # so many are read and worked on at a time, which takes little memory


class ImageExtractor(TransformerMixin, BaseEstimator, auto_wrap_output_keys=None):
    """Pictures -> rows of an array. A subclass says how one chunk of equally large pictures becomes rows.

    A subclass has the constructor parameters `size` and `strict` and defines

        _check()                 raise ValueError for wrong parameters; `size_` is known
        _is_grey()               whether it wants grey pictures (rows, cols) or colour (rows, cols, 3)
        _shape()                 shape of one output row
        _extract(pictures, rows) fill rows (n, *_shape()) from pictures (n, rows, cols[, 3]), uint8 or float in [0, 1]

    and may define `_learn(samples)`, which learns more than the size. Pictures are worked on by joblib's workers, see
    `mm_keras.utils.parallel`.

    Attributes:
        size_: (rows, cols) to which all pictures are brought.
        output_shape_: shape of one output row.
    """

    default_size = (64, 64)
    zero_rows_mean = None  # what a picture lacks whose row is zero, if that is to be reported
    problem = "could not be read as a picture"
    worth_sharing = 64  # so many pictures are worth the way to another process

    def fit(self, samples, y=None):
        """Learn the picture size (and what the extractor needs) from training pictures; returns self."""
        samples = as_samples(samples)
        self.size_ = learned_size(samples, self.size, self.default_size)
        self._check()
        self._learn(samples)
        self.output_shape_ = self._shape()
        return self

    def transform(self, samples):
        """Pictures -> float32 array (n, *output_shape_). None and unreadable pictures are all-zero rows."""
        check_is_fitted(self, "output_shape_")
        samples = as_samples(samples)
        parts = map_parts(self._rows, samples, *self._part_lengths())
        return stacked(shown(parts, len(samples)), len(samples), self.output_shape_)

    def _rows(self, samples):
        """The rows of one part of the samples."""
        rows, bad = np.zeros((len(samples), *self.output_shape_), np.float32), []
        for index, pictures in batches(samples, self.size_, self._is_grey(), bad):
            self._extract(pictures, rows[index])
            if self.zero_rows_mean:
                blank = np.arange(len(samples))[index][~rows[index].any(axis=-1)]
                bad += [(name, f"{name if isinstance(name, str) else f'row {name}'} has {self.zero_rows_mean}.")
                        for name in (sample_name(samples[row], row) for row in blank)]
        report_bad(*unreadable(bad, self.problem), self.strict)
        return rows

    def _part_lengths(self):
        """(most, fewest) pictures that one worker gets at a time."""
        return max(self.worth_sharing, 4 * CHUNK_PIXELS // (self.size_[0] * self.size_[1])), self.worth_sharing

    def _check(self):
        pass

    def _learn(self, samples):
        pass


def batches(samples, size, grey, bad):
    """Yield (slice, pictures): pictures of `size` and one number type, chunk by chunk; None is left out.

    Arrays that have the size and the channels already are passed on as they are, so float pictures stay float. Pairs
    (name, error) of unreadable pictures are appended to the list `bad`.
    """
    step = max(1, CHUNK_PIXELS // (size[0] * size[1]))
    for start in range(0, len(samples), step):
        chunk = samples[start:start + step]
        if isinstance(chunk, np.ndarray) and _fits(chunk[0], size, grey):
            yield slice(start, start + len(chunk)), _checked(chunk, grey)
            continue
        run = []  # neighbours of one number type
        for row, sample in enumerate(chunk, start):
            picture = _loaded(sample, row, size, grey, bad)
            if run and (picture is None or picture.dtype != run[0].dtype):
                yield slice(row - len(run), row), np.stack(run)
                run = []
            if picture is not None:
                run.append(picture)
        if run:
            yield slice(start + len(chunk) - len(run), start + len(chunk)), np.stack(run)


def _loaded(sample, row, size, grey, bad):
    """One picture, or None: a missing one, or one that was added to the list `bad`."""
    try:
        return None if sample is None else load_picture(sample, size, grey)
    except (FileNotFoundError, UnreadablePicture) as error:
        bad.append((sample_name(sample, row), error))


def load_picture(sample, size, grey):
    """One picture of `size`: uint8, or float when it is a float array that fits already."""
    if isinstance(sample, np.ndarray):
        check_picture(sample)
        if _fits(sample, size, grey):
            return _checked(sample[None], grey)[0]
    return read_image(sample, size, grey)


def _fits(array, size, grey):
    """Whether an array is a picture that can be used without resampling."""
    channels = array.shape[2] if array.ndim == 3 else 1
    usable = array.dtype == np.uint8 or array.dtype.kind == "f"
    return usable and array.shape[:2] == tuple(size) and channels == (1 if grey else 3)


def _checked(pictures, grey):
    """Pictures (n, rows, cols[, channels]) with floats checked, and grey ones without a channel axis."""
    if pictures.dtype.kind == "f":
        check_unit_range(pictures)
    return pictures[..., 0] if grey and pictures.ndim == 4 else pictures

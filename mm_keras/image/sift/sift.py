"""SIFT: an image as a bag of visual words."""

import warnings

import numpy as np

from mm_keras.image.base import ImageBatches, ImageExtractor
from mm_keras.image.sift.descriptors import (
    MIN_SIDE,
    choose_backend,
    grid_descriptors,
    keypoint_descriptors,
)
from mm_keras.utils.messages import DataWarning
from mm_keras.utils.parallel import map_chunks, num_workers
from mm_keras.utils.progress import with_progress

ASSIGNMENTS, WEIGHTINGS = ("hard", "soft"), ("sqrt", "tfidf", None)


class SIFT(ImageExtractor):
    """Visual words: which local patterns an image holds, as a bag of words tells which words a text holds.

    1. Places on a regular grid are each described by 128 numbers: the gradients around it. Or, with `dense=None`, key
       points (corners, blobs) are found and described, turned and scaled with what they show.
    2. `fit` groups the training descriptors by k-means; the `num_words` centers are the vocabulary, the codebook.
    3. Each descriptor counts for the nearest word. The counts are weighted as `weighting` says:
       "sqrt": square roots of the shares; length 1, so that a dot product is the Hellinger similarity sum sqrt(p q);
       "tfidf": shares times idf = ln((1 + n) / (1 + n_word)) + 1, then divided by the length, as for text;
       None: the counts themselves.

    Positions are forgotten, unless `pyramid` counts the whole image and its four quarters apart.

    Args:
        num_words: int >= 1, size of the vocabulary. Default: 256. Fewer when there are fewer distinct descriptors.
        backend: who finds key points: "skimage", "opencv" (an optional extra, several times faster), or "auto" (default):
            OpenCV if installed. Their key points differ, so a fitted SIFT keeps to the one it was fitted with.
        upsampling: 1, 2 or 4, how much scikit-image enlarges an image to find small key points. Default: 2; 1 is
            faster, but finds nothing in some small drawings. (OpenCV always takes 2.)
        dense: int >= 1, the distance of grid points in pixels, 4 by default; or None, key points. A grid is many times
            faster, classifies as well (`python -m tests.benchmarks sift`), and no image with any edge comes out empty.
            Key points find a thing again that was turned or enlarged; a grid does not.
        root: bool, take the square root of the descriptors' shares ("RootSIFT"), so that large entries count less when
            descriptors are compared. Default: False.
        assignment: "hard" (default), the nearest word counts 1; or "soft", the share of word w is proportional to
            exp(-(distance to w)^2 / (2 width^2)), where width is a third of the median distance to the nearest word in
            training.
        weighting: "sqrt" (default), "tfidf" or None.
        pyramid: bool, five blocks of words: whole image, top left, top right, bottom left, bottom right. Default:
            False.
        num_descriptors: int, images are taken in random order until they have so many descriptors; the vocabulary and the
            idf are learned from these. Default: 100,000.
        random_state: int, the seed of that order and of k-means. Default: 0.
        size: None, int (square) or (rows, cols). None (default): the common size of the arrays given to `fit`, or
            128x128 for files and for arrays of mixed sizes.
        strict: bool, raise ValueError instead of a warning when an image cannot be read or has no key points (on a grid:
            no edges). Default: False.

    Attributes:
        codebook_: (words, 128) float32, the visual words.
        idf_: (words,) float32, with `weighting="tfidf"`.
        width_: float, with `assignment="soft"`.
        backend_: "skimage" or "opencv".
        size_, output_shape_: (rows, cols); (words,), or (5 * words,) with `pyramid`.

    Shapes:
        Input: n images: paths, arrays, Pillow images or None. Output: (n, words) or (n, 5 * words) float32, >= 0. A
        image without key points (on a grid: without edges) is a zero row and is counted in one warning.

    Raises:
        ValueError: a wrong parameter; no key points (or edges) in any training image; unusable images when `strict`.
        ImportError: backend "opencv" without OpenCV.

    Example:
        A grid of four points and a vocabulary of one word: it is counted four times, once in each quarter:

        >>> import numpy as np
        >>> ramp = np.tile(np.arange(0, 256, 8, dtype=np.uint8), (32, 1))  # 32 x 32
        >>> sift = SIFT(num_words=1, dense=16, backend="skimage", weighting=None, pyramid=True)
        >>> sift.fit_transform([ramp])
        array([[4., 1., 1., 1., 1.]], dtype=float32)

    Reference:
        Lowe (2004): Distinctive image features from scale-invariant keypoints. Csurka, Dance, Fan, Willamowski, Bray
        (2004): Visual categorization with bags of keypoints. A grid in place of key points: Nowak, Jurie, Triggs (2006):
        Sampling strategies for bag-of-features image classification. Soft counts: van Gemert, Veenman, Smeulders, Geusebroek
        (2010): Visual word ambiguity. RootSIFT: Arandjelovic, Zisserman (2012). Pyramid: Lazebnik, Schmid, Ponce
        (2006): Beyond bags of features.
    """

    default_size = (128, 128)
    min_chunk = 8

    def __init__(
        self,
        num_words=256,
        backend="auto",
        upsampling=2,
        dense=4,
        root=False,
        assignment="hard",
        weighting="sqrt",
        pyramid=False,
        num_descriptors=100_000,
        random_state=0,
        size=None,
        strict=False,
    ):
        self.num_words = num_words
        self.backend = backend
        self.upsampling = upsampling
        self.dense = dense
        self.root = root
        self.assignment = assignment
        self.weighting = weighting
        self.pyramid = pyramid
        self.num_descriptors = num_descriptors
        self.random_state = random_state
        self.size = size
        self.strict = strict

    @property
    def zero_row_reason(self):
        return "no key points" if self.dense is None else "no edges"

    @property
    def problem(self):
        return f"could not be read as an image or have {self.zero_row_reason}"

    def _check(self):
        if self.assignment not in ASSIGNMENTS:
            raise ValueError(f"assignment is 'hard' or 'soft'. Received: {self.assignment!r}.")
        if self.weighting not in WEIGHTINGS:
            raise ValueError(f"weighting is 'sqrt', 'tfidf' or None. Received: {self.weighting!r}.")
        if self.upsampling not in (1, 2, 4):
            raise ValueError(f"upsampling is 1, 2 or 4. Received: {self.upsampling!r}.")
        for name in ("num_words", "num_descriptors") + (() if self.dense is None else ("dense",)):
            number = getattr(self, name)
            if not isinstance(number, (int, np.integer)) or number < 1:
                raise ValueError(f"{name} is an int >= 1. Received: {number!r}.")
        if min(self.size_) < MIN_SIDE:
            raise ValueError(
                f"SIFT needs images of at least {MIN_SIDE} x {MIN_SIDE} pixels. Received: "
                f"{self.size_[0]} x {self.size_[1]}. Pass a larger size."
            )
        self.backend_ = choose_backend(self.backend)

    def _learn(self, samples):
        """The codebook, and what the weighting and the assignment need, from a sample of the training descriptors."""
        from sklearn.cluster import MiniBatchKMeans

        images = self._sample(samples)
        descriptors = np.concatenate(images)
        num_words = min(self.num_words, len(np.unique(descriptors, axis=0)))
        if num_words < self.num_words:
            warnings.warn(
                f"SIFT found {num_words} distinct descriptors, so it learns {num_words} words instead of "
                f"{self.num_words}. Pass fewer num_words, more images, or a smaller `dense`.",
                DataWarning,
                stacklevel=3,
            )
        kmeans = MiniBatchKMeans(num_words, random_state=self.random_state, n_init=1)
        self.codebook_ = kmeans.fit(descriptors).cluster_centers_.astype(np.float32)
        if self.assignment == "soft":
            self.width_ = (
                float(
                    np.sqrt(np.median(squared_distances(descriptors, self.codebook_).min(axis=1)))
                )
                / 3
            )
        if self.weighting == "tfidf":
            with_word = sum(
                (self._counts(self._memberships(image)) > 0.5).astype(int) for image in images
            )
            self.idf_ = (np.log((1 + len(images)) / (1 + with_word)) + 1).astype(np.float32)

    def _sample(self, samples):
        """The descriptors of each image that has some, until there are `num_descriptors`."""
        order = np.random.default_rng(self.random_state).permutation(len(samples))
        found, total = [], 0
        for _, some in with_progress(self._rounds([samples[i] for i in order]), len(samples)):
            for descriptors in some:
                if total < self.num_descriptors:
                    found.append(descriptors)
                    total += len(descriptors)
            if total >= self.num_descriptors:
                break
        if not total:
            lack, help_ = (
                ("a key point", "a larger size, or dense=4")
                if self.dense is None
                else ("an edge", "other images")
            )
            raise ValueError(
                f"SIFT learns its words from what images show. Received: {len(samples)} images, and none has "
                f"{lack} at {self.size_[0]} x {self.size_[1]} pixels. Pass {help_}."
            )
        return found

    def _rounds(self, samples):
        """The descriptors of some images at a time, so that workers are not given images that nobody needs."""
        step = self.min_chunk * (2 * num_workers() if num_workers() > 1 else 1)
        for start in range(0, len(samples), step):
            parts = map_chunks(
                self._descriptors, samples[start : start + step], self.min_chunk, self.min_chunk
            )
            yield start, [descriptors for _, part in parts for descriptors in part]

    def _descriptors(self, samples):
        """The descriptors of each of the samples that has some."""
        found = [
            self._describe(image)[0]
            for _, images in ImageBatches(samples, self.size_, self._is_gray())
            for image in images
        ]
        return [descriptors for descriptors in found if len(descriptors)]

    def _describe(self, image):
        """Descriptors (k, 128) on a scale where their lengths are about 1, and positions (k, 2), of one image."""
        if self.dense is None:
            descriptors, positions = keypoint_descriptors(image, self.backend_, self.upsampling)
        else:
            descriptors, positions = grid_descriptors(image, self.dense)
        if self.root:
            return np.sqrt(descriptors / descriptors.sum(axis=1, keepdims=True)), positions
        return descriptors / np.float32(512), positions

    def _memberships(self, descriptors):
        """What each of k descriptors counts for: "hard", (k,) its nearest word; "soft", (k, words) shares of sum 1."""
        if self.assignment == "hard":
            return (descriptors @ self.codebook_.T - (self.codebook_**2).sum(axis=1) / 2).argmax(
                axis=1
            )
        distances = squared_distances(descriptors, self.codebook_)
        nearness = np.exp((distances.min(axis=1, keepdims=True) - distances) / (2 * self.width_**2))
        return nearness / nearness.sum(axis=1, keepdims=True)

    def _counts(self, memberships):
        """(words,) float32: how much the descriptors count for each word."""
        if self.assignment == "hard":
            return np.bincount(memberships, minlength=len(self.codebook_)).astype(np.float32)
        return memberships.sum(axis=0)

    def _is_gray(self):
        return True

    def _shape(self):
        return ((5 if self.pyramid else 1) * len(self.codebook_),)

    def _extract(self, images, rows):
        for row, image in zip(rows, images):
            row[...] = self._row(image)

    def _row(self, image):
        descriptors, positions = self._describe(image)
        if not len(descriptors):
            return np.zeros(self.output_shape_, np.float32)
        memberships = self._memberships(descriptors)
        counts = self._counts(memberships)
        if self.pyramid:
            down, right = (positions >= np.array(image.shape) / 2).T
            quarters = [memberships[2 * down + right == quarter] for quarter in range(4)]
            counts = np.concatenate([counts, *map(self._counts, quarters)])
        if self.weighting is None:
            return counts
        shares = counts / counts.sum()
        if self.weighting == "sqrt":
            return np.sqrt(shares)
        weighted = shares * np.resize(self.idf_, len(shares))
        return weighted / np.linalg.norm(weighted)


def squared_distances(points, centers):
    """(k, words): |p - c|^2 = |p|^2 - 2 p.c + |c|^2, not below zero."""
    products = points @ centers.T
    return np.maximum(
        (points**2).sum(axis=1)[:, np.newaxis] - 2 * products + (centers**2).sum(axis=1), 0
    )

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

ASSIGNMENTS = ("hard", "soft")
WEIGHTINGS = ("sqrt", "tfidf", None)


class SIFT(ImageExtractor):
    """Bag of visual words: which local patterns an image contains, like a bag of words for a text.

    1. Each point of a regular grid is described by a vector of 128 values, computed from the
       gradients around it. With `dense=None`, key points (corners, blobs) are detected instead;
       their descriptors are rotated and scaled with the image content.
    2. `fit` clusters the training descriptors with k-means; the `num_words` centers are the
       vocabulary (the codebook).
    3. Each descriptor counts for its nearest word. `weighting` is applied to the counts:
       "sqrt": square roots of the relative frequencies. Rows have length 1, and the dot product of
       two rows is the Hellinger similarity sum sqrt(p q);
       "tfidf": relative frequencies times idf = ln((1 + n) / (1 + n_word)) + 1, then divided by the
       length, as for text;
       None: the counts themselves.

    Positions are ignored, unless `pyramid` counts the whole image and its four quarters separately.

    Args:
        num_words: int >= 1, size of the vocabulary. Default: 256. The vocabulary is smaller when
            there are fewer distinct descriptors.
        backend: the key point detector: "skimage", "opencv" (an optional extra, several times
            faster), or "auto" (default): OpenCV if installed. Their key points differ, so a fitted
            SIFT always uses the backend it was fitted with.
        upsampling: 1, 2 or 4, the factor by which scikit-image enlarges an image to detect small
            key points. Default: 2; 1 is faster, but finds nothing in some small drawings. OpenCV
            always uses 2.
        dense: int >= 1, the distance between grid points in pixels, 4 by default; or None for key
            points. A grid is many times faster, classifies as well
            (`python -m tests.benchmarks sift`), and gives a nonzero row for every image with an
            edge. Key points find an object again after rotation or scaling; a grid does not.
        root: bool, take the square root of the L1-normalized descriptors ("RootSIFT"), so that
            large entries count less when descriptors are compared. Default: False.
        assignment: "hard" (default): the nearest word counts 1; or "soft": the weight of word w is
            proportional to exp(-(distance to w)^2 / (2 width^2)), where width is a third of the
            median distance to the nearest word in training.
        weighting: "sqrt" (default), "tfidf" or None.
        pyramid: bool, concatenate five blocks of words: whole image, top left, top right, bottom
            left, bottom right. Default: False.
        num_descriptors: int, training images are taken in random order until they have this many
            descriptors, from which the vocabulary and the idf are learned. Default: 100,000.
        random_state: int, the seed of that order and of k-means. Default: 0.
        size: None, int (square) or (rows, cols). None (default): the common size of the arrays
            given to `fit`, or 128x128 for files and for arrays of mixed sizes.
        strict: bool, raise ValueError instead of issuing a warning when an image cannot be read or
            has no key points (on a grid: no edges). Default: False.

    Attributes:
        codebook_: (words, 128) float32, the visual words.
        idf_: (words,) float32, with `weighting="tfidf"`.
        width_: float, with `assignment="soft"`.
        backend_: "skimage" or "opencv".
        size_: (rows, cols) of the images.
        output_shape_: (words,), or (5 * words,) with `pyramid`.

    Shapes:
        n images (paths, arrays, Pillow images or None) -> float32 array (n, words) or
        (n, 5 * words), values >= 0. Images without key points (on a grid: without edges) are zero
        rows and are reported in one warning.

    Raises:
        ValueError: an invalid parameter; no key points (or edges) in any training image; unusable
            images when `strict`.
        ImportError: backend "opencv" without OpenCV.

    Example:
        A grid of four points and a vocabulary of one word, which is counted four times in the image
        and once in each quarter:

        >>> import numpy as np
        >>> ramp = np.tile(np.arange(0, 256, 8, dtype=np.uint8), (32, 1))  # 32 x 32
        >>> sift = SIFT(num_words=1, dense=16, backend="skimage", weighting=None, pyramid=True)
        >>> sift.fit_transform([ramp])
        array([[4., 1., 1., 1., 1.]], dtype=float32)

    Reference:
        Lowe (2004): Distinctive image features from scale-invariant keypoints. Csurka, Dance, Fan,
        Willamowski, Bray (2004): Visual categorization with bags of keypoints. Grid: Nowak, Jurie,
        Triggs (2006): Sampling strategies for bag-of-features image classification. Soft
        assignment: van Gemert, Veenman, Smeulders, Geusebroek (2010): Visual word ambiguity.
        RootSIFT: Arandjelovic, Zisserman (2012): Three things everyone should know to improve
        object retrieval. Pyramid: Lazebnik, Schmid, Ponce (2006): Beyond bags of features.
    """

    default_size = (128, 128)
    min_chunk = 8

    def __init__(
        self,
        num_words: int = 256,
        backend: str = "auto",
        upsampling: int = 2,
        dense: int | None = 4,
        root: bool = False,
        assignment: str = "hard",
        weighting: str | None = "sqrt",
        pyramid: bool = False,
        num_descriptors: int = 100_000,
        random_state: int = 0,
        size: int | tuple[int, int] | None = None,
        strict: bool = False,
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
        return f"could not be read as an image or contained {self.zero_row_reason}"

    def _check(self):
        if self.assignment not in ASSIGNMENTS:
            raise ValueError(f"assignment must be 'hard' or 'soft'. Received: {self.assignment!r}.")
        if self.weighting not in WEIGHTINGS:
            raise ValueError(
                f"weighting must be 'sqrt', 'tfidf' or None. Received: {self.weighting!r}."
            )
        if self.upsampling not in (1, 2, 4):
            raise ValueError(f"upsampling must be 1, 2 or 4. Received: {self.upsampling!r}.")
        for name in ("num_words", "num_descriptors") + (() if self.dense is None else ("dense",)):
            value = getattr(self, name)
            if not isinstance(value, (int, np.integer)) or value < 1:
                raise ValueError(f"{name} must be an int >= 1. Received: {value!r}.")
        if min(self.size_) < MIN_SIDE:
            raise ValueError(
                f"SIFT needs images of at least {MIN_SIDE} x {MIN_SIDE} pixels. Received: "
                f"{self.size_[0]} x {self.size_[1]}. Pass a larger size."
            )
        self.backend_ = choose_backend(self.backend)

    def _learn(self, samples):
        """Learn the codebook, `width_` and `idf_` from a sample of the training descriptors."""
        from sklearn.cluster import MiniBatchKMeans

        image_descriptors = self._sample_descriptors(samples)
        descriptors = np.concatenate(image_descriptors)
        num_words = min(self.num_words, len(np.unique(descriptors, axis=0)))
        if num_words < self.num_words:
            warnings.warn(
                f"SIFT found only {num_words} distinct descriptors, so it learns {num_words} words "
                f"instead of {self.num_words}. Pass a smaller num_words, more images, or a smaller "
                "`dense`.",
                DataWarning,
                stacklevel=3,
            )
        kmeans = MiniBatchKMeans(num_words, random_state=self.random_state, n_init=1)
        self.codebook_ = kmeans.fit(descriptors).cluster_centers_.astype(np.float32)
        if self.assignment == "soft":
            nearest = squared_distances(descriptors, self.codebook_).min(axis=1)
            self.width_ = float(np.sqrt(np.median(nearest))) / 3
        if self.weighting == "tfidf":
            document_frequency = sum(
                (self._counts(self._assign(descriptors)) > 0.5).astype(int)
                for descriptors in image_descriptors
            )
            num_images = len(image_descriptors)
            idf = np.log((1 + num_images) / (1 + document_frequency)) + 1
            self.idf_ = idf.astype(np.float32)

    def _sample_descriptors(self, samples):
        """A list with the descriptors of each image, until there are `num_descriptors` in all.

        Images without descriptors are left out.
        """
        order = np.random.default_rng(self.random_state).permutation(len(samples))
        image_descriptors, total = [], 0
        rounds = self._rounds([samples[i] for i in order])
        for _, new_descriptors in with_progress(rounds, len(samples)):
            for descriptors in new_descriptors:
                if total < self.num_descriptors:
                    image_descriptors.append(descriptors)
                    total += len(descriptors)
            if total >= self.num_descriptors:
                break
        if not total:
            if self.dense is None:
                lacking, remedy = "a key point", "a larger size, or dense=4"
            else:
                lacking, remedy = "an edge", "other images"
            raise ValueError(
                "SIFT learns its words from the content of the images. "
                f"Received: {len(samples)} images, of which none has {lacking} at "
                f"{self.size_[0]} x {self.size_[1]} pixels. Pass {remedy}."
            )
        return image_descriptors

    def _rounds(self, samples):
        """Yield the descriptors of a few images at a time, so that none are computed needlessly."""
        step = self.min_chunk * (2 * num_workers() if num_workers() > 1 else 1)
        for start in range(0, len(samples), step):
            chunks = map_chunks(
                self._descriptors, samples[start : start + step], self.min_chunk, self.min_chunk
            )
            yield start, [descriptors for _, chunk in chunks for descriptors in chunk]

    def _descriptors(self, samples):
        """A list with the descriptors of each image that has any."""
        image_descriptors = [
            self._describe(image)[0]
            for _, images in ImageBatches(samples, self.size_, self._is_gray())
            for image in images
        ]
        return [descriptors for descriptors in image_descriptors if len(descriptors)]

    def _describe(self, image):
        """Descriptors (k, 128), scaled to length about 1, and positions (k, 2) of one image."""
        if self.dense is None:
            descriptors, positions = keypoint_descriptors(image, self.backend_, self.upsampling)
        else:
            descriptors, positions = grid_descriptors(image, self.dense)
        if self.root:
            return np.sqrt(descriptors / descriptors.sum(axis=1, keepdims=True)), positions
        return descriptors / np.float32(512), positions

    def _assign(self, descriptors):
        """Assign k descriptors to words.

        "hard" gives the nearest word of each, (k,); "soft" gives weights (k, words) whose rows sum
        to 1.
        """
        if self.assignment == "hard":
            scores = descriptors @ self.codebook_.T - (self.codebook_**2).sum(axis=1) / 2
            return scores.argmax(axis=1)
        distances = squared_distances(descriptors, self.codebook_)
        weights = np.exp((distances.min(axis=1, keepdims=True) - distances) / (2 * self.width_**2))
        return weights / weights.sum(axis=1, keepdims=True)

    def _counts(self, assigned):
        """(words,) float32: the count of each word, given the result of `_assign`."""
        if self.assignment == "hard":
            return np.bincount(assigned, minlength=len(self.codebook_)).astype(np.float32)
        return assigned.sum(axis=0)

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
        assigned = self._assign(descriptors)
        counts = self._counts(assigned)
        if self.pyramid:
            down, right = (positions >= np.array(image.shape) / 2).T
            quarters = [assigned[2 * down + right == quarter] for quarter in range(4)]
            counts = np.concatenate([counts, *map(self._counts, quarters)])
        if self.weighting is None:
            return counts
        shares = counts / counts.sum()
        if self.weighting == "sqrt":
            return np.sqrt(shares)
        weighted = shares * np.resize(self.idf_, len(shares))
        return weighted / np.linalg.norm(weighted)


def squared_distances(points, centers):
    """(k, words): |p - c|^2 = |p|^2 - 2 p.c + |c|^2, clipped at zero."""
    point_squares = (points**2).sum(axis=1)[:, np.newaxis]
    center_squares = (centers**2).sum(axis=1)
    return np.maximum(point_squares - 2 * (points @ centers.T) + center_squares, 0)

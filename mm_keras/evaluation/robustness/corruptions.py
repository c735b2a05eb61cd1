"""Corruptions of texts and images, with severities from 0 (unchanged) to 5.

A corruption depends only on the sample and the seed: the same text or image is corrupted in the
same way in any batch, and a higher severity adds to the damage of a lower one (a word removed at
severity 2 is also removed at 3). `None` remains `None`. Fractional severities are interpolated.
"""

import hashlib
import re
import unicodedata
from collections.abc import Sequence

import numpy as np

from mm_keras.utils.scripts import IDEOGRAPHS

# strength at severities 0, 1, ... 5
WORD_DROP = (0, 0.1, 0.2, 0.35, 0.5, 0.7)  # share of the words
TYPOS = (0, 0.02, 0.05, 0.1, 0.2, 0.35)  # share of the letters
BLUR = (0, 0.01, 0.02, 0.04, 0.06, 0.1)  # sigma, as a share of the image's shorter side
NOISE = (0, 0.04, 0.08, 0.15, 0.3, 0.6)  # sigma, where black is 0 and white is 1
OCCLUSION = (0, 0.05, 0.1, 0.2, 0.35, 0.5)  # share of the area
CONTRAST = (0, 0.3, 0.5, 0.7, 0.85, 0.95)  # share of the contrast that is lost

KEYBOARD = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
# a word; a single ideograph or kana counts as one, because Chinese and Japanese use no spaces
WORD = re.compile(rf"\s*(?:[{IDEOGRAPHS}]|[^\s{IDEOGRAPHS}]+)")

Images = np.ndarray | Sequence[np.ndarray | None]


def _strength(levels, severity):
    if not 0 <= severity <= 5:
        raise ValueError(
            f"severity must be between 0 (unchanged) and 5 (strongest). Received: {severity}."
        )
    return float(np.interp(severity, range(6), levels))


def _generator(content, seed):
    """Random generator that depends only on the sample's content and the seed."""
    digest = hashlib.blake2b(content, digest_size=8).digest()
    return np.random.default_rng([seed, int.from_bytes(digest, "little")])


def word_drop(texts: Sequence[str | None], severity: float, seed: int = 0) -> list[str | None]:
    """Remove 0, 10, 20, 35, 50 or 70% of the words of each text; one word always remains.

    Args:
        texts: sequence of str or None. Words are separated by spaces; an ideograph or kana counts
            as one word.
        severity: float, 0 to 5.
        seed: int.

    Returns:
        list of str or None.

    Example:
        >>> word_drop(["one two three four five six seven eight"], severity=3)
        ['two four five six eight']

    Reference: M. Iyyer, V. Manjunatha, J. Boyd-Graber, H. Daumé III, Deep unordered composition
    rivals syntactic methods for text classification, 2015 (word dropout).
    """
    rate = _strength(WORD_DROP, severity)
    return [text if not text or rate == 0 else _drop_words(text, rate, seed) for text in texts]


def _drop_words(text, rate, seed):
    words = WORD.findall(text)
    draws = _generator(text.encode("utf-8", "surrogatepass"), seed).random(len(words))
    kept = [word for word, draw in zip(words, draws) if draw >= rate or draw == draws.max()]
    return "".join(kept).strip() if len(kept) < len(words) else text


def typos(texts: Sequence[str | None], severity: float, seed: int = 0) -> list[str | None]:
    """Insert typing errors into 0, 2, 5, 10, 20 or 35% of the letters of each text.

    There are three equally likely errors: an adjacent key (a to z on a QWERTY keyboard), two
    letters swapped, a letter omitted. Only letters change, together with their accents; emoji,
    digits and punctuation do not, nor does a letter without an adjacent key or without a letter
    after it to swap with.

    Args:
        texts: sequence of str or None.
        severity: float, 0 to 5.
        seed: int.

    Returns:
        list of str or None.

    Example:
        >>> typos(["storm warning for the coast"], severity=5)
        ['storm awrning ofr je coady']

    Reference: Y. Belinkov, Y. Bisk, Synthetic and natural noise both break neural machine
    translation, 2018.
    """
    rate = _strength(TYPOS, severity)
    return [text if not text or rate == 0 else _mistype(text, rate, seed) for text in texts]


def _letters(text):
    """Split a text into characters, each with its accents, joiners and variation selectors."""
    if text.isascii():
        return list(text)
    letters = []
    for char in text:
        belongs = unicodedata.category(char).startswith("M") or char == "\u200d"
        if letters and (belongs or letters[-1][-1] == "\u200d"):
            letters[-1] += char
        else:
            letters.append(char)
    return letters


def _mistype(text, rate, seed):
    letters = _letters(text)
    generator = _generator(text.encode("utf-8", "surrogatepass"), seed)
    draws = generator.random((len(letters), 3))  # whether, which error, which key
    is_letter = [letter[0].isalpha() for letter in letters] + [False]
    typed, i = [], 0
    while i < len(letters):
        wrong = draws[i, 0] < rate and is_letter[i]
        error = int(draws[i, 1] * 3)
        keys = _adjacent_keys(letters[i]) if wrong and error == 0 else ""
        if keys:
            typed.append(keys[int(draws[i, 2] * len(keys))])
        elif wrong and error == 1 and is_letter[i + 1]:
            typed += [letters[i + 1], letters[i]]
            i += 1
        elif not (wrong and error == 2 and is_letter[i + 1]):
            typed.append(letters[i])
        i += 1
    return "".join(typed)


def _adjacent_keys(letter):
    """The keys left and right of a letter, in the letter's case."""
    for row in KEYBOARD:
        position = row.find(letter.lower())
        if position >= 0:
            keys = row[max(0, position - 1) : position] + row[position + 1 : position + 2]
            return keys.upper() if letter.isupper() else keys
    return ""


def _map_images(images, strength, change):
    """Apply `change(image as float64 in [0, 1], its bytes)` to each image.

    Types, shapes and None are preserved. A strength of 0 changes nothing at all.
    """

    def apply(image):
        if image is None:
            return None
        if (
            not isinstance(image, np.ndarray)
            or image.ndim not in (2, 3)
            or image.dtype.kind not in "uf"
            or (image.dtype.kind == "u" and image.dtype != np.uint8)
        ):
            raise ValueError(
                "Images must be arrays (H, W) or (H, W, 3), uint8 or float in [0, 1]. Received: "
                f"{getattr(image, 'dtype', type(image).__name__)} {getattr(image, 'shape', '')}. "
                "Read files with mm_keras.image.read_images first."
            )
        if strength == 0:
            return image.copy()
        top = 255 if image.dtype == np.uint8 else 1
        result = (
            np.clip(change(image / np.float64(top), np.ascontiguousarray(image).tobytes()), 0, 1)
            * top
        )
        return (np.rint(result) if top == 255 else result).astype(image.dtype)

    if isinstance(images, np.ndarray) and images.dtype != object:
        return np.stack([apply(image) for image in images]) if len(images) else images.copy()
    return [apply(image) for image in images]


def blur(images: Images, severity: float, seed: int = 0) -> Images:
    """Blur images with a Gaussian of sigma 0, 1, 2, 4, 6 or 10% of the shorter side.

    Args:
        images: array (n, H, W) or (n, H, W, 3), uint8 or float in [0, 1]; or a list of such images
            or None.
        severity: float, 0 to 5.
        seed: int, ignored: blur is deterministic.

    Returns:
        array or list, like images.

    Example:
        >>> image = np.zeros((1, 64, 64), np.uint8)
        >>> image[:, :, 32:] = 200
        >>> blur(image, severity=5)[0, 32, 31:33]    # the edge is now a slope
        array([ 94, 106], dtype=uint8)

    Reference: D. Hendrycks, T. Dietterich, Benchmarking neural network robustness to common
    corruptions and perturbations, 2019.
    """
    from scipy.ndimage import gaussian_filter

    share = _strength(BLUR, severity)
    return _map_images(
        images,
        share,
        lambda x, _: gaussian_filter(
            x, [share * min(x.shape[:2])] * 2 + [0] * (x.ndim - 2), mode="nearest"
        ),
    )


def noise(images: Images, severity: float, seed: int = 0) -> Images:
    """Add Gaussian noise of sigma 0, 0.04, 0.08, 0.15, 0.3 or 0.6 (black is 0, white is 1).

    Args:
        images, severity: as in `blur`.
        seed: int.

    Returns:
        array or list, like images.

    Example:
        >>> noisy = noise(np.full((1, 50, 50), 0.5), severity=2)
        >>> bool(0.07 < noisy.std() < 0.09)
        True

    Reference: D. Hendrycks, T. Dietterich, 2019, as in `blur`.
    """
    sigma = _strength(NOISE, severity)
    return _map_images(
        images,
        sigma,
        lambda x, content: x + sigma * _generator(content, seed).standard_normal(x.shape),
    )


def occlusion(images: Images, severity: float, seed: int = 0) -> Images:
    """Cover 0, 5, 10, 20, 35 or 50% of each image with a gray rectangle at a random position.

    Args:
        images, severity: as in `blur`.
        seed: int.

    Returns:
        array or list, like images.

    Example:
        >>> covered = occlusion(np.zeros((1, 20, 20)), severity=3)
        >>> int((covered == 0.5).sum())    # 9 x 9 of 20 x 20 pixels: 20%
        81

    Reference: M. D. Zeiler, R. Fergus, Visualizing and understanding convolutional networks, 2014.
    """
    share = _strength(OCCLUSION, severity)

    def cover(x, content):
        height, width = (round(side * share**0.5) for side in x.shape[:2])
        down, right = _generator(content, seed).random(2)
        top, left = int(down * (x.shape[0] - height + 1)), int(right * (x.shape[1] - width + 1))
        x[top : top + height, left : left + width] = 0.5
        return x

    return _map_images(images, share, cover)


def contrast(images: Images, severity: float, seed: int = 0) -> Images:
    """Reduce the contrast of images by 0, 30, 50, 70, 85 or 95%, toward their mean gray.

    Args:
        images, severity: as in `blur`.
        seed: int, ignored: the change is deterministic.

    Returns:
        array or list, like images.

    Example:
        >>> contrast(np.array([[[0., 1.]]]), severity=2)
        array([[[0.25, 0.75]]])

    Reference: D. Hendrycks, T. Dietterich, 2019, as in `blur`.
    """
    lost = _strength(CONTRAST, severity)
    return _map_images(images, lost, lambda x, _: x.mean() + (1 - lost) * (x - x.mean()))


CORRUPTIONS = {
    "text": {"word_drop": word_drop, "typos": typos},
    "image": {"blur": blur, "noise": noise, "occlusion": occlusion, "contrast": contrast},
}

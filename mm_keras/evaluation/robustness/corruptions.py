"""Texts and images made worse by degrees, 0 (untouched) to 5.

Every corruption depends on the sample and the seed alone: the same text or image is corrupted in the same way in any
batch, and a higher severity adds to the damage of the lower ones (a word that is gone at 2 is gone at 3). `None` stays
`None`. Severities between the whole numbers are interpolated.
"""

import hashlib
import re
import unicodedata

import numpy as np

from mm_keras.utils.scripts import IDEOGRAPHS

# what severity 0, 1, ... 5 means
WORD_DROP = (0, 0.1, 0.2, 0.35, 0.5, 0.7)  # share of the words
TYPOS = (0, 0.02, 0.05, 0.1, 0.2, 0.35)  # share of the letters
BLUR = (0, 0.01, 0.02, 0.04, 0.06, 0.1)  # sigma, as a share of the image's shorter side
NOISE = (0, 0.04, 0.08, 0.15, 0.3, 0.6)  # sigma, black to white being 1
OCCLUSION = (0, 0.05, 0.1, 0.2, 0.35, 0.5)  # share of the area
CONTRAST = (0, 0.3, 0.5, 0.7, 0.85, 0.95)  # share of the contrast that is lost

KEYBOARD = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
# a word; one ideograph or kana is a word of its own, because Chinese and Japanese put no spaces between words
WORD = re.compile(rf"\s*(?:[{IDEOGRAPHS}]|[^\s{IDEOGRAPHS}]+)")


def _strength(levels, severity):
    if not 0 <= severity <= 5:
        raise ValueError(f"A severity is a number from 0 (untouched) to 5. Received: {severity}.")
    return float(np.interp(severity, range(6), levels))


def _generator(content, seed):
    """Random numbers that belong to one sample, wherever it stands."""
    digest = hashlib.blake2b(content, digest_size=8).digest()
    return np.random.default_rng([seed, int.from_bytes(digest, "little")])


def word_drop(texts, severity, seed=0):
    """Texts in which words are missing: 0, 10, 20, 35, 50 or 70 % of them; one word always stays.

    Args:
        texts: sequence of str or None. Words are what spaces part; an ideograph or kana counts as one.
        severity: float, 0 to 5.
        seed: int.

    Returns:
        list of str or None.

    Example:
        >>> word_drop(["one two three four five six seven eight"], severity=3)
        ['two four five six eight']

    Reference: M. Iyyer, V. Manjunatha, J. Boyd-Graber, H. Daumé III, Deep unordered composition rivals syntactic
    methods for text classification, 2015 (word dropout).
    """
    rate = _strength(WORD_DROP, severity)
    return [text if not text or rate == 0 else _drop_words(text, rate, seed) for text in texts]


def _drop_words(text, rate, seed):
    words = WORD.findall(text)
    luck = _generator(text.encode("utf-8", "surrogatepass"), seed).random(len(words))
    kept = [word for word, u in zip(words, luck) if u >= rate or u == luck.max()]
    return "".join(kept).strip() if len(kept) < len(words) else text


def typos(texts, severity, seed=0):
    """Texts with slips of the keyboard in 0, 2, 5, 10, 20 or 35 % of the letters.

    A slip is one of three, equally often: the key beside it (a to z on a QWERTY keyboard), two letters swapped, a
    letter left out. Only letters are touched, with their accents; emoji, digits and signs stay, and so does a letter
    that has no key beside it, or no letter behind it to be swapped with.

    Args:
        texts: sequence of str or None.
        severity: float, 0 to 5.
        seed: int.

    Returns:
        list of str or None.

    Example:
        >>> typos(["storm warning for the coast"], severity=5)
        ['storm awrning ofr je coady']

    Reference: Y. Belinkov, Y. Bisk, Synthetic and natural noise both break neural machine translation, 2018.
    """
    rate = _strength(TYPOS, severity)
    return [text if not text or rate == 0 else _mistype(text, rate, seed) for text in texts]


def _letters(text):
    """Split a text into characters, each with the accents, joiners and selectors that belong to it."""
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
    luck = _generator(text.encode("utf-8", "surrogatepass"), seed).random(
        (len(letters), 3)
    )  # whether, which, what key
    is_letter = [letter[0].isalpha() for letter in letters] + [False]
    typed, i = [], 0
    while i < len(letters):
        slips, which, key = luck[i, 0] < rate and is_letter[i], int(luck[i, 1] * 3), luck[i, 2]
        beside = _beside(letters[i]) if slips and which == 0 else ""
        if beside:
            typed.append(beside[int(key * len(beside))])
        elif slips and which == 1 and is_letter[i + 1]:
            typed += [letters[i + 1], letters[i]]
            i += 1
        elif not (slips and which == 2 and is_letter[i + 1]):
            typed.append(letters[i])
        i += 1
    return "".join(typed)


def _beside(letter):
    """The keys left and right of a letter, in the letter's case."""
    for row in KEYBOARD:
        place = row.find(letter.lower())
        if place >= 0:
            keys = row[max(0, place - 1) : place] + row[place + 1 : place + 2]
            return keys.upper() if letter.isupper() else keys
    return ""


def _each_image(images, strength, change):
    """Apply `change(image as float64 in [0, 1], its bytes)` to each image; type, shape and None stay as they were.

    A strength of 0 changes nothing at all.
    """

    def changed(image):
        if image is None:
            return None
        if (
            not isinstance(image, np.ndarray)
            or image.ndim not in (2, 3)
            or image.dtype.kind not in "uf"
            or (image.dtype.kind == "u" and image.dtype != np.uint8)
        ):
            raise ValueError(
                "Images are needed as arrays (H, W) or (H, W, 3), uint8 or float in [0, 1]. Received: "
                f"{getattr(image, 'dtype', type(image).__name__)} {getattr(image, 'shape', '')}. "
                "Read files first: mm_keras.image.read_images."
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
        return np.stack([changed(image) for image in images]) if len(images) else images.copy()
    return [changed(image) for image in images]


def blur(images, severity, seed=0):
    """Images out of focus: a Gaussian of 0, 1, 2, 4, 6 or 10 % of the shorter side.

    Args:
        images: array (n, H, W) or (n, H, W, 3), uint8 or float in [0, 1]; or a list of such images or None.
        severity: float, 0 to 5.
        seed: int, not used: blur has no chance in it.

    Returns:
        array or list, like images.

    Example:
        >>> image = np.zeros((1, 64, 64), np.uint8)
        >>> image[:, :, 32:] = 200
        >>> blur(image, severity=5)[0, 32, 31:33]    # the edge is now a slope
        array([ 94, 106], dtype=uint8)

    Reference: D. Hendrycks, T. Dietterich, Benchmarking neural network robustness to common corruptions and
    perturbations, 2019.
    """
    from scipy.ndimage import gaussian_filter

    share = _strength(BLUR, severity)
    return _each_image(
        images,
        share,
        lambda x, _: gaussian_filter(
            x, [share * min(x.shape[:2])] * 2 + [0] * (x.ndim - 2), mode="nearest"
        ),
    )


def noise(images, severity, seed=0):
    """Images with grain: Gaussian noise of sigma 0, 0.04, 0.08, 0.15, 0.3 or 0.6, where black to white is 1.

    Args:
        images, severity: as in `blur`.
        seed: int.

    Returns:
        array or list, like images.

    Example:
        >>> grainy = noise(np.full((1, 50, 50), 0.5), severity=2)
        >>> bool(0.07 < grainy.std() < 0.09)
        True

    Reference: D. Hendrycks, T. Dietterich, 2019, as in `blur`.
    """
    sigma = _strength(NOISE, severity)
    return _each_image(
        images,
        sigma,
        lambda x, content: x + sigma * _generator(content, seed).standard_normal(x.shape),
    )


def occlusion(images, severity, seed=0):
    """Images with a gray rectangle over 0, 5, 10, 20, 35 or 50 % of them, at a random place.

    Args:
        images, severity: as in `blur`.
        seed: int.

    Returns:
        array or list, like images.

    Example:
        >>> covered = occlusion(np.zeros((1, 20, 20)), severity=3)
        >>> int((covered == 0.5).sum())    # 9 x 9 of 20 x 20 pixels: 20 %
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

    return _each_image(images, share, cover)


def contrast(images, severity, seed=0):
    """Images drawn towards their own mean gray: 0, 30, 50, 70, 85 or 95 % of the contrast is lost.

    Args:
        images, severity: as in `blur`.
        seed: int, not used: there is no chance in it.

    Returns:
        array or list, like images.

    Example:
        >>> contrast(np.array([[[0., 1.]]]), severity=2)
        array([[[0.25, 0.75]]])

    Reference: D. Hendrycks, T. Dietterich, 2019, as in `blur`.
    """
    lost = _strength(CONTRAST, severity)
    return _each_image(images, lost, lambda x, _: x.mean() + (1 - lost) * (x - x.mean()))


CORRUPTIONS = {
    "text": {"word_drop": word_drop, "typos": typos},
    "image": {"blur": blur, "noise": noise, "occlusion": occlusion, "contrast": contrast},
}

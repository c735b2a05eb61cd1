"""Corruptions: none at severity 0, independent of the batch, increasing; and severity curves."""

import json

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from mm_keras.datasets import MultimodalData
from mm_keras.evaluation import robustness as mm

TEXTS = [
    "storm warning for the northern coast tonight",
    "the team won the final game",
    "",
    None,
    "今天的天气很好",
    "été 👩‍👩‍👧 2024!",
]
RNG = np.random.default_rng(0)
GRAY = RNG.integers(0, 256, (4, 24, 32), dtype=np.uint8)
SAMPLES = {
    "text": TEXTS,
    "gray": GRAY,
    "color": RNG.integers(0, 256, (3, 24, 32, 3), dtype=np.uint8),
    "float": RNG.random((3, 24, 32)).astype(np.float32),
    "list": [GRAY[0], None, RNG.random((16, 20, 3))],
}
CASES = [(name, "text") for name in mm.CORRUPTIONS["text"]] + [
    (name, kind) for name in mm.CORRUPTIONS["image"] for kind in ("gray", "color", "float", "list")
]


def corrupted(name, samples, severity, seed=0):
    return {**mm.CORRUPTIONS["text"], **mm.CORRUPTIONS["image"]}[name](samples, severity, seed)


def same(first, second):
    return len(first) == len(second) and all(np.array_equal(a, b) for a, b in zip(first, second))


def copied(samples):
    return [None if s is None else s if isinstance(s, str) else s.copy() for s in samples]


@pytest.mark.parametrize("name, kind", CASES)
def test_every_corruption_has_the_common_properties(name, kind):
    samples = SAMPLES[kind]
    before = copied(samples)
    assert same(corrupted(name, samples, 0), samples)  # severity 0 is the identity
    worst = corrupted(name, samples, 5)
    # the output changes, the input does not
    assert not same(worst, samples) and same(samples, before)
    assert type(worst) is type(samples) and [x is None for x in worst] == [
        x is None for x in samples
    ]
    assert [(x.dtype, x.shape) for x in worst if isinstance(x, np.ndarray)] == [
        (x.dtype, x.shape) for x in samples if isinstance(x, np.ndarray)
    ]
    assert same(corrupted(name, samples, 5), worst)  # one seed, one result
    assert same(corrupted(name, samples[1:], 5), worst[1:])  # for any batch
    assert same(corrupted(name, samples[::-1], 5), worst[::-1])  # in any order
    assert len(corrupted(name, samples[:0], 3)) == 0


@pytest.mark.parametrize("name", ["word_drop", "typos", "noise", "occlusion"])
def test_randomness_depends_on_the_seed(name):
    samples = TEXTS if name in mm.CORRUPTIONS["text"] else GRAY
    assert not same(corrupted(name, samples, 4, seed=0), corrupted(name, samples, 4, seed=1))


@pytest.mark.parametrize("name", sorted(mm.CORRUPTIONS["image"]))
def test_images_get_worse_with_severity(name):
    smooth = gaussian_filter(np.random.default_rng(1).random((5, 64, 64)), (0, 3, 3))
    smooth = (smooth - smooth.min()) / np.ptp(smooth)
    distance = [
        np.abs(corrupted(name, smooth, severity) - smooth).mean()
        for severity in (0, 1, 1.5, 2, 3, 4, 5)
    ]
    assert (np.diff(distance) > 0).all()


def test_dropped_words_stay_dropped_and_shares_are_right():
    texts = [" ".join(f"w{i}x{j}" for j in range(50)) for i in range(40)]
    kept = [[set(text.split()) for text in mm.word_drop(texts, severity)] for severity in range(6)]
    for lighter, heavier in zip(kept, kept[1:]):
        assert all(h <= l for l, h in zip(lighter, heavier))  # noqa: E741
    shares = [sum(map(len, words)) / 2000 for words in kept]
    np.testing.assert_allclose(shares, [1, 0.9, 0.8, 0.65, 0.5, 0.3], atol=0.03)


def test_one_word_remains_and_ideographs_are_words():
    assert all(mm.word_drop(["one two", "alone", "  padded  "], 5, seed) for seed in range(20))
    assert mm.word_drop(["alone"], 5) == ["alone"]
    left = mm.word_drop(["今天的天气很好"], 4)[0]
    assert 0 < len(left) < 7 and set(left) <= set("今天的天气很好")


def test_typos_change_about_the_stated_share_of_letters_only():
    text = "abcdefghij" * 300
    for severity, rate in ((1, 0.02), (3, 0.1)):
        lost = len(text) - len(mm.typos([text], severity)[0])
        # one error in three omits a letter
        assert lost / len(text) == pytest.approx(rate / 3, abs=rate / 6)
    kept = "2024 !? 👩‍👩‍👧 🏳️‍🌈 -- 3.14"
    assert mm.typos([kept], 5) == [kept]


def test_typos_keep_accents_with_their_letters():
    text = "e\u0301a\u0300o\u0302u\u0308" * 30
    typed = mm.typos([text], 5)[0]
    assert typed != text and len(typed) % 2 == 0
    assert {typed[i : i + 2] for i in range(0, len(typed), 2)} <= {
        text[i : i + 2] for i in range(0, 8, 2)
    }


def test_adjacent_keys():
    from mm_keras.evaluation.robustness.corruptions import _adjacent_keys

    assert [_adjacent_keys(letter) for letter in "aGmé"] == ["s", "FH", "n", ""]


def test_blur_equals_scipy_channel_by_channel():
    image = SAMPLES["color"][:1]
    blurred = mm.blur(image, 4)[0]
    for c in range(3):
        expected = gaussian_filter(image[0, :, :, c] / 255, 0.06 * 24, mode="nearest")
        np.testing.assert_array_equal(blurred[:, :, c], np.rint(expected * 255).astype(np.uint8))


def test_noise_occlusion_and_contrast_have_the_stated_strength():
    gray = np.full((1, 100, 100), 0.5)
    assert (mm.noise(gray, 1) - gray).std() == pytest.approx(0.04, rel=0.05)
    for severity, share in ((1, 0.05), (3, 0.2), (5, 0.5)):
        assert (mm.occlusion(np.zeros((1, 100, 100)), severity) == 0.5).mean() == pytest.approx(
            share, rel=0.05
        )
    smaller, larger = (mm.occlusion(np.zeros((1, 33, 20)), severity) > 0 for severity in (2, 4))
    assert (larger | ~smaller).all()  # what is covered remains covered
    flat = mm.contrast(SAMPLES["float"], 2)
    np.testing.assert_allclose(
        flat.std(axis=(1, 2)), SAMPLES["float"].std(axis=(1, 2)) / 2, rtol=1e-5
    )
    np.testing.assert_allclose(
        flat.mean(axis=(1, 2)), SAMPLES["float"].mean(axis=(1, 2)), rtol=1e-5
    )


def bright_is_one(samples):
    """Uses the image if there is one, else the text: class 1 is bright, or "goal"."""
    votes = [
        image.mean() > 100 if image is not None else "goal" in (text or "")
        for text, image in zip(samples["text"], samples["image"])
    ]
    return np.eye(2)[np.array(votes, dtype=int)]


def test_severity_curve_by_hand():
    images = np.full((2, 4, 4), [[[200]], [[10]]], np.uint8)
    data = MultimodalData(
        {"text": ["goal", "sun"], "image": images}, labels=[1, 0], class_names=["weather", "sports"]
    )
    darker = lambda images, severity, seed: (images * (1 - severity / 5)).astype(np.uint8)
    result = mm.severity_curve(bright_is_one, data, darker, severities=[0, 2, 4], modality="image")
    assert result["scores"] == [1.0, 1.0, 0.5]  # 200 -> 120 -> 40
    assert result["area"] == 0.875 and result["retained"] == 0.875  # (1 + 1) / 2 and (1 + .5) / 2
    assert json.loads(json.dumps(result)) == result
    # the text is not used
    unaffected = mm.severity_curve(bright_is_one, dict(data.samples), "typos", labels=[1, 0])
    assert unaffected["scores"] == [1.0] * 6 and unaffected["modality"] == "text"
    assert mm.severity_curve(bright_is_one, data, mm.contrast, severities=[3])["area"] == 1.0


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: mm.blur(GRAY, 6), "between 0"),
        (lambda: mm.noise(["coast.jpg"], 1), "read_images"),
        (lambda: mm.noise([np.zeros((4, 4), np.int64)], 1), "uint8 or float"),
        (
            lambda: mm.severity_curve(len, {"text": ["a"]}, "fog", labels=[0]),
            "word_drop, typos, blur",
        ),
        (lambda: mm.severity_curve(len, {"text": ["a"]}, "blur", labels=[0]), "the data has: text"),
        (
            lambda: mm.severity_curve(len, {"text": ["a"]}, lambda x, s, r: x, labels=[0]),
            "modality=None",
        ),
        (
            lambda: mm.severity_curve(len, {"text": ["a"]}, "typos", labels=[0], severities=[2, 1]),
            "must be strictly increasing",
        ),
        (
            lambda: mm.severity_curve(len, {"text": ["a"]}, "typos", labels=[0, 1]),
            "one sample per label",
        ),
    ],
)
def test_invalid_input_is_rejected(call, message):
    with pytest.raises(ValueError, match=message):
        call()

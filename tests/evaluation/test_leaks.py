"""Duplicates: compared with a search over all pairs, on edited copies and on unrelated samples."""

import csv
import json

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from mm_keras.evaluation import leaks as mm


def images(num, seed=0, size=64):
    """Smooth random images, uint8."""
    rng = np.random.default_rng(seed)
    smooth = np.stack([gaussian_filter(rng.normal(size=(size, size)), 6) for _ in range(num)])
    return np.clip(smooth / smooth.std() * 40 + 110, 0, 255).astype(np.uint8)


def shingles(text, length):
    words = text.split()
    return {tuple(words[i : i + length]) for i in range(len(words) - length + 1)} or {tuple(words)}


def test_exact_texts():
    texts = [
        "Storm  warning",
        "storm warning\n",
        None,
        "",
        " ",
        "storm warning!",
        "\ufb01nal",
        "FINAL",
        "",
        None,
    ]
    assert mm.exact_duplicate_texts(texts).tolist() == [[0, 1], [6, 7]]
    assert mm.exact_duplicate_texts(["a"] * 4).tolist() == [
        [0, 1],
        [0, 2],
        [0, 3],
        [1, 2],
        [1, 3],
        [2, 3],
    ]


@pytest.mark.parametrize("threshold", [0.1, 0.3, 0.5, 0.7, 1.0])
@pytest.mark.parametrize("length", [1, 2, 3])
def test_near_texts_equal_a_search_over_all_pairs(threshold, length):
    rng = np.random.default_rng(0)
    texts = [" ".join(rng.choice(list("abcdef"), size=rng.integers(1, 12))) for _ in range(150)]
    expected = {}
    for i in range(150):
        for j in range(i + 1, 150):
            a, b = shingles(texts[i], length), shingles(texts[j], length)
            if len(a & b) / len(a | b) >= threshold:
                expected[i, j] = len(a & b) / len(a | b)
    pairs, similarity = mm.near_duplicate_texts(texts, threshold, length)
    assert len(expected) > 3 and list(map(tuple, pairs.tolist())) == sorted(expected)
    np.testing.assert_allclose(similarity, [expected[pair] for pair in sorted(expected)])


def test_near_texts_of_edited_copies_punctuation_and_chinese():
    words = [f"word{i}" for i in range(40)]
    edited = words[:20] + ["changed"] + words[21:]  # 3 of 38 shingles differ: 35 / 41
    pairs, similarity = mm.near_duplicate_texts(
        [" ".join(words), " ".join(edited).upper(), " ".join(reversed(words))]
    )
    assert pairs.tolist() == [[0, 1]] and similarity[0] == pytest.approx(35 / 41)
    assert mm.near_duplicate_texts(["keycap: #", "keycap: *", "!!!", "!!!", "", None])[
        0
    ].tolist() == [[0, 1]]
    chinese = ["今天的天气很好啊", "今天的天气很好吗", "明天去看球赛吧"]
    assert mm.near_duplicate_texts(chinese, 0.5)[0].tolist() == [[0, 1]]
    assert (
        mm.near_duplicate_texts([])[0].shape
        == mm.near_duplicate_texts([None, ""])[0].shape
        == (0, 2)
    )


def test_exact_images():
    one, two = images(2)
    blank = np.full((64, 64), 7, np.uint8)
    found = mm.exact_duplicate_images(
        [one, two, one.copy(), None, blank, blank.copy(), one.reshape(32, 128), None]
    )
    assert found.tolist() == [[0, 2]]  # blank images and other shapes do not count


def test_hash_equals_block_means_by_hand():
    image = np.random.default_rng(0).integers(0, 256, (16, 27), dtype=np.uint8)
    means = image.reshape(8, 2, 9, 3).mean(axis=(1, 3))
    np.testing.assert_array_equal(mm.difference_hash(image), (np.diff(means, axis=1) > 2).ravel())
    gray_in_color = np.repeat(image[:, :, None], 3, axis=2)
    np.testing.assert_array_equal(mm.difference_hash(gray_in_color), mm.difference_hash(image))


@pytest.mark.parametrize("max_distance", [0, 4, 16])
def test_close_hashes_equal_a_search_over_all_pairs(max_distance):
    patches = np.concatenate(
        [images(60, size=24), images(60, size=24)[:, ::-1, ::-1], images(60, size=24) // 2]
    )
    hashes = [mm.difference_hash(image) for image in patches]
    expected = [
        [i, j]
        for i in range(180)
        for j in range(i + 1, 180)
        if (hashes[i] != hashes[j]).sum() <= max_distance
    ]
    assert (
        mm.near_duplicate_images(patches, max_distance, min_correlation=-1)[0].tolist() == expected
        and expected
    )


def test_edited_copies_are_found_and_others_are_not():
    originals = images(80)
    noisy = np.clip(
        originals + np.random.default_rng(1).normal(0, 4, originals.shape), 0, 255
    ).astype(np.uint8)
    brighter = np.clip(originals * 1.2, 0, 255).astype(np.uint8)
    for edit, copies in {
        "half": originals[:, ::2, ::2],
        "noisy": noisy,
        "brighter": brighter,
    }.items():
        pairs, correlation = mm.near_duplicate_images([*originals, *copies])
        # 95% of the copies, and nothing else
        assert len(pairs) >= 76 and (pairs[:, 1] - pairs[:, 0] == 80).all(), edit
        assert correlation.min() >= 0.95


def test_color_is_compared_if_there_is_color():
    disc = (np.hypot(*np.mgrid[-1:1:64j, -1:1:64j]) < 0.7).astype(np.uint8)
    red, blue = (
        np.stack([disc * c for c in color], axis=2) for color in ((220, 20, 20), (20, 20, 220))
    )
    assert mm.near_duplicate_images([red, blue, red[::2, ::2]])[0].tolist() == [[0, 2]]
    # the hash uses gray levels
    assert mm.near_duplicate_images([red, blue], min_correlation=-1)[0].tolist() == [[0, 1]]


def test_flat_images_are_not_duplicates():
    blank = [np.full((20, 20), value, np.uint8) for value in (0, 0, 128, 255, 255)]
    almost = [
        np.random.default_rng(i).integers(100, 102, (40, 40), dtype=np.uint8) for i in range(3)
    ]
    assert len(mm.near_duplicate_images([*blank, *almost, None])[0]) == 0
    assert mm.exact_duplicate_images([*blank, *almost, almost[1]]).tolist() == [[6, 8]]
    assert mm.near_duplicate_images([])[0].shape == (0, 2)


def test_groups_join_indirect_pairs():
    assert mm.group_ids(6, [[4, 1]], np.array([[1, 3], [2, 5]])).tolist() == [0, 1, 2, 1, 1, 2]
    assert mm.group_ids(3).tolist() == [0, 1, 2]
    assert mm.pairs_across([[0, 1], [1, 2]], [0, 0, 1]).tolist() == [[1, 2]] and mm.pairs_across(
        [], []
    ).shape == (0, 2)


def test_groups_keep_duplicates_in_one_fold():
    from sklearn.model_selection import GroupKFold

    texts = [f"text number {i // 2} of a list that has copies" for i in range(40)]
    result = mm.find_leaks(texts, folds=np.arange(40) % 2, text_options={"threshold": 1.0})
    assert result["near_texts"]["num_pairs"] == len(result["near_texts"]["across"]) == 20
    assert result["leaking"] == list(range(40)) and json.loads(json.dumps(result)) == result
    for train, test in GroupKFold(4).split(texts, groups=result["groups"]):
        assert not {texts[i] for i in train} & {texts[i] for i in test}


def test_inputs_are_not_modified_and_order_does_not_matter():
    samples, before = images(6), images(6)
    samples[5], before[5] = samples[0], before[0]
    assert mm.find_leaks(images=samples)["groups"] == [0, 1, 2, 3, 4, 0]
    assert (samples == before).all()
    for order in (samples, samples[::-1]):
        assert mm.near_duplicate_images(order)[0].tolist() == [[0, 5]]


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: mm.find_leaks(), "Texts or images"),
        (lambda: mm.find_leaks(["a"], folds=[0, 1]), "as many folds"),
        (lambda: mm.near_duplicate_texts(["a"], threshold=0), "0 < threshold"),
        (lambda: mm.near_duplicate_images(["coast.jpg"]), "read_images"),
        (lambda: mm.exact_duplicate_images([np.zeros((4, 4))]), "float64"),
    ],
)
def test_invalid_input_is_rejected(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_real_near_duplicates_across_folds(shared_data):
    """Emoji that differ by a stroke: none are equal, about two dozen close pairs cross folds."""
    from PIL import Image

    folder = shared_data / "emoji_noto"
    rows = list(csv.DictReader((folder / "pairs.csv").open(encoding="utf-8")))
    photos = [
        np.asarray(Image.open(folder / row["image"]).convert("RGB").reduce(2)) for row in rows
    ]
    result = mm.find_leaks(images=photos, folds=[row["split"] for row in rows])
    across = {tuple(rows[i]["name_en"] for i in pair) for pair in result["near_images"]["across"]}
    assert result["exact_images"]["num_pairs"] == 0 and 15 <= len(across) <= 40
    assert {
        ("slightly frowning face", "slightly smiling face"),
        ("dotted six-pointed star", "star of David"),
    } <= across

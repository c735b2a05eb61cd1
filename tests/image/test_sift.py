"""SIFT against brute-force counts and scikit-image; bad images; missing OpenCV."""

import importlib.util
import sys
import warnings

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter
from skimage.feature import SIFT as SkimageSIFT

from mm_keras.image import SIFT
from mm_keras.image.sift.descriptors import grid_descriptors, keypoint_descriptors
from mm_keras.utils.messages import DataWarning


def blobs(count, side=64, seed=0):
    """Images with soft blobs, which have key points."""
    noise = gaussian_filter(np.random.default_rng(seed).random((count, side, side)), (0, 2, 2))
    return np.round(255 * (noise - noise.min()) / np.ptp(noise)).astype(np.uint8)


IMAGES = blobs(6)
FEW = {"num_words": 12, "backend": "skimage", "upsampling": 1, "dense": None}


def descriptors_of(image):
    sift = SkimageSIFT(upsampling=1)
    sift.detect_and_extract((image / 255).astype(np.float32))
    return sift.descriptors / 512, sift.positions


def test_hard_counts_equal_brute_force():
    sift = SIFT(**FEW, weighting=None).fit(IMAGES)
    assert sift.codebook_.shape == (12, 128) and sift.output_shape_ == (12,)
    rows = sift.transform(IMAGES)
    for row, image in zip(rows, IMAGES):
        counts = np.zeros(12)
        for descriptor in descriptors_of(image)[0]:
            counts[np.argmin([np.sum((descriptor - word) ** 2) for word in sift.codebook_])] += 1
        np.testing.assert_array_equal(row, counts)


def test_soft_counts_by_the_formula():
    sift = SIFT(**FEW, weighting=None, assignment="soft").fit(IMAGES)
    descriptors = descriptors_of(IMAGES[0])[0]
    squares = ((descriptors[:, None] - sift.codebook_) ** 2).sum(axis=2)
    shares = np.exp(-squares / (2 * sift.width_**2))
    shares /= shares.sum(axis=1, keepdims=True)
    row = sift.transform(IMAGES[:1])[0]
    np.testing.assert_allclose(row, shares.sum(axis=0), rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(row.sum(), len(descriptors), rtol=1e-5)


@pytest.mark.parametrize("options", [{}, {"assignment": "soft"}, {"dense": 8}], ids=str)
def test_the_quarters_of_the_pyramid_add_up_to_the_whole(options):
    sift = SIFT(**{**FEW, **options}, weighting=None, pyramid=True).fit(IMAGES)
    whole, *quarters = sift.transform(IMAGES).reshape(6, 5, 12).transpose(1, 0, 2)
    np.testing.assert_allclose(sum(quarters), whole, rtol=1e-5, atol=1e-5)
    np.testing.assert_array_equal(
        whole, SIFT(**{**FEW, **options}, weighting=None).fit(IMAGES).transform(IMAGES)
    )


def test_a_quarter_counts_the_key_points_inside_it():
    sift = SIFT(**FEW, weighting=None, pyramid=True).fit(IMAGES)
    quarters = sift.transform(IMAGES[:1]).reshape(5, 12)[1:].sum(axis=1)
    row, column = descriptors_of(IMAGES[0])[1].T
    expected = [
        np.sum(((row >= 32) == down) & ((column >= 32) == right))
        for down in (False, True)
        for right in (False, True)
    ]
    np.testing.assert_array_equal(quarters, expected)


def test_weightings():
    counts = SIFT(**FEW, weighting=None).fit_transform(IMAGES)
    shares = counts / counts.sum(axis=1, keepdims=True)
    roots = SIFT(**FEW, weighting="sqrt").fit_transform(IMAGES)
    np.testing.assert_allclose(roots, np.sqrt(shares), rtol=1e-6)
    sift = SIFT(**FEW, weighting="tfidf").fit(IMAGES)
    idf = np.log((1 + 6) / (1 + (counts > 0).sum(axis=0))) + 1
    np.testing.assert_allclose(sift.idf_, idf, rtol=1e-6)
    expected = shares * idf / np.linalg.norm(shares * idf, axis=1, keepdims=True)
    np.testing.assert_allclose(sift.transform(IMAGES), expected, rtol=1e-5)


@pytest.mark.parametrize(
    "options", [{}, {"dense": 8, "root": True}, {"pyramid": True, "assignment": "soft"}], ids=str
)
def test_results_are_deterministic_and_rows_independent(options):
    first, second = (SIFT(**{**FEW, **options}).fit(IMAGES) for _ in range(2))
    np.testing.assert_array_equal(first.codebook_, second.codebook_)
    rows = first.transform(IMAGES)
    assert rows.dtype == np.float32
    np.testing.assert_array_equal(second.transform(list(IMAGES[::-1]))[::-1], rows)
    np.testing.assert_array_equal(
        np.concatenate([first.transform([image]) for image in IMAGES]), rows
    )
    assert first.transform([]).shape == (0, *first.output_shape_)


def test_a_small_image_before_a_large_one_changes_nothing():
    """scikit-image's detector keeps fewer octaves after a small image; ours must not."""
    small, large = blobs(1, side=16)[0], blobs(1, side=128)[0]
    alone = keypoint_descriptors(large, "skimage")[0]
    keypoint_descriptors(small, "skimage")
    np.testing.assert_array_equal(keypoint_descriptors(large, "skimage")[0], alone)
    sift = SkimageSIFT()
    sift.detect_and_extract((large / 255).astype(np.float32))
    np.testing.assert_array_equal(alone, sift.descriptors)


def test_grid_descriptors_equal_those_of_scikit_image():
    image = blobs(1, side=96)[0]
    descriptors, positions = grid_descriptors(image, 8)
    assert descriptors.shape == (144, 128)
    sift = SkimageSIFT(upsampling=1)
    sift.positions, sift.octaves, sift.scales = positions, np.zeros(144, int), np.zeros(144, int)
    sift.sigmas, sift.orientations = np.full(144, 1.6), np.zeros(144)
    sift.extract(image)
    # scikit-image leaves out the last row and column, and rounds down to integers
    inside = ((positions > 16) & (positions < 80)).all(axis=1)
    assert inside.sum() == 64
    assert np.abs(descriptors - sift.descriptors)[inside].max() <= 1.01


def test_grid_points_in_flat_areas_are_left_out():
    half = np.zeros((64, 64), np.uint8)
    half[:, :16] = blobs(1)[0][:, :16]
    _, positions = grid_descriptors(half, 8)
    assert 0 < len(positions) < 40 and positions[:, 1].max() < 40


def test_images_without_key_points_give_zero_rows_and_one_warning(tmp_path):
    sift = SIFT(**FEW).fit(IMAGES)
    flat = np.full((64, 64), 100, np.uint8)
    samples = [IMAGES[0], flat, None, tmp_path / "absent.png", flat]
    message = "3 samples could not be read as an image or contained no key points.*row 1"
    with pytest.warns(DataWarning, match=message) as caught:
        rows = sift.transform(samples)
    assert len(caught) == 1
    assert rows[0].any() and not rows[1:].any()
    with pytest.raises(ValueError, match="3 samples"):
        SIFT(**FEW, strict=True).fit(IMAGES).transform(samples)
    with pytest.raises(ValueError, match="none has a key point at 64 x 64 pixels.*dense=4"):
        SIFT(**FEW).fit([flat, None])
    with pytest.raises(ValueError, match="none has an edge at 64 x 64 pixels.*other images"):
        SIFT().fit([flat, None])
    message = "1 sample could not be read as an image or contained no edges: row 1"
    with pytest.warns(DataWarning, match=message):
        assert not SIFT(num_words=4).fit(IMAGES).transform([IMAGES[0], flat])[1].any()


def test_by_default_words_are_counted_on_a_grid():
    """64 pixels and a point every 4 pixels: 16 x 16 = 256 words per image."""
    counts = SIFT(num_words=12, weighting=None).fit_transform(IMAGES)
    np.testing.assert_array_equal(counts.sum(axis=1), np.full(6, 256))
    np.testing.assert_array_equal(
        counts, SIFT(num_words=12, dense=4, backend="skimage", weighting=None).fit_transform(IMAGES)
    )


def test_fewer_descriptors_than_words():
    with pytest.warns(DataWarning, match="distinct descriptors, so it learns"):
        sift = SIFT(num_words=5000, backend="skimage").fit(IMAGES)
    assert sift.output_shape_ == (len(sift.codebook_),) and 0 < len(sift.codebook_) < 5000
    assert sift.transform(IMAGES).shape == (6, len(sift.codebook_))


def test_no_more_images_are_described_than_needed(monkeypatch):
    described = []
    monkeypatch.setattr(
        "mm_keras.image.sift.sift.grid_descriptors",
        lambda image, step: described.append(1) or grid_descriptors(image, step),
    )
    images = blobs(40, side=128)  # 256 descriptors per image
    SIFT(num_words=8, dense=8, num_descriptors=100, size=128).fit(images)
    assert len(described) <= 8  # one chunk


def test_sizes():
    assert SIFT(**FEW, size=48).fit(IMAGES).size_ == (48, 48)
    assert SIFT(**FEW).fit([IMAGES[0], IMAGES[1][:50]]).size_ == (128, 128)
    with pytest.raises(ValueError, match="at least 12 x 12"):
        SIFT(size=11).fit(IMAGES)


@pytest.mark.parametrize(
    "setting, message",
    [
        ({"num_words": 0}, "num_words"),
        ({"num_descriptors": 2.5}, "num_descriptors"),
        ({"dense": 0}, "dense"),
        ({"upsampling": 3}, "1, 2 or 4"),
        ({"assignment": "fuzzy"}, "'hard' or 'soft'"),
        ({"weighting": "idf"}, "'sqrt', 'tfidf' or None"),
        ({"backend": "cv"}, "'auto', 'skimage' or 'opencv'"),
    ],
)
def test_wrong_parameters(setting, message):
    with pytest.raises(ValueError, match=message):
        SIFT(**setting).fit(IMAGES)


def test_without_opencv(monkeypatch):
    real = importlib.util.find_spec
    monkeypatch.setattr(
        "mm_keras.image.sift.descriptors.find_spec",
        lambda name: None if name == "cv2" else real(name),
    )
    with pytest.raises(ImportError, match="pip install .opencv-python-headless"):
        SIFT(backend="opencv").fit(IMAGES)
    assert SIFT(num_words=4).fit(IMAGES).backend_ == "skimage"


def test_fitted_with_opencv_and_used_without_it(monkeypatch):
    sift = SIFT(**FEW).fit(IMAGES)
    sift.backend_ = "opencv"
    monkeypatch.setitem(sys.modules, "cv2", None)  # as if not installed
    with pytest.raises(
        ImportError, match="fitted with OpenCV.*not installed here.*backend='skimage'"
    ):
        sift.transform(IMAGES)


def test_opencv_where_it_is_installed():
    cv2 = pytest.importorskip("cv2")
    assert SIFT(num_words=4).fit(IMAGES).backend_ == "opencv"  # "auto"
    points, descriptors = cv2.SIFT_create().detectAndCompute(IMAGES[0], None)
    ours, positions = keypoint_descriptors(IMAGES[0], "opencv")
    np.testing.assert_array_equal(ours, descriptors)
    # positions are (row, column), where OpenCV has (x, y)
    np.testing.assert_allclose(positions, [point.pt[::-1] for point in points])
    np.testing.assert_array_equal(keypoint_descriptors(IMAGES[0] / 255, "opencv")[0], descriptors)
    assert keypoint_descriptors(np.full((64, 64), 9, np.uint8), "opencv")[0].shape == (0, 128)
    skimage_positions = keypoint_descriptors(IMAGES[0], "skimage")[1]
    nearest = np.linalg.norm(positions[:, None] - skimage_positions, axis=2).min(axis=1)
    assert np.mean(nearest < 2) > 0.7  # most key points are where scikit-image has them
    counts = (
        SIFT(num_words=4, backend="opencv", dense=None, weighting=None, pyramid=True)
        .fit_transform(IMAGES)
        .reshape(6, 5, 4)
    )
    np.testing.assert_array_equal(counts[:, 1:].sum(axis=1), counts[:, 0])
    assert counts[0, 0].sum() == len(descriptors)


def test_progress_is_shown_on_a_terminal_only(monkeypatch, capsys):
    monkeypatch.setattr("mm_keras.utils.progress.time.monotonic", iter(range(0, 1000, 10)).__next__)
    sift = SIFT(**{**FEW, "dense": 16}).fit(IMAGES)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    sift.transform(IMAGES)
    assert " 0/6" in capsys.readouterr().err


def test_no_other_warnings():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        flat = np.zeros((64, 64))
        flat[20:40, 20:40] = 1
        SIFT(num_words=2, dense=8).fit_transform([flat])
        SIFT(**FEW, pyramid=True, weighting="tfidf").fit_transform(IMAGES / 255)

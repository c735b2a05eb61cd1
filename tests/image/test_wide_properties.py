"""Properties of reading 16-bit images: a file and an array of the same values give the same."""

import numpy as np
import pytest
import tifffile

from mm_keras.image import read_image

hypothesis = pytest.importorskip("hypothesis")
st = hypothesis.strategies

ENCODINGS = (
    {},
    {"compression": "zlib"},
    {"compression": "zlib", "predictor": True},
    {"planarconfig": "separate"},
)


@hypothesis.settings(max_examples=60, deadline=None, derandomize=True)
@hypothesis.given(
    seed=st.integers(0, 2**32 - 1),
    high=st.integers(0, 65_535),
    shape=st.tuples(st.integers(1, 40), st.integers(1, 40)),
    encoding=st.sampled_from(ENCODINGS),
    order=st.sampled_from("<>"),
    rows_per_strip=st.integers(1, 40),
)
def test_a_16_bit_tiff_is_read_as_its_array_is(
    tmp_path_factory, seed, high, shape, encoding, order, rows_per_strip
):
    values = np.random.default_rng(seed).integers(0, high + 1, (*shape, 3), dtype=np.uint16)
    path = tmp_path_factory.mktemp("wide") / "a.tif"
    stored = np.moveaxis(values, -1, 0) if "planarconfig" in encoding else values
    options = {**encoding, "byteorder": order, "rowsperstrip": rows_per_strip}
    tifffile.imwrite(path, stored, photometric="rgb", **options)
    np.testing.assert_array_equal(read_image(path, gray=False), read_image(values, gray=False))


@hypothesis.settings(max_examples=60, deadline=None, derandomize=True)
@hypothesis.given(
    seed=st.integers(0, 2**32 - 1),
    high=st.integers(0, 65_535),
    dtype=st.sampled_from([np.uint16, np.float32, np.float64]),
)
def test_an_opaque_alpha_changes_nothing(seed, high, dtype):
    values = np.random.default_rng(seed).integers(0, high + 1, (5, 6, 3), dtype=np.uint16)
    is_float = np.dtype(dtype).kind == "f"
    values = (values / 65_535 if is_float else values).astype(dtype)
    opaque = np.full((5, 6, 1), 1 if is_float else 65_535, dtype)
    np.testing.assert_array_equal(
        read_image(np.concatenate([values, opaque], axis=2), gray=False),
        read_image(values, gray=False),
    )

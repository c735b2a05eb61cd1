"""Files and arrays of more than 8 bits per channel: read exactly, or refused."""

import io
import struct
import zlib

import numpy as np
import pytest
import tifffile
from PIL import Image

from mm_keras.image import HOG, ColorHistogram, Pixels, read_image, read_images, wide
from mm_keras.utils.messages import DataWarning

RAMP = np.linspace(0, 1, 63).reshape(9, 7)
COLORS = np.dstack([RAMP, RAMP[::-1], RAMP[:, ::-1]])
HIGHS = (100, 200, 1000, 4000, 16_000, 20_000, 65_535)


def sixteen_bits(high):
    """uint16 colors up to `high`, and what they are in 8 bits, as `read_image` documents."""
    colors = np.round(COLORS * high).astype(np.uint16)
    return colors, colors >> max(0, 2 * -(-(int(high).bit_length() - 8) // 2))


def png(path, values, color_type, transparent=()):
    rows = values.astype(">u2").reshape(len(values), -1)
    raw = b"".join(b"\0" + row.tobytes() for row in rows)
    header = struct.pack(">IIBBBBB", values.shape[1], values.shape[0], 16, color_type, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(raw)), (b"IEND", b"")]
    if len(transparent):
        chunks.insert(1, (b"tRNS", struct.pack(f">{len(transparent)}H", *transparent)))
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + b"".join(
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
            for name, data in chunks
        )
    )
    return path


@pytest.mark.parametrize("high", HIGHS)
@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("options", [{}, {"compression": "zlib"}, {"rowsperstrip": 2}], ids=str)
@pytest.mark.parametrize("extra", [None, "unassalpha", "assocalpha", "unspecified"])
def test_a_16_bit_color_tiff_gives_what_the_array_gives(tmp_path, high, order, options, extra):
    values, expected = sixteen_bits(high)
    np.testing.assert_array_equal(read_image(values, gray=False), expected)
    if extra:
        values = np.dstack([values, np.full(RAMP.shape, 65_535, np.uint16)])
    options = {**options, "extrasamples": [extra] if extra else None}
    tifffile.imwrite(tmp_path / "a.tif", values, photometric="rgb", byteorder=order, **options)
    np.testing.assert_array_equal(read_image(tmp_path / "a.tif", gray=False), expected)
    image = Image.open(tmp_path / "a.tif")
    np.testing.assert_array_equal(read_image(image, gray=False), expected)


@pytest.mark.parametrize("high", HIGHS)
@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("options", [{}, {"rowsperstrip": 2}, {"tile": (16, 16)}], ids=str)
@pytest.mark.parametrize("alpha", [False, True])
def test_a_16_bit_tiff_of_separate_planes_gives_what_the_array_gives(
    tmp_path, high, order, options, alpha
):
    values, expected = sixteen_bits(high)
    if alpha:
        values = np.dstack([values, np.full(RAMP.shape, 65_535, np.uint16)])
        options = {**options, "extrasamples": ["unassalpha"]}
    separate = {"photometric": "rgb", "planarconfig": "separate", "byteorder": order}
    tifffile.imwrite(tmp_path / "a.tif", np.moveaxis(values, -1, 0), **separate, **options)
    np.testing.assert_array_equal(read_image(tmp_path / "a.tif", gray=False), expected)


def test_16_bit_tiffs_are_brought_upright(tmp_path):
    values, expected = sixteen_bits(200)
    turned = [(274, "H", 1, 6, False)]  # stored rotated to the left
    stored = np.rot90(values)
    for options in ({}, {"compression": "zlib"}, {"planarconfig": "separate"}):
        planes = np.moveaxis(stored, -1, 0) if "planarconfig" in options else stored
        tifffile.imwrite(tmp_path / "a.tif", planes, photometric="rgb", extratags=turned, **options)
        np.testing.assert_array_equal(read_image(tmp_path / "a.tif", gray=False), expected)


def test_a_dark_16_bit_image_that_cannot_be_decoded_exactly_is_refused(tmp_path):
    """Pillow decodes only the upper 8 bits of compressed planes and of JPEG 2000 colors."""
    separate = {"photometric": "rgb", "planarconfig": "separate", "compression": "zlib"}
    for high in (200, 4000):
        values, _ = sixteen_bits(high)
        tifffile.imwrite(tmp_path / "dark.tif", np.moveaxis(values, -1, 0), **separate)
        with pytest.raises(ValueError, match="convert it to a 16-bit PNG"):
            read_image(tmp_path / "dark.tif")
        with pytest.warns(DataWarning, match="16 bits per channel"):
            assert not read_images([tmp_path / "dark.tif"], 8).any()
        with pytest.raises(ValueError, match="16 bits per channel"):
            HOG(strict=True).fit_transform([tmp_path / "dark.tif"])
    values, expected = sixteen_bits(60_000)
    tifffile.imwrite(tmp_path / "bright.tif", np.moveaxis(values, -1, 0), **separate)
    np.testing.assert_array_equal(read_image(tmp_path / "bright.tif", gray=False), expected)


def test_the_bits_of_a_jpeg_2000_file_decide(tmp_path, monkeypatch):
    path = tmp_path / "dark.jp2"
    dark = np.round(COLORS * 40).astype(np.uint8)
    Image.fromarray(np.kron(dark, np.ones((4, 4, 1), np.uint8))).save(path)
    assert 0 < read_image(path).max() <= 40
    content = bytearray(path.read_bytes())
    assert wide._jpeg_2000_bits(io.BytesIO(content)) == 8
    start = content.index(b"\xff\x4f\xff\x51") + 4 + 38
    content[start + 3] = 0x0F  # green
    assert wide._jpeg_2000_bits(io.BytesIO(content)) == 16
    monkeypatch.setattr(wide, "_jpeg_2000_bits", lambda file: 16)
    with pytest.raises(ValueError, match="JPEG2000 of 16 bits per channel"):
        read_image(path)


@pytest.mark.parametrize("high", HIGHS)
def test_16_bit_cmyk_is_scaled_like_8_bit_cmyk(tmp_path, high):
    colors, expected = sixteen_bits(high)
    inks = np.dstack([colors, 0 * colors[..., 0]])
    tifffile.imwrite(tmp_path / "a.tif", inks, photometric="separated")
    tifffile.imwrite(
        tmp_path / "b.tif",
        np.dstack([expected, 0 * expected[..., 0]]).astype(np.uint8),
        photometric="separated",
    )
    np.testing.assert_array_equal(read_image(tmp_path / "a.tif"), read_image(tmp_path / "b.tif"))


@pytest.mark.parametrize("high", HIGHS)
def test_gray_with_alpha_of_16_bits(tmp_path, high):
    values, expected = sixteen_bits(high)
    alpha = np.full(RAMP.shape, 65_535, np.uint16)
    alpha[0] = 0
    path = png(tmp_path / "a.png", np.dstack([values[..., 0], alpha]), color_type=4)
    gray = read_image(path)
    np.testing.assert_array_equal(gray[1:], expected[1:, :, 0])
    assert (gray[0] == 255).all()


@pytest.mark.parametrize("high", HIGHS)
def test_the_transparent_color_of_a_16_bit_png_becomes_white(tmp_path, high):
    values, expected = sixteen_bits(high)
    expected = expected.copy()
    gray = png(tmp_path / "gray.png", values[..., 0], 0, (values[3, 3, 0],))
    color = png(tmp_path / "color.png", values, 2, values[3, 3])
    expected[(values == values[3, 3]).all(axis=-1)] = 255
    np.testing.assert_array_equal(read_image(color, gray=False), expected)
    expected[values[..., 0] == values[3, 3, 0], 0] = 255
    np.testing.assert_array_equal(read_image(gray), expected[..., 0])


@pytest.mark.parametrize("high", HIGHS)
@pytest.mark.parametrize("plain", [False, True])
@pytest.mark.parametrize("maxval", [1000, 4095, 65_535])
def test_color_and_gray_pnm_files_are_scaled_alike(tmp_path, high, plain, maxval):
    gray = np.round(RAMP * min(high, maxval)).astype(">u2")

    def write(path, magic, values):
        header = b"%s\n# comment\n7 9\n%d\n" % (magic, maxval)
        numbers = b"# comment 7\n" + " ".join(map(str, values.ravel())).encode()
        path.write_bytes(header + (numbers if plain else values.tobytes()))
        return path

    expected = read_image(write(tmp_path / "a.pgm", b"P2" if plain else b"P5", gray))
    color = np.repeat(gray[..., np.newaxis], 3, axis=2)
    received = read_image(write(tmp_path / "a.ppm", b"P3" if plain else b"P6", color))
    assert expected.max() >= 60 and received.max() >= 60
    # above 14 bits Pillow rounds color to 8 bits; gray is cut off
    assert np.abs(received.astype(int) - expected).max() <= (high >= maxval / 4)


@pytest.mark.parametrize("high", HIGHS)
@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
def test_16_bit_sgi_files(tmp_path, high, mode):
    values, expected = sixteen_bits(high)
    values = np.dstack([values, np.full(RAMP.shape, 65_535, np.uint16)])
    planes = np.moveaxis(values[::-1], -1, 0)[: {"L": 1, "RGB": 3, "RGBA": 4}[mode]]
    dimensions = 2 if mode == "L" else 3
    header = struct.pack(">hBBHHHH", 474, 0, 2, dimensions, 7, 9, len(planes))
    (tmp_path / "a.sgi").write_bytes(header.ljust(512, b"\0") + planes.astype(">u2").tobytes())
    received = read_image(tmp_path / "a.sgi", gray=mode == "L")
    np.testing.assert_array_equal(received, expected[..., 0] if mode == "L" else expected)


@pytest.mark.parametrize("compression", [None, "zlib"])
@pytest.mark.parametrize("high, dtype", [(100, np.uint16), (65_535, np.uint16), (1, np.float32)])
def test_a_tiff_whose_minimum_is_white_is_inverted_in_every_dtype(
    tmp_path, high, dtype, compression
):
    values = (RAMP * high).astype(dtype)
    tifffile.imwrite(tmp_path / "a.tif", values, photometric="miniswhite", compression=compression)
    expected = 255 - read_image(values)
    np.testing.assert_array_equal(read_image(tmp_path / "a.tif"), expected)
    np.testing.assert_array_equal(read_image(Image.open(tmp_path / "a.tif")), expected)
    decoded = Image.open(tmp_path / "a.tif")
    decoded.load()
    np.testing.assert_array_equal(read_image(decoded), expected)
    np.testing.assert_array_equal(read_image(tmp_path / "a.tif", gray=False)[..., 2], expected)


def test_a_16_bit_file_given_as_an_open_file_is_refused_if_it_is_dark(tmp_path):
    for high in (200, 60_000):
        values, expected = sixteen_bits(high)
        with open(png(tmp_path / "a.png", values, color_type=2), "rb") as file:
            image = Image.open(file)
            if high == 200:
                with pytest.raises(ValueError, match="pass its path"):
                    read_image(image)
            else:
                np.testing.assert_array_equal(read_image(image, gray=False), expected)


# --- arrays ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("high", HIGHS)
def test_alpha_does_not_count_for_the_range_of_an_array(high):
    values, expected = sixteen_bits(high)
    rgba = np.dstack([values, np.full(RAMP.shape, 65_535, np.uint16)])
    np.testing.assert_array_equal(read_image(rgba, gray=False), expected)
    rgba[0, :, 3] = 0
    received = read_image(rgba, gray=False)
    np.testing.assert_array_equal(received[1:], expected[1:])
    assert (received[0] == 255).all()
    dark = COLORS * (high / 65_535)
    rgba = np.dstack([dark, np.ones(RAMP.shape)])
    np.testing.assert_array_equal(read_image(rgba), read_image(dark))


def test_alpha_of_the_same_range_as_the_colors_is_opaque():
    for bits in (8, 10, 12, 14, 16):
        rgba = np.full((4, 4, 4), 2**bits - 1, np.uint16)
        rgba[..., :3] //= 2
        assert (read_image(rgba) == 127).all()


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("high", [1e-6, 0.005, 0.0078, 0.0079, 0.5, 1])
def test_dark_floats_are_stretched_whether_they_are_resized_or_not(dtype, high):
    small = (COLORS * high).astype(dtype)
    large = np.kron(small, np.ones((2, 2, 1), dtype))
    images = [small, large, COLORS.astype(dtype)]
    for extractor in (Pixels(size=(9, 7), gray=False), ColorHistogram(size=(9, 7))):
        rows = extractor.fit_transform(images)
        each = np.concatenate([extractor.transform(image[np.newaxis]) for image in images])
        np.testing.assert_array_equal(rows, each)
        if isinstance(extractor, Pixels):
            assert np.abs(rows[0] - rows[1]).max() <= 0.51 / 255 + 1e-3
            stretched = high < 2 / 255
            assert abs(rows[0].max() - (1 if stretched else high)) < 1e-3


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "dtype, high",
    [(np.float16, 1e-6), (np.float32, 1e-38), (np.float32, 1e-43), (np.float64, 1e-310)],
)
def test_the_darkest_floats_do_not_overflow(dtype, high):
    values = np.array([[0, 0.5, 1]]) * high
    pixels = read_image(values.astype(dtype))
    assert pixels[0, 0] == 0 and abs(int(pixels[0, 1]) - 128) <= 8 and pixels[0, 2] == 255
    rows = Pixels().fit_transform([values.astype(dtype)])
    np.testing.assert_allclose(rows[0, 0, :, 0], [0, 0.5, 1], atol=0.04)


@pytest.mark.filterwarnings("error")
def test_float_files_of_any_range_do_not_overflow(tmp_path):
    values = np.array([[-3e38, 0, 3e38]], np.float32)
    Image.fromarray(values).save(tmp_path / "a.tiff")
    np.testing.assert_array_equal(read_image(tmp_path / "a.tiff"), [[0, 128, 255]])

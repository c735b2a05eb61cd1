"""Reading images: all types of files and arrays, bad images, sizes."""

import errno
import struct
import subprocess
import warnings
import zlib

import numpy as np
import pytest
from PIL import Image

from mm_keras.image import HOG, convert, read_image, read_images
from mm_keras.image.decoding import reduce_scale
from mm_keras.utils.messages import DataWarning

COLOR = np.random.default_rng(0).integers(0, 256, (12, 20, 3), dtype=np.uint8)
GRAY = COLOR[:, :, 0].copy()


def area_mean(image, size):
    """Exact area filter: each new pixel is the mean over the area that it covers."""

    def weights(old, new):
        edges = np.arange(new + 1) * old / new
        low = np.maximum(edges[:-1, None], np.arange(old))
        high = np.minimum(edges[1:, None], np.arange(old) + 1)
        return np.maximum(high - low, 0) * new / old

    return weights(image.shape[0], size) @ image.astype(float) @ weights(image.shape[1], size).T


def saved(path, image, **options):
    image = image if isinstance(image, Image.Image) else Image.fromarray(image)
    image.save(path, **options)
    return path


@pytest.mark.parametrize("gray", [True, False])
@pytest.mark.parametrize("size", [None, 8, (9, 7), (40, 30)])
@pytest.mark.parametrize("ending", ["png", "bmp", "tiff", "webp", "ppm"])
def test_a_lossless_file_gives_what_the_array_and_the_pillow_image_give(
    tmp_path, ending, size, gray
):
    path = saved(
        tmp_path / f"image.{ending}", COLOR, **({"lossless": True} if ending == "webp" else {})
    )
    expected = read_image(COLOR, size, gray)
    np.testing.assert_array_equal(read_image(path, size, gray), expected)
    np.testing.assert_array_equal(read_image(str(path), size, gray), expected)
    np.testing.assert_array_equal(read_image(Image.fromarray(COLOR), size, gray), expected)
    assert expected.dtype == np.uint8 and expected.ndim == (2 if gray else 3)


def test_an_image_is_the_same_in_all_dtypes():
    for image in (
        GRAY.astype(np.uint16) * 257,
        GRAY / 255,
        (GRAY / 255).astype(np.float32),
        GRAY[:, :, None],
    ):
        np.testing.assert_array_equal(read_image(image), GRAY)
    np.testing.assert_array_equal(read_image(GRAY > 99), np.where(GRAY > 99, 255, 0))
    np.testing.assert_array_equal(
        read_image(GRAY, gray=False), np.repeat(GRAY[:, :, None], 3, axis=2)
    )


def test_gray_is_the_standard_luma():
    luma = COLOR @ np.array([0.299, 0.587, 0.114])
    assert np.abs(read_image(COLOR) - luma).max() <= 0.51


def test_sixteen_bits_are_scaled_and_not_clipped(tmp_path):
    wide = np.array([[0, 256, 40_000, 65_535]], np.uint16)
    np.testing.assert_array_equal(read_image(wide), [[0, 1, 156, 255]])
    for ending in ("png", "tiff"):
        np.testing.assert_array_equal(
            read_image(saved(tmp_path / f"wide.{ending}", wide)), [[0, 1, 156, 255]]
        )
    np.testing.assert_array_equal(
        read_image(Image.fromarray(wide.astype(np.int32))), [[0, 1, 156, 255]]
    )
    np.testing.assert_array_equal(
        read_image(Image.fromarray(wide.astype(np.int32) * 10 - 7)), [[0, 1, 156, 255]]
    )


def test_float_files_in_unit_range_byte_range_and_any_range(tmp_path):
    unit = np.array([[0, 0.2, 1]], np.float32)
    for values in (unit, unit * 255, unit * 1000 - 300):
        np.testing.assert_array_equal(
            read_image(saved(tmp_path / "float.tiff", values)), [[0, 51, 255]]
        )


def test_one_bit_palette_and_cmyk(tmp_path):
    black = Image.fromarray(GRAY).convert("1")
    assert set(np.unique(read_image(saved(tmp_path / "one.png", black)))) == {0, 255}
    palette = Image.fromarray(COLOR).convert("P", palette=Image.Palette.ADAPTIVE, colors=16)
    path = saved(tmp_path / "palette.png", palette)
    np.testing.assert_array_equal(read_image(path, gray=False), palette.convert("RGB"))
    cmyk = Image.new("CMYK", (16, 16), (0, 255, 255, 0))  # no cyan, all magenta and yellow: red
    for ending in ("jpg", "tiff"):
        red = read_image(saved(tmp_path / f"cmyk.{ending}", cmyk), 4, gray=False)
        assert np.abs(red.astype(int) - [255, 0, 0]).max() <= 3


def test_transparent_images_are_placed_on_white(tmp_path):
    alpha = np.array([[[10, 20, 30, 255], [10, 20, 30, 0], [0, 0, 0, 51]]], np.uint8)
    expected = [[[10, 20, 30], [255, 255, 255], [204, 204, 204]]]  # 255 * (1 - 51/255) = 204
    np.testing.assert_array_equal(read_image(alpha, gray=False), expected)
    np.testing.assert_array_equal(
        read_image(saved(tmp_path / "alpha.png", alpha), gray=False), expected
    )
    gray_alpha = Image.fromarray(alpha).convert("LA")
    np.testing.assert_array_equal(
        read_image(saved(tmp_path / "la.png", gray_alpha))[0, 1:], [255, 204]
    )
    palette = Image.new("P", (2, 1), 0)
    palette.putpalette([0, 0, 0, 9, 9, 9])
    palette.putpixel((1, 0), 1)
    np.testing.assert_array_equal(
        read_image(saved(tmp_path / "p.png", palette, transparency=0)), [[255, 9]]
    )


def test_the_first_frame_of_an_animation_is_read(tmp_path):
    frames = [Image.new("L", (6, 5), value) for value in (40, 200)]
    for ending in ("gif", "webp", "png", "tiff"):
        path = saved(
            tmp_path / f"moving.{ending}", frames[0], save_all=True, append_images=frames[1:]
        )
        assert np.abs(read_image(path).astype(int) - 40).max() <= 1


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("ending", ["jpg", "png", "tiff"])
def test_camera_images_are_rotated_upright(tmp_path, orientation, ending):
    upright = np.full((32, 48), 10, np.uint8)
    upright[:16, :16] = 250  # top left is bright
    upright[:16, 32:] = 120  # top right is medium
    stored = {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.T,
        6: np.rot90(upright),
        7: upright[::-1, ::-1].T,
        8: np.rot90(upright, -1),
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"compression": "tiff_lzw"} if ending == "tiff" else {}
    path = saved(tmp_path / f"camera.{ending}", np.ascontiguousarray(stored), exif=exif, **options)
    assert np.abs(read_image(path).astype(int) - upright).max() <= 3
    assert np.abs(read_image(path, (8, 12)).astype(int) - upright[2::4, 2::4]).max() <= 3


def test_a_downsized_jpeg_is_close_to_an_exact_area_filter(tmp_path):
    from sklearn.datasets import load_sample_image

    photo = load_sample_image("china.jpg")  # 427 x 640
    path = saved(tmp_path / "photo.jpg", photo, quality=92)
    exact = area_mean(np.asarray(Image.open(path).convert("L")), 64)
    difference = np.abs(read_image(path, 64) - exact)
    assert difference.mean() < 2 and difference.max() < 32
    assert np.abs(read_image(path, 64).astype(int) - read_image(photo, 64)).mean() < 2
    # at the original size: exactly the same
    np.testing.assert_array_equal(read_image(path), Image.open(path).convert("L"))


@pytest.mark.parametrize("side", [256, 320, 512, 640])
@pytest.mark.parametrize("orientation", [1, 6])
def test_a_jpeg_downsized_by_an_integer_factor_has_the_exact_area_means(
    tmp_path, side, orientation
):
    from sklearn.datasets import load_sample_image

    photo = Image.fromarray(load_sample_image("china.jpg")).resize((side, side // 2))
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = saved(tmp_path / "photo.jpg", photo, quality=90, exif=exif)
    decoded = np.asarray(Image.open(path).convert("L"))
    means = decoded.reshape(32, side // 64, 64, side // 64).mean(axis=(1, 3))
    expected, size = (means, (32, 64)) if orientation == 1 else (np.rot90(means, -1), (64, 32))
    difference = np.abs(read_image(path, size) - expected)
    assert difference.mean() < 0.35 and difference.max() < 5  # rounding alone: 0.25 and 0.5


@pytest.mark.parametrize(
    "side, scale", [(64, 1), (100, 1), (256, 4), (512, 8), (320, 1), (640, 2), (960, 4), (2000, 8)]
)
def test_a_jpeg_is_decoded_at_a_scale_that_leaves_an_integer_factor_if_that_costs_little(
    tmp_path, side, scale
):
    with Image.open(saved(tmp_path / "gray.jpg", np.zeros((side, side), np.uint8))) as image:
        assert reduce_scale(image, (64, 64), gray=True) == (0, 0, side / scale, side / scale)
        assert image.size == (side // scale, side // scale)


def test_downsizing_by_integer_factors_takes_block_means():
    means = GRAY.reshape(4, 3, 5, 4).mean(axis=(1, 3))
    assert np.abs(read_image(GRAY, (4, 5)) - means).max() <= 0.51


def test_a_jpeg_whose_side_is_not_a_multiple_of_eight_is_not_shifted(tmp_path):
    ramp = np.repeat(np.linspace(0, 255, 521)[None], 521, axis=0).astype(np.uint8)
    path = saved(tmp_path / "ramp.jpg", ramp, quality=95)
    assert np.abs(read_image(path, 32) - area_mean(ramp, 32)).max() < 2.5


def bad_files(folder):
    (folder / "text.jpg").write_text("this is not an image")
    (folder / "empty.png").write_bytes(b"")
    noise = np.random.default_rng(1).integers(0, 256, (90, 90, 3), dtype=np.uint8)
    whole = saved(folder / "whole.jpg", noise).read_bytes()
    (folder / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    whole = saved(folder / "whole.png", COLOR).read_bytes()
    (folder / "cut.png").write_bytes(whole[: len(whole) // 2])
    names = ("text.jpg", "empty.png", "cut.jpg", "cut.png", "absent.jpg")
    return [*(folder / name for name in names), folder]


def test_bad_images_give_zero_rows_and_one_warning(tmp_path):
    bad = bad_files(tmp_path)
    with pytest.warns(
        DataWarning, match=r"6 samples could not be read.*text\.jpg.*and 1 more"
    ) as caught:
        images = read_images([GRAY, *bad, None, GRAY], 8)
    assert len(caught) == 1 and caught[0].filename == __file__
    assert not images[1:8].any()
    np.testing.assert_array_equal(images[0], images[8])
    with pytest.raises(ValueError, match="6 samples could not be read"):
        read_images(bad, 8, strict=True)
    for path in bad[:4] + bad[5:]:
        with pytest.raises(ValueError, match="cannot be read as an image"):
            read_image(path)
    with pytest.raises(FileNotFoundError, match="absent.jpg"):
        read_image(bad[4])
    cut = Image.open(bad[2])
    with pytest.warns(DataWarning, match="row 1"):
        read_images([GRAY, cut], 8)


def test_an_absurdly_large_image_is_never_decoded(tmp_path, monkeypatch):
    path = saved(tmp_path / "large.png", Image.new("1", (10_001, 10_000)))
    loaded = []
    monkeypatch.setattr("PIL.PngImagePlugin.PngImageFile.load", lambda image: loaded.append(image))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        with pytest.raises(ValueError, match="10001 x 10000 pixels"):
            read_image(path, 8)
        with pytest.raises(ValueError, match="10001 x 10000 pixels"):
            read_image(Image.open(path), 8)
    assert not loaded


def test_none_is_silent_and_no_images_are_an_empty_array():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not read_images([None, None], 5).any()
    assert read_images([], (3, 4)).shape == (0, 3, 4)
    assert read_images([], (3, 4), gray=False).shape == (0, 3, 4, 3)


def test_the_size_is_learned_from_arrays_or_64(tmp_path):
    path = saved(tmp_path / "image.png", COLOR)
    assert read_images([GRAY, None, COLOR]).shape == (3, 12, 20)
    assert read_images(np.stack([GRAY, GRAY])).shape == (2, 12, 20)
    assert read_images([GRAY, path]).shape == (2, 64, 64)
    assert read_images([GRAY, GRAY[:5]]).shape == (2, 64, 64)
    assert read_images(np.array([str(path)]), gray=False).shape == (1, 64, 64, 3)


def test_the_input_is_not_changed_and_the_result_is_a_new_array():
    source = GRAY.copy()
    image = read_image(source)
    image[:] = 0
    np.testing.assert_array_equal(source, GRAY)


@pytest.mark.parametrize(
    "samples",
    [
        "one.jpg",
        Image.new("L", (4, 4)),
        None,
        {"image": []},
        GRAY,
        COLOR,
        np.zeros(5),
        np.zeros((1, 2, 3, 4, 5)),
        np.zeros((1, 4, 4, 2), np.uint8),
    ],
)
def test_one_image_or_a_wrong_shape_instead_of_a_sequence(samples):
    with pytest.raises(
        TypeError,
        match=r"must be a list|sequence of images|(array of images|image array) must have shape",
    ):
        read_images(samples)


@pytest.mark.parametrize(
    "image",
    [
        np.zeros(5),
        np.zeros((4, 4, 2)),
        np.zeros((0, 4)),
        np.zeros((4, 4), np.int64),
        np.zeros((4, 4), complex),
        7,
        [[0, 1]],
    ],
)
def test_anything_but_an_image_is_a_type_error(image):
    with pytest.raises(TypeError, match="[Aa]n image"):
        read_image(image)


@pytest.mark.parametrize("value", [1.01, -0.01, np.nan, 255])
def test_floats_outside_the_unit_range(value):
    with pytest.raises(ValueError, match="divide by 255"):
        read_image(np.full((3, 3), value, float))


@pytest.mark.parametrize("size", [0, -3, 2.5, (4,), (4, 4, 4), (4, 0), "64", [4, 2.0]])
def test_wrong_sizes(size):
    with pytest.raises(ValueError, match="size must be None, a positive int"):
        read_image(GRAY, size)


# --- range, modes, formats, machine ---------------------------------------------------------------


def png_16_bits(values):
    """A PNG file of 16 bits per value, gray, RGB or RGBA, as bytes."""
    rows = values.astype(">u2").reshape(len(values), -1)
    raw = b"".join(b"\0" + row.tobytes() for row in rows)
    kind = {1: 0, 3: 2, 4: 6}[values.shape[2] if values.ndim == 3 else 1]
    header = struct.pack(">IIBBBBB", values.shape[1], values.shape[0], 16, kind, 0, 0, 0)
    chunks = (b"IHDR", header), (b"IDAT", zlib.compress(raw)), (b"IEND", b"")
    parts = [
        struct.pack(">I", len(content))
        + name
        + content
        + struct.pack(">I", zlib.crc32(name + content))
        for name, content in chunks
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@pytest.mark.parametrize("bits", [8, 10, 12, 14, 16])
def test_images_of_more_than_8_bits_keep_the_range_that_they_use(tmp_path, bits):
    wide = np.linspace(0, 2**bits - 1, 48).astype(np.uint16).reshape(4, 4, 3)
    expected = wide >> (bits - 8)
    np.testing.assert_array_equal(read_image(wide, gray=False), expected)
    np.testing.assert_array_equal(read_image(wide[..., 0]), expected[..., 0])
    (tmp_path / "gray.png").write_bytes(png_16_bits(wide[..., 0]))
    np.testing.assert_array_equal(read_image(tmp_path / "gray.png"), expected[..., 0])
    (tmp_path / "color.png").write_bytes(png_16_bits(wide))
    np.testing.assert_array_equal(read_image(tmp_path / "color.png", gray=False), expected)
    alpha = np.dstack([wide, np.full((4, 4), 65535)])
    (tmp_path / "alpha.png").write_bytes(png_16_bits(alpha))
    np.testing.assert_array_equal(read_image(tmp_path / "alpha.png", gray=False), expected)
    for mode in ("I;16", "I"):
        image = Image.fromarray(wide[..., 0].astype({"I;16": np.uint16, "I": np.int32}[mode]))
        np.testing.assert_array_equal(read_image(image), expected[..., 0])
        path = saved(tmp_path / "gray.tiff", image)
        np.testing.assert_array_equal(read_image(path), expected[..., 0])


def test_floats_that_would_all_become_black_are_stretched(tmp_path):
    dark = np.array([[0, 63, 126, 252]]) / 65535  # 8-bit values in a 16-bit file, as floats
    np.testing.assert_array_equal(read_image(dark), [[0, 64, 128, 255]])
    path = saved(tmp_path / "dark.tiff", dark.astype(np.float32))
    np.testing.assert_array_equal(read_image(path), [[0, 64, 128, 255]])
    just_above = np.array([[0, 0.51, 1.02]], np.float32)  # neither [0, 1] nor 0..255
    path = saved(tmp_path / "above.tiff", just_above)
    np.testing.assert_array_equal(read_image(path), [[0, 128, 255]])


def test_a_dark_16_bit_image_is_not_taken_for_a_missing_one():
    dark = np.arange(252, dtype=np.uint16).reshape(12, 21)
    assert HOG(pixels_per_cell=(4, 4)).fit_transform([dark]).any()


@pytest.mark.parametrize("size", [None, 3])
@pytest.mark.parametrize("mode", ["RGBA", "RGBa", "LA", "La", "PA", "P"])
def test_transparency_of_every_mode_becomes_white(mode, size):
    image = Image.new("RGBA", (6, 6), (200, 200, 200, 255))
    image.paste((0, 0, 0, 0), (0, 0, 3, 6))
    if mode in ("LA", "La"):
        image = image.convert("LA")
    if mode in ("PA", "P"):
        palette = Image.new(mode, (6, 6))
        palette.putpalette([0, 0, 0, 0, 200, 200, 200, 255], "RGBA")
        palette.putdata(_columns(mode))
        image = palette
    image = image.convert(mode) if mode in ("RGBa", "La") else image
    pixels = read_image(image, size)
    assert pixels[0, 0] == 255 and pixels[-1, -1] == 200


def _columns(mode):
    """Six rows of three transparent and three opaque pixels, for a palette image."""
    return ([(0, 0)] * 3 + [(1, 255)] * 3) * 6 if mode == "PA" else ([0] * 3 + [1] * 3) * 6


def test_large_images_are_converted_in_strips(monkeypatch):
    image = Image.fromarray(np.dstack([COLOR, COLOR[:, :, 0]]))
    expected = [read_image(image, gray=gray) for gray in (True, False)]
    monkeypatch.setattr(convert, "STRIP_PIXELS", 50)
    for gray, whole in zip((True, False), expected):
        np.testing.assert_array_equal(read_image(image, gray=gray), whole)


def test_the_limit_on_pixels_can_be_set(monkeypatch):
    monkeypatch.setenv("MM_KERAS_MAX_PIXELS", "200")
    with pytest.raises(ValueError, match="20 x 12 pixels, more than 200"):
        read_image(Image.fromarray(COLOR))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "pip install pillow-heif"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "PostScript"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "SVG"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0", "a video"),
        (b"", "empty file"),
        (b"no image at all", "not an image in a supported format"),
    ],
)
def test_other_formats_are_not_decoded_and_the_message_says_what_to_do(tmp_path, content, message):
    path = tmp_path / "harmless.png"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=message):
        read_image(path)


def test_postscript_starts_no_program(tmp_path, monkeypatch):
    path = tmp_path / "harmless.png"
    Image.fromarray(COLOR).save(path, format="EPS")

    def started(*_, **__):
        raise AssertionError("a program was started")

    monkeypatch.setattr(subprocess, "Popen", started)
    monkeypatch.setattr("os.system", started)
    with pytest.warns(DataWarning, match="PostScript"):
        assert not read_images([path], size=4).any()


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.EMFILE, "Too many open files"),
        OSError(errno.EIO, "Input/output error"),
        MemoryError(),
    ],
)
def test_errors_of_the_machine_are_raised_and_never_a_zero_row(tmp_path, monkeypatch, error):
    path = saved(tmp_path / "image.png", COLOR)

    def fail(*_, **__):
        raise error

    monkeypatch.setattr(Image, "open", fail)
    with pytest.raises(type(error)):
        read_images([path])
    with pytest.raises(type(error)):
        HOG(size=24).fit_transform([path])

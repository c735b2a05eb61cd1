"""How an image file is decoded: at which scale, and which way round it is stored."""

from PIL import Image

# The operation that brings an image upright, by its EXIF orientation.
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
SWAPS_SIDES = tuple(UPRIGHT[orientation] for orientation in (5, 6, 7, 8))
JPEG_SCALES = (8, 4, 2, 1)  # libjpeg decodes 1/8, 1/4, 1/2 or all of the pixels of each side


def upright_operation(image):
    """The operation that brings an image upright, or None."""
    return UPRIGHT.get(image.getexif().get(0x0112))


def stored_size(size, operation):
    """The requested size (rows, cols) as (width, height) of an image that is not upright yet."""
    return size if operation in SWAPS_SIDES else size[::-1]


def reduce_scale(image, size, gray):
    """Have an opened JPEG decoded at a reduced scale.

    Usually it is the coarsest scale that leaves at least twice the requested size. One that leaves
    an integer factor takes its place: only block means are then to be taken, which is more exact in
    about the same time. If it is more than one step finer, it would cost too much.

    Returns:
        The area (left, top, right, bottom) that the decoded image really covers; None for other
        formats.
    """
    if image.format not in ("JPEG", "MPO"):
        return None
    width, height = image.size
    new_width, new_height = stored_size(size, upright_operation(image))
    factor = min(width, height) // (2 * max(size))
    usual = next((scale for scale in JPEG_SCALES if scale <= factor), 1)
    exact = [
        scale
        for scale in JPEG_SCALES
        if 2 * scale >= usual
        and width % (scale * new_width) == 0
        and height % (scale * new_height) == 0
    ]
    scale = max(exact, default=usual)
    _, box = image.draft("L" if gray else "RGB", (width // scale, height // scale)) or (None, None)
    return box

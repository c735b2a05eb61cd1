"""A pen that draws the same stroke on a batch of images, by signed distance fields.

For each pixel, the distance to a line, a circle or the outline of a box is computed in closed form.
Ink = clip(width - distance + 1/2, 0, 1) in pixels gives anti-aliased strokes. All images of a batch
get the same kind of stroke, at positions that may differ between images. Only + - * / and sqrt are
used on pixels, so the same seed gives the same bytes on any machine.
"""

import numpy as np


class Pen:
    """Draws on n square images in coordinates from -1 to 1 (x to the right, y down).

    Coordinates of strokes are scalars, or arrays (n,) with one value per image.

    Args:
        size: int, pixels along a side.
        shift: float array (n, 2), translation (x, y) of each drawing in coordinate units.
        scale: float array (n,), scale factor of each drawing.
        width: float array (n,), half the stroke width in pixels.

    Attributes:
        ink: float32 array (n, size, size) in [0, 1], the drawing so far.
    """

    def __init__(self, size, shift, scale, width):
        middle = (size - 1) / 2
        grid = (np.arange(size) - middle) / (size / 2)
        self._unit = _column(scale * size / 2)  # pixels per coordinate unit
        x = _column((grid[None, :] - shift[:, :1]) / scale[:, None])
        y = _column((grid[None, :] - shift[:, 1:]) / scale[:, None])
        self._x = x[:, None, :]  # (n, 1, size)
        self._y = y[:, :, None]  # (n, size, 1)
        self._width = _column(width)
        self.ink = np.zeros((len(scale), size, size), np.float32)

    def stroke(self, distance):
        """Add ink where `distance` (in coordinate units) is less than the stroke width."""
        np.maximum(self.ink, np.clip(self._width + 0.5 - distance * self._unit, 0, 1), out=self.ink)

    def line(self, x0, y0, x1, y1):
        """Draw a straight line from one point to another."""
        self.stroke(self.distance_to_line(x0, y0, x1, y1))

    def polygon(self, *points):
        """Draw a closed outline through points (x, y)."""
        for (x0, y0), (x1, y1) in zip(points, points[1:] + points[:1]):
            self.line(x0, y0, x1, y1)

    def ring(self, x, y, radius):
        """Draw a circle."""
        self.stroke(np.abs(self.distance_to_disk(x, y, radius)))

    def ellipse(self, radius_x, radius_y, cosine=1.0, sine=0.0):
        """Draw an ellipse around the origin, rotated by the angle with this cosine and sine."""
        along = self._x * cosine + self._y * sine
        across = self._y * cosine - self._x * sine
        first, second = along / radius_x, across / radius_y
        level = np.sqrt(first * first + second * second)
        slope = np.sqrt((first / radius_x) ** 2 + (second / radius_y) ** 2)
        self.stroke(np.abs(level * (level - 1)) / np.maximum(slope, 1e-6))  # first-order distance

    def blob(self, *shapes):
        """Draw the outline of the union of shapes, given by their signed distances."""
        distance = shapes[0]
        for other in shapes[1:]:
            distance = np.minimum(distance, other)
        self.stroke(np.abs(distance))

    def distance_to_line(self, x0, y0, x1, y1):
        """Distance to the segment between two points, array (n, size, size)."""
        x0, y0, x1, y1 = (_column(value) for value in (x0, y0, x1, y1))
        dx, dy = x1 - x0, y1 - y0
        x, y = self._x - x0, self._y - y0
        # Position of the nearest point on the segment, from 0 to 1.
        position = np.clip((x * dx + y * dy) / np.maximum(dx * dx + dy * dy, 1e-9), 0, 1)
        x, y = x - position * dx, y - position * dy
        return np.sqrt(x * x + y * y)

    def distance_to_disk(self, x, y, radius):
        """Signed distance to a disk, negative inside."""
        x, y = self._x - _column(x), self._y - _column(y)
        return np.sqrt(x * x + y * y) - _column(radius)

    def distance_to_box(self, x, y, half_width, half_height):
        """Signed distance to a box around (x, y), negative inside."""
        dx = np.abs(self._x - _column(x)) - _column(half_width)
        dy = np.abs(self._y - _column(y)) - _column(half_height)
        outside_x, outside_y = np.maximum(dx, 0), np.maximum(dy, 0)
        return np.sqrt(outside_x * outside_x + outside_y * outside_y) + np.minimum(
            np.maximum(dx, dy), 0
        )


def _column(values):
    """Values as float32, broadcastable to (n, size, size): () stays (), (n,) becomes (n, 1, 1)."""
    values = np.asarray(values, np.float32)
    return values[:, None, None] if values.ndim == 1 else values

"""The outlines of 16 products in strokes, within about 0.7 of the origin.

Each function draws one product on all images of a pen (`mm_keras.datasets.newsroom.drawing.Pen`);
one of its proportions differs between images.
"""

import numpy as np


def path(pen, *points):
    """Draw straight lines from point to point."""
    for (x0, y0), (x1, y1) in zip(points, points[1:]):
        pen.line(x0, y0, x1, y1)


def both_sides(pen, *points):
    """Draw straight lines from point to point, and the same in a mirror."""
    path(pen, *points)
    path(pen, *((-x, y) for x, y in points))


def arc(x, y, radius_x, radius_y, start, stop, num_lines=8):
    """Points (x, y) of an arc of an ellipse, angles in degrees, clockwise from the right."""
    angles = np.deg2rad(np.linspace(start, stop, num_lines + 1))
    return [(x + radius_x * np.cos(a), y + radius_y * np.sin(a)) for a in angles]


def sport_bat(pen, rng, n):
    """A baseball bat and a ball."""
    width = rng.uniform(0.12, 0.16, n)  # of the thick end
    path(pen, (-0.58, 0.54), (-0.05 - width / 2, 0.02 - width / 2), (0.38 - width, -0.48))
    path(pen, (0.38 - width, -0.48), (0.5, -0.56), (0.56, -0.5), (0.5, -0.38 + width))
    path(pen, (0.5, -0.38 + width), (-0.02 + width / 2, 0.05 + width / 2), (-0.54, 0.58))
    path(pen, (-0.64, 0.52), (-0.52, 0.64))
    pen.ring(0.36, 0.36, rng.uniform(0.15, 0.19, n))


def animal_bat(pen, rng, n):
    """A flying bat: spread wings with a scalloped lower edge, and ears."""
    tip = rng.uniform(-0.32, -0.2, n)
    both_sides(pen, (0.0, -0.16), (0.07, -0.2), (0.12, -0.36), (0.16, -0.08), (0.4, -0.28))
    both_sides(pen, (0.4, -0.28), (0.7, tip), (0.64, 0.22), (0.5, 0.08), (0.38, 0.26))
    both_sides(pen, (0.38, 0.26), (0.24, 0.12), (0.12, 0.2), (0.0, 0.42))


def weapon_bow(pen, rng, n):
    """A drawn bow with its string and an arrow."""
    bend = rng.uniform(0.42, 0.54, n)
    pull = rng.uniform(-0.3, -0.2, n)
    path(pen, *arc(-0.05, 0.0, bend, 0.64, -90, 90))
    path(pen, (-0.05, -0.64), (pull, 0.0), (-0.05, 0.64))
    path(pen, (pull, 0.0), (0.68, 0.0))
    path(pen, (0.56, -0.1), (0.68, 0.0), (0.56, 0.1))


def ribbon_bow(pen, rng, n):
    """A ribbon tied in a bow: two loops, a knot and two tails."""
    height = rng.uniform(0.26, 0.36, n)
    pen.ring(0.0, -0.12, 0.11)
    both_sides(pen, (0.1, -0.18), (0.52, -0.14 - height), (0.64, -0.12), (0.52, -0.1 + height))
    both_sides(pen, (0.52, -0.1 + height), (0.1, -0.06))
    both_sides(pen, (0.04, 0.0), (0.2, 0.56), (0.3, 0.46), (0.42, 0.5), (0.1, -0.04))


def tea_cup(pen, rng, n):
    """A cup with a handle on a saucer, and steam."""
    top = rng.uniform(-0.2, -0.12, n)
    path(pen, (-0.46, top), (0.34, top), (0.28, 0.24), (0.14, 0.4), (-0.26, 0.4), (-0.4, 0.24))
    path(pen, (-0.4, 0.24), (-0.46, top))
    path(pen, (0.34, -0.08), *arc(0.38, 0.08, 0.22, 0.16, -80, 90), (0.28, 0.24))
    path(pen, (-0.6, 0.46), (-0.4, 0.56), (0.28, 0.56), (0.48, 0.46), (-0.6, 0.46))
    for x in (-0.24, 0.0, 0.24):
        path(pen, (x - 0.06, -0.3), (x, -0.38), (x - 0.08, -0.46), (x - 0.02, -0.56))


def trophy_cup(pen, rng, n):
    """A trophy: a bowl with two handles on a stem and a base."""
    bottom = rng.uniform(0.06, 0.14, n)
    both_sides(pen, (0.0, -0.6), (0.32, -0.6), (0.26, -0.14), (0.08, bottom), (0.0, bottom))
    both_sides(pen, (0.32, -0.5), (0.52, -0.5), (0.54, -0.3), (0.26, -0.14))
    both_sides(pen, (0.06, bottom), (0.06, 0.36), (0.2, 0.42))
    pen.blob(pen.distance_to_box(0.0, 0.52, 0.3, 0.1))


def mail_letter(pen, rng, n):
    """A closed envelope."""
    tip = rng.uniform(0.02, 0.14, n)
    pen.blob(pen.distance_to_box(0.0, 0.0, 0.64, 0.44))
    both_sides(pen, (0.64, -0.44), (0.0, tip))
    both_sides(pen, (0.64, 0.44), (0.2, tip - 0.12))


def alphabet_letter(pen, rng, n):
    """A capital A with serifs."""
    bar = rng.uniform(0.1, 0.2, n)
    both_sides(pen, (0.0, -0.62), (0.46, 0.54))
    both_sides(pen, (0.3, 0.56), (0.62, 0.56))
    path(pen, (-0.32, bar), (0.32, bar))
    path(pen, (-0.14, -0.62), (0.14, -0.62))


def tobacco_pipe(pen, rng, n):
    """A tobacco pipe with a bowl, a bent stem and smoke."""
    bend = rng.uniform(0.02, 0.1, n)
    path(pen, (-0.6, -0.16), (-0.16, -0.16), (-0.16, 0.24), (0.1, 0.22 - bend), (0.66, -0.14))
    path(pen, (0.66, -0.14), (0.68, -0.06), (0.14, 0.34 - bend), (-0.12, 0.48), (-0.36, 0.52))
    path(pen, (-0.36, 0.52), (-0.52, 0.42), (-0.6, -0.16))
    for x in (-0.44, -0.26):
        path(pen, (x, -0.24), (x + 0.08, -0.34), (x - 0.02, -0.46), (x + 0.08, -0.6))


def tube_pipe(pen, rng, n):
    """A water pipe with a bend and two flanges."""
    inner = rng.uniform(-0.02, 0.06, n)
    pen.blob(pen.distance_to_box(-0.56, -0.22, 0.09, 0.34))
    pen.blob(pen.distance_to_box(0.24, 0.56, 0.34, 0.09))
    path(pen, (-0.47, -0.44), (0.2, -0.44), *arc(0.2, -0.18, 0.28, 0.26, -90, 0), (0.48, 0.47))
    path(pen, (-0.47, inner), (-0.08, inner), (0.0, inner + 0.1), (0.0, 0.47))


def lock_key(pen, rng, n):
    """A door key: a ring, a shaft and the bit."""
    radius = rng.uniform(0.21, 0.27, n)
    pen.ring(-0.42, 0.0, radius)
    pen.ring(-0.42, 0.0, 0.08)
    for y in (-0.05, 0.05):
        path(pen, (radius - 0.43, y), (0.66, y))
    path(pen, (0.66, -0.05), (0.66, 0.3), (0.54, 0.3), (0.54, 0.16), (0.44, 0.16))
    path(pen, (0.44, 0.16), (0.44, 0.3), (0.32, 0.3), (0.32, 0.05))


def keyboard_key(pen, rng, n):
    """The cap of a key on a keyboard, with an arrow on it."""
    half = rng.uniform(0.36, 0.42, n)
    pen.blob(pen.distance_to_box(0.0, 0.0, 0.58, 0.58) - 0.04)
    pen.blob(pen.distance_to_box(0.0, -0.1, half, half - 0.02))
    both_sides(pen, (0.6, 0.6), (half, half - 0.12))
    both_sides(pen, (0.6, -0.6), (half, -half - 0.08))
    path(pen, (-0.2, -0.08), (0.2, -0.08), (0.2, -0.26))
    path(pen, (-0.08, -0.2), (-0.2, -0.08), (-0.08, 0.04))


def star(pen, rng, n):
    """A star with five points."""
    inner = rng.uniform(0.25, 0.31, n)
    angles = np.deg2rad(np.arange(10) * 36 - 90)
    radii = [0.66, inner] * 5
    pen.polygon(*((r * np.cos(a), r * np.sin(a) + 0.04) for r, a in zip(radii, angles)))


def lamp(pen, rng, n):
    """A table lamp: a shade, a stand and a foot."""
    top = rng.uniform(0.16, 0.26, n)
    both_sides(pen, (0.0, -0.62), (top, -0.62), (0.48, -0.02), (0.0, -0.02))
    both_sides(pen, (0.05, -0.02), (0.05, 0.48))
    both_sides(pen, (0.0, 0.48), (0.2, 0.48), (0.3, 0.6), (0.0, 0.6))
    path(pen, (0.3, -0.02), (0.3, 0.2))


def clock(pen, rng, n):
    """A clock face; the time differs between images."""
    pen.ring(0.0, 0.0, 0.62)
    for x, y in ((1, 0), (0, 1), (-1, 0), (0, -1)):
        path(pen, (0.46 * x, 0.46 * y), (0.56 * x, 0.56 * y))
    hour = rng.uniform(0, 2 * np.pi, n)
    for length, angle in ((0.28, hour), (0.44, 12 * hour)):
        pen.line(0.0, 0.0, length * np.sin(angle), -length * np.cos(angle))


def kite(pen, rng, n):
    """A kite with its cross and a tail with bows."""
    side = rng.uniform(0.32, 0.4, n)
    pen.polygon((0.1, -0.66), (0.1 + side, -0.26), (0.1, 0.3), (0.1 - side, -0.26))
    path(pen, (0.1, -0.66), (0.1, 0.3), (0.0, 0.4), (-0.14, 0.42), (-0.3, 0.54), (-0.5, 0.58))
    path(pen, (0.1 - side, -0.26), (0.1 + side, -0.26))
    for x, y in ((-0.08, 0.42), (-0.34, 0.55)):
        path(
            pen, (x - 0.08, y - 0.1), (x + 0.04, y + 0.1), (x + 0.08, y - 0.06), (x - 0.1, y + 0.06)
        )


DRAWINGS = {
    "bat (sport)": sport_bat,
    "bat (animal)": animal_bat,
    "bow (weapon)": weapon_bow,
    "bow (ribbon)": ribbon_bow,
    "cup (tea)": tea_cup,
    "cup (trophy)": trophy_cup,
    "letter (mail)": mail_letter,
    "letter (alphabet)": alphabet_letter,
    "pipe (tobacco)": tobacco_pipe,
    "pipe (tube)": tube_pipe,
    "key (lock)": lock_key,
    "key (keyboard)": keyboard_key,
    "star": star,
    "lamp": lamp,
    "clock": clock,
    "kite": kite,
}

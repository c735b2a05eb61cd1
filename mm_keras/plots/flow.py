"""Diagram of a fusion model: the position of the operator and the shape of every array."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from mm_keras.fusion.build import build
from mm_keras.fusion.registry import LEVELS
from mm_keras.plots.figure import GRAY, in_style, new_figure
from mm_keras.utils.formatting import shorten_name

WIDTH, HEIGHT, GAP_X, GAP_Y = 1.5, 0.6, 0.42, 0.3  # inches: a box, and the gaps between boxes
MARGIN, HEADING = 0.2, 0.75
TINTS = {
    "sample": "#F2F2F2",
    "array": "#D5E8F5",
    "operator": "#FBDDC8",
    "head": "#CDEBE1",
    "output": "#F2F2F2",
}
ARROW = {"arrowstyle": "-|>", "color": "black", "shrinkA": 1, "shrinkB": 1}


@in_style
def fusion_flow(
    level: str,
    shapes: Mapping[str, Sequence[int]],
    num_classes: int,
    operator: str | Callable = "concat",
    head: str | Callable = "cnn",
    extractors: Mapping[str, str] | None = None,
    **options: Any,
) -> Figure:
    """Draw the flow from samples to class probabilities at one level of fusion.

    The three levels differ in the position of the operator. Nothing to the left of the dashed line
    is trained by gradient descent. The model is built, and the shapes of its arrays are shown.

    Args:
        level: "data", "feature" or "decision".
        shapes: dict, modality -> shape without the batch axis, e.g. `features.shapes`.
        num_classes: int >= 2.
        operator: str or function that combines the arrays (at the decision level: the
            probabilities), e.g. "concat" or "product".
        head: str or function, the classifier: "linear", "dense", "cnn" or "rnn".
        extractors: dict, modality -> name of its extractor, e.g. {"text": "TFIDF"}.
        **options: further arguments of the model function, e.g. project=64 for
            `feature_level_model`.

    Returns:
        matplotlib.figure.Figure

    Raises:
        ValueError: the level is unknown, or the model function rejects the arguments.

    Example:
        >>> shapes = {"text": (100,), "image": (324,)}
        >>> figure = fusion_flow("decision", shapes, 4, operator="product")
        >>> [text.get_text() for text in figure.axes[0].texts if "(" in text.get_text()]
        ['(n, 100)', '(n, 324)', '(n, 4)', '(n, 4)', '(n, 4)']
    """
    if level not in LEVELS:
        raise ValueError(f"The level must be one of {', '.join(LEVELS)}. Received: {level!r}.")
    model = build(level, shapes, num_classes, operator, head, **options)
    operator, head = (getattr(choice, "__name__", choice) for choice in (operator, head))
    heading, noun = ("planes", "plane") if level == "data" else ("features", "features")
    names = {name: f"{name} {noun}" for name in shapes} | (extractors or {})
    output = format_shape(model.output_shape[1:])
    columns = [
        ("samples", "sample", [(name, "") for name in shapes]),
        (heading, "array", [(names[name], format_shape(shape)) for name, shape in shapes.items()]),
    ]
    if level == "decision":
        columns += [
            ("unimodal models", "head", [(head, output) for _ in shapes]),
            ("operator", "operator", [(operator, output)]),
            ("output", "output", [("probabilities", "")]),
        ]
    else:
        projected, fused = _inner_shapes(model, shapes)
        columns += [("projections", "head", projected)] if projected else []
        columns += [
            ("operator", "operator", [(operator, fused)]),
            ("head", "head", [(head, "")]),
            ("output", "output", [("probabilities", output)]),
        ]
    return _draw_columns(columns, len(shapes))


def _inner_shapes(model, shapes):
    """Boxes of the learned projections ([] if there are none), and the operator's output shape."""
    inner = {
        layer.name: format_shape(layer.output.shape[1:])
        for layer in model.layers
        if layer.name.endswith(("_projection", "fused"))
    }
    boxes = [
        ("Dense", inner[f"{name}_projection"])
        if f"{name}_projection" in inner
        else ("unchanged", "")
        for name in shapes
    ]
    return boxes if len(inner) > 1 else [], inner["fused"]


def format_shape(shape):
    """Format a shape with its batch axis.

    Example:
        >>> format_shape((8, 8, 9))
        '(n, 8, 8, 9)'
    """
    return f"({', '.join(map(str, ('n', *shape)))})"


def _draw_columns(columns, num_rows):
    """Draw the columns of boxes, with arrows from each column to the next."""
    width = 2 * MARGIN + len(columns) * WIDTH + (len(columns) - 1) * GAP_X
    height = HEADING + num_rows * (HEIGHT + GAP_Y) + MARGIN
    figure = new_figure(width, height, layout=None)
    axes = figure.add_axes([0, 0, 1, 1])
    axes.set(xlim=(0, width), ylim=(height, 0))
    axes.set_axis_off()
    previous_middles = []
    for i, (heading, role, boxes) in enumerate(columns):
        left = MARGIN + i * (WIDTH + GAP_X)
        middles = [
            HEADING + (row + 0.5) * num_rows / len(boxes) * (HEIGHT + GAP_Y)
            for row in range(len(boxes))
        ]
        axes.text(
            left + WIDTH / 2, HEADING - 0.12, heading, ha="center", fontsize=10, color="#444444"
        )
        for middle, (name, shape) in zip(middles, boxes):
            _draw_box(axes, left, middle, name, shape, TINTS[role])
        for j, start in enumerate(previous_middles):
            end = middles[j] if len(middles) == len(previous_middles) else middles[0]
            axes.annotate("", (left, end), (left - GAP_X, start), arrowprops=ARROW)
        previous_middles = middles
    line = MARGIN + 2 * (WIDTH + GAP_X) - GAP_X / 2
    axes.plot([line, line], [0.1, height - 0.1], color=GRAY, linestyle="dashed", linewidth=1)
    axes.text(line - 0.1, 0.3, "NumPy, scikit-learn", ha="right", fontsize=9, color="#444444")
    axes.text(line + 0.1, 0.3, "Keras", ha="left", fontsize=9, color="#444444")
    return figure


def _draw_box(axes, left, middle, name, shape, tint):
    axes.add_patch(
        FancyBboxPatch(
            (left + 0.05, middle - HEIGHT / 2 + 0.05),
            WIDTH - 0.1,
            HEIGHT - 0.1,
            boxstyle="round,pad=0.05",
            facecolor=tint,
            edgecolor=GRAY,
        )
    )
    axes.text(
        left + WIDTH / 2,
        middle - (0.11 if shape else 0),
        shorten_name(name, 16),
        ha="center",
        va="center",
        fontsize=10,
    )
    if shape:
        axes.text(left + WIDTH / 2, middle + 0.14, shape, ha="center", va="center", fontsize=9)

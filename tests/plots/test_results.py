"""Plots of fusion, training and results; `figure_checks.drawn` checks their texts."""

import matplotlib
import numpy as np
import pytest
from matplotlib.colors import to_hex

from mm_keras import plots
from mm_keras.plots import figure as _figure
from tests.plots.figure_checks import CHINESE, LONG, drawn

RNG = np.random.default_rng(0)
HISTORY = {
    "loss": [1.2, 0.8, 0.5],
    "accuracy": [0.4, 0.6, 0.8],
    "learning_rate": [0.1, 0.1, 0.01],
    "val_loss": [1.3, 1.0, 0.9],
    "val_accuracy": [0.4, 0.5, 0.6],
}
TRUTH = {"text": 0.7, "image": 0.62, "both": 0.9}


# --- fusion --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "level, shapes, options, expected",
    [
        (
            "data",
            {"text": (2, 8, 1), "image": (8, 8, 1)},
            {},
            ["(n, 2, 8, 1)", "(n, 8, 8, 1)", "(n, 10, 8, 1)", "(n, 3)"],
        ),
        (
            "feature",
            {"text": (5,), "image": (9,)},
            {"head": "linear"},
            ["(n, 5)", "(n, 9)", "(n, 14)", "(n, 3)"],
        ),
        (
            "feature",
            {"text": (5,), "image": (9,)},
            {"operator": "product", "project": 4, "head": "linear"},
            ["(n, 5)", "(n, 9)", "(n, 4)", "(n, 4)", "(n, 4)", "(n, 3)"],
        ),
        (
            "decision",
            {"text": (5,), "image": (9,), "audio": (4, 6)},
            {"operator": "mean"},
            ["(n, 5)", "(n, 9)", "(n, 4, 6)", "(n, 3)", "(n, 3)", "(n, 3)", "(n, 3)"],
        ),
    ],
)
def test_fusion_flow_shows_the_shapes_of_the_model(level, shapes, options, expected):
    figure = plots.fusion_flow(level, shapes, 3, **options)
    texts = drawn(figure)
    assert [text for text in texts if text.startswith("(")] == expected
    assert options.get("operator", "concat") in texts and set(shapes) <= set(texts)


def test_the_position_of_the_operator_depends_on_the_level():
    shapes = {"text": (8, 8, 1), "image": (8, 8, 1)}
    positions = {}
    for level in ("data", "decision"):
        words = plots.fusion_flow(level, shapes, 3).axes[0].texts
        positions[level] = {word.get_text(): word.get_position()[0] for word in words}
    assert positions["data"]["operator"] < positions["data"]["head"]
    assert positions["decision"]["operator"] > positions["decision"]["unimodal models"]


def test_fusion_flow_lists_the_levels_and_uses_names():
    with pytest.raises(ValueError, match="one of data, feature, decision. Received: 'late'"):
        plots.fusion_flow("late", {"text": (3,)}, 2)
    with pytest.raises(ValueError, match="mean, product"):
        plots.fusion_flow(
            "decision", {"text": (3,), "image": (2,)}, 2, operator="sum", head="linear"
        )
    names = {"text": "TFIDF", "image": "an extractor with a long name"}
    texts = drawn(
        plots.fusion_flow(
            "feature", {"text": (3,), "image": (2,)}, 2, head="linear", extractors=names
        )
    )
    assert "TFIDF" in texts and names["image"] not in texts


# --- curves --------------------------------------------------------------------------------------


def test_learning_curves_of_one_run():
    figure = plots.learning_curves(HISTORY, truth=TRUTH)
    texts = drawn(figure)
    loss, accuracy = figure.axes
    assert [list(line.get_ydata()) for line in loss.lines] == [HISTORY["loss"], HISTORY["val_loss"]]
    assert list(loss.lines[0].get_xdata()) == [1, 2, 3] and loss.lines[1].get_linestyle() == "--"
    assert [line.get_ydata()[0] for line in accuracy.lines[2:]] == list(TRUTH.values())
    assert {
        "epoch",
        "loss",
        "accuracy",
        "training",
        "validation",
        "best possible, both: 0.900",
    } <= set(texts)


class FakeHistory:
    history = {"loss": [1.0], "f1": [0.5]}


@pytest.mark.parametrize(
    "history, panels",
    [
        (FakeHistory(), ["loss", "f1"]),
        ({"loss": [0.5, 0.4]}, ["loss"]),
        ({"run": FakeHistory(), LONG: HISTORY}, ["loss", "f1"]),
        ({f"run {i}": HISTORY for i in range(30)}, ["loss", "accuracy"]),
    ],
)
def test_learning_curves_of_other_histories(history, panels):
    figure = plots.learning_curves(history)
    drawn(figure)
    assert [axes.get_ylabel() for axes in figure.axes] == panels
    num_runs = len(history) if isinstance(history, dict) and "loss" not in history else 1
    assert len({line.get_color() for line in figure.axes[0].lines}) == num_runs


def test_size_curves_draw_bands_and_leave_room_between_labels():
    sizes = [50, 100, 1000, 1050]
    mean, low, high = (
        np.array([0.5, 0.6, 0.7, 0.72]),
        np.array([0.4, 0.5, 0.6, 0.7]),
        np.array([0.6, 0.7, 0.8, 0.8]),
    )
    figure = plots.size_curves(sizes, {"both": (mean, low, high), "text": mean - 0.1}, truth=TRUTH)
    texts = drawn(figure)
    (band,) = figure.axes[0].collections
    assert band.get_paths()[0].vertices[:, 1].max() == 0.8 and figure.axes[0].get_xscale() == "log"
    assert {"50", "100", "1,000"} <= set(texts) and "1,050" not in texts


@pytest.mark.parametrize("count", [0, 1, 8, 30])
def test_curves_of_few_and_many_models(count):
    results = {f"{LONG} {i}" if i % 2 else f"m{i}": [0.9, 0.8 - i / 60] for i in range(count)}
    by_severity = plots.severity_curves(results, [0, 0.5], truth={"chance": 0.25})
    for figure in (by_severity, plots.size_curves([10, 20], results)):
        texts = drawn(figure)
        assert len(figure.axes[0].get_legend_handles_labels()[0]) == count + (
            "chance: 0.250" in texts
        )


def test_one_training_size_is_enough():
    assert "10" in drawn(plots.size_curves([10], {"text": [0.5]}))


def test_curves_need_one_value_per_severity():
    with pytest.raises(ValueError, match="'text' needs 3 accuracies"):
        plots.severity_curves({"text": [0.5, 0.4]}, severities=[0, 1, 2])


# --- results -------------------------------------------------------------------------------------


def test_confusion_matrix_tints_shares_of_rows_and_shows_counts():
    figure = plots.confusion_matrix([[3, 1], [0, 0]], ["sun", LONG])
    texts = drawn(figure)
    np.testing.assert_allclose(figure.axes[0].images[0].get_array(), [[0.75, 0.25], [0, 0]])
    assert texts[:4] == ["3", "1", "0", "0"] and "accuracy 0.750" in texts and "predicted" in texts


@pytest.mark.parametrize(
    "matrix",
    [
        [[7]],
        np.zeros((2, 2), int),
        RNG.integers(0, 99999, (12, 12)),
        np.eye(30, dtype=int) * 100,
        np.eye(3) / 3,
    ],
)
def test_confusion_matrix_of_few_and_many_classes(matrix):
    names = [f"{CHINESE if i % 7 == 3 else LONG[: 5 + i]} {i}" for i in range(len(matrix))]
    texts = drawn(plots.confusion_matrix(matrix, names))
    assert len(texts) >= len(matrix) ** 2 + 2 * len(matrix) + 2
    with pytest.raises(ValueError, match="one row and one column per class name"):
        plots.confusion_matrix(matrix, names + ["one more"])


def test_the_length_of_a_bar_is_the_accuracy():
    figure = plots.accuracy_bars({"text only": 0.5, "both": (0.75, 0.7, 0.8)}, truth=TRUTH)
    texts = drawn(figure)
    assert [bar.get_width() for bar in figure.axes[0].patches] == [0.5, 0.75] and figure.axes[
        0
    ].get_xlim() == (0, 1)
    assert {"text only", "0.500", "0.750  (0.700 to 0.800)", "best possible, text: 0.700"} <= set(
        texts
    )
    assert [line.get_xdata()[0] for line in figure.axes[0].lines[-3:]] == list(TRUTH.values())


def test_bars_have_wilson_intervals_and_can_be_sorted():
    results = {"both": 0.9, "text": 0.5, "known": (0.7, 0.6, 0.8)}
    figure = plots.accuracy_bars(results, num_samples=100, sort=True)
    texts = drawn(figure)
    assert texts[:3] == [
        "0.500  (0.404 to 0.596)",  # 50 of 100
        "0.700  (0.600 to 0.800)",
        "0.900  (0.826 to 0.945)",
    ]
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == [
        "text",
        "known",
        "both",
    ]


def test_a_name_has_one_line_style_in_every_figure():
    """None is that of the curves of training (solid) or validation (dashed)."""
    styles = {}
    for truth in (TRUTH, dict(reversed(TRUTH.items())), {"both": 0.5}, {"chance": 0.1, "text": 1}):
        bars, curves = plots.accuracy_bars({"a": 0.5}, truth), plots.learning_curves(HISTORY, truth)
        for figure in (bars, curves):
            for line in figure.axes[-1].lines[-len(truth) :]:
                name = line.get_label().rpartition(":")[0].rpartition(" ")[2]
                styles.setdefault(name, set()).add(str(line._unscaled_dash_pattern))
    assert set(styles) == {"text", "image", "both", "chance"}
    assert all(len(patterns) == 1 for patterns in styles.values())
    dashed = matplotlib.lines.Line2D([], [], linestyle="dashed")
    others = {str(dashed._unscaled_dash_pattern), "(0, None)"}
    assert len(set().union(*styles.values()) | others) == 6


@pytest.mark.parametrize(
    "names",
    [["both", "additive decisions"], [LONG, LONG.upper()], [f"model {i}" for i in range(9)]],
)
def test_names_in_a_legend_are_never_cut(names):
    figure = plots.accuracy_bars({"text": 0.5}, truth=dict.fromkeys(names, 0.917))
    drawn(figure)
    (entry,) = figure.legends[0].get_texts()
    assert " ".join(entry.get_text().split()).endswith(f" and {names[-1]}: 0.917")
    assert all(name in " ".join(entry.get_text().split()) for name in names)


def test_learning_curves_have_no_entry_without_a_curve():
    both = {"one": HISTORY, "two": HISTORY}
    entries = {
        name: [(line.get_label(), line.get_color()) for line in figure.legends[0].get_lines()]
        for name, figure in (
            ("one run", plots.learning_curves(HISTORY)),
            ("training only", plots.learning_curves({"a": {"loss": [1, 2]}, "b": {"loss": [1]}})),
            ("two runs", plots.learning_curves(both)),
        )
    }
    blue, orange = _figure.COLORS[:2]
    gray = _figure.GRAY
    assert entries["one run"] == [("training", blue), ("validation", blue)]
    assert entries["training only"] == [("a", blue), ("b", orange)]
    assert entries["two runs"][2:] == [("training", gray), ("validation", gray)]


def test_truth_may_be_that_of_a_data_set():
    truth = {"majority": 0.25, "both": 0.9, "additive": 0.9, "rules": {"mean": 0.9}}
    texts = drawn(plots.accuracy_bars({"text": 0.5}, truth=truth))
    assert texts[:2] == ["majority: 0.250", "best possible, both and additive: 0.900"]


@pytest.mark.parametrize(
    "results", [{}, {"one": 1.0}, {f"{LONG} {i}": (i / 30, i / 31, 1) for i in range(30)}]
)
def test_accuracy_bars_of_few_and_many_models(results):
    assert len(plots.accuracy_bars(results).axes[0].patches) == len(results)
    drawn(plots.accuracy_bars(results, truth={**TRUTH, LONG: 1.0, "chance": 0.1}))
    assert "R@10" in drawn(plots.accuracy_bars(results, label="R@10"))


def test_reliability_diagram_by_hand():
    # Two samples with confidence 0.9, one right; two with 0.7, both right:
    # (|0.5 - 0.9| + |1 - 0.7|) / 2 = 0.35.
    figure = plots.reliability_diagram(
        [0, 1, 0, 0], [[0.9, 0.1], [0.9, 0.1], [0.7, 0.3], [0.7, 0.3]], num_bins=5
    )
    texts = drawn(figure)
    np.testing.assert_allclose(figure.axes[0].lines[1].get_xydata(), [[0.7, 1.0], [0.9, 0.5]])
    bars = [
        (round(bar.get_x() + bar.get_width() / 2, 6), bar.get_height())
        for bar in figure.axes[1].patches
    ]
    assert bars == [(0.7, 2), (0.9, 2)]
    assert any(text.startswith("calibration error 0.350") for text in texts)


@pytest.mark.parametrize(
    "labels, probabilities",
    [
        ([0], [[1.0]]),
        ([[1, 0]], [[0.8, 0.0]]),
        (RNG.integers(0, 30, 300), RNG.dirichlet([1] * 30, 300)),
    ],
)
def test_reliability_diagram_of_few_and_many_classes(labels, probabilities):
    drawn(plots.reliability_diagram(labels, probabilities))


def test_decision_surface_shows_the_color_of_the_predicted_class():
    sigmoid = lambda points: (points[:, :1] > 0).astype(float)  # noqa: E731
    figure = plots.decision_surface(sigmoid, (-1, 1), (0, 1), [[0.5, 0.5]], [0], ["left", LONG])
    texts = drawn(figure)
    pixels = figure.axes[0].images[0].get_array()  # (200, 200, 3)
    left, right = (
        to_hex(1 - 0.6 * (1 - np.array(matplotlib.colors.to_rgb(color))))
        for color in _figure.COLORS[:2]
    )
    assert to_hex(pixels[100, 0]) == left and to_hex(pixels[100, -1]) == right
    assert "left" in texts and figure.axes[0].collections[0].get_offsets().tolist() == [[0.5, 0.5]]


def test_several_decision_surfaces_share_their_axes_and_legend():
    predict = {name: lambda points: points[:, 0] > 0 for name in ("sum", "product")}
    figure = plots.decision_surface(predict, (-1, 1), (0, 1))
    texts = drawn(figure)
    assert [axes.get_title() for axes in figure.axes] == ["sum", "product"]
    assert texts.count("class 0") == 1 and figure.axes[0].get_ylim() == figure.axes[1].get_ylim()


@pytest.mark.parametrize("num_classes", [1, 2, 30])
def test_decision_surface_of_few_and_many_classes(num_classes):
    points = RNG.random((60, 2))
    names = [f"{LONG[: i + 2]} {i}" for i in range(num_classes)]
    predict = lambda x: np.full((len(x), num_classes), 1 / num_classes)  # noqa: E731
    figure = plots.decision_surface(
        predict, (0, 1), (0, 1), points, np.arange(60) % num_classes, names
    )
    assert len(figure.legends[0].get_texts()) == num_classes
    drawn(figure)
    drawn(
        plots.decision_surface(
            lambda x: (x[:, 0] * num_classes).astype(int) % num_classes, (0, 1), (0, 1), points
        )
    )

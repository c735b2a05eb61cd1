"""The checks that warn, and their sections, EMAP intervals and parts of information in a report."""

import copy
import json

import pytest

from mm_keras import compare
from mm_keras.cli.compare import _print_result
from mm_keras.comparison.checks import result_checks
from mm_keras.comparison.report.section_checks import checks
from mm_keras.comparison.report.section_missing import missing_inputs
from mm_keras.comparison.report.section_use import modality_use
from mm_keras.comparison.report.write import html_page
from mm_keras.comparison.results.notes import undecided
from mm_keras.datasets import MultimodalData, make_newsroom
from mm_keras.evaluation.modality_use import partial_information
from tests.comparison.report_example import example_data, example_result


@pytest.fixture(scope="module")
def data():
    return example_data()


@pytest.fixture
def result(data, made):
    return copy.deepcopy(made)


@pytest.fixture(scope="module")
def made(data):
    return example_result(data)


def row(result, name):
    return next(one for one in result["contenders"] if one["name"] == name)


def sentences(result, data, check):
    return [one["sentence"] for one in result_checks(result, data) if one["check"] == check]


def test_nothing_to_warn_of(result, data):
    assert result_checks(result, data) == []


def test_word_that_reveals_a_class(result, data):
    texts = [f"{text} [sport]" if y == 1 else text for text, y in zip(data["text"], data.labels)]
    marked = MultimodalData(
        {"text": texts, "image": data["image"]}, data.labels, class_names=data.class_names
    )
    (sentence,) = sentences(result, marked, "giveaways")
    assert "word of the text (sport) tells class1 from all other classes, in all 20" in sentence


def test_column_that_reveals_a_class(result, data):
    numbers = [[float(y == 2), None if y == 0 else 1.0] for y in data.labels]
    marked = MultimodalData(
        {"numbers": numbers, "text": data["text"]}, data.labels, class_names=data.class_names
    )
    (sentence,) = sentences(result, marked, "giveaways")
    assert sentence.startswith("A single column of the numbers (0) tells class2")


def test_modality_that_is_always_right(result, data):
    row(result, "text-logistic")["metrics"]["accuracy"]["mean"] = 1.0
    row(result, "feature-concat-cnn")["metrics"]["accuracy"]["mean"] = 1.0  # not one modality
    (sentence,) = sentences(result, data, "perfect modality")
    assert "With the text alone, every test sample is predicted correctly (text-logis" in sentence


def test_gap_between_training_and_test_samples(result, data):
    for name in ("text-logistic", "image-cnn", "feature-concat-cnn"):
        row(result, name)["train_accuracy"] = 1.0
        row(result, name)["metrics"]["accuracy"]["splits"][0] = 0.7
    row(result, "feature-concat-cnn")["train_accuracy"] = 0.84
    (sentence,) = sentences(result, data, "train-test gap")  # image-cnn is not among the best
    assert sentence.startswith("text-logistic predicts 100% of its training samples correctly, but")
    assert "70% of the test samples" in sentence


@pytest.mark.parametrize(
    "tried, chosen, expected",
    [
        ((0.2, 1.0, 0.04), (1.0, 1.0, 1.0, 0.2), "the largest C that was tried (1; tried: 0.04, 0"),
        ((0.2, 1.0, 0.04), (0.04, 0.04, 0.04, 1.0), "a smaller one may be better"),
        ((0.2, 1.0, 0.04), (1.0, 1.0, 0.04, 0.2), None),  # not on most splits
        ((0.2, 1.0, 0.04), (0.2, 0.2, 0.2, 0.2), None),  # inside
        ((0.2, 1.0), (1.0, 1.0, 1.0, 1.0), None),  # two values have no inside
        (("a", "b", "c"), ("c", "c", "c", "c"), None),  # no numbers
    ],
)
def test_setting_at_the_edge_of_those_tried(result, data, tried, chosen, expected):
    row(result, "text-logistic")["param_candidates"] = [{"C": value} for value in tried]
    row(result, "text-logistic")["settings"] = [{"C": value} for value in chosen]
    found = sentences(result, data, "edge of the settings")
    assert len(found) == (expected is not None)
    if expected:
        assert expected in found[0] and "text-logistic" in found[0]
        assert found[0].startswith("On most splits, the ")


def test_setting_at_the_edge_in_a_single_split(result, data):
    result["protocol"]["num_splits"] = 1
    one = row(result, "text-logistic")
    one["param_candidates"], one["settings"] = [{"C": value} for value in (1, 2, 3)], [{"C": 3}]
    (found,) = sentences(result, data, "edge of the settings")
    assert found.startswith("The largest C that was tried (3; tried: 1, 2, 3) is chosen for")


def test_comparison_measures_all_of_it(tmp_path):
    """By hand: both ends of the curves, and where each value lies in results.json."""
    data = make_newsroom(120, size=16)
    names = ["majority", "text-logistic", "image-logistic", "both-logistic"]
    compare(data, names, cv=2, num_settings=1, workers=0, out=tmp_path)
    result = json.loads((tmp_path / "results.json").read_text())
    both = row(result, "both-logistic")
    use, first = both["modality_use"], both["metrics"]["accuracy"]["splits"][0]
    assert 0.9 < both["train_accuracy"] <= 1
    low, high = use["emap"]["interval"]
    assert low <= use["emap"]["drop"] <= high
    assert use["partial_information"]["num_samples"] == 60
    curves = result["robustness"]["missing"]
    assert [curve["contender"] for curve in curves] == ["both-logistic"] * 6
    for curve in curves:
        ends = (first, use["missing"][curve["modality"]])
        assert (curve["scores"][0], curve["scores"][-1]) == pytest.approx(ends)
    assert result["checks"] == result_checks(result, data)
    page = (tmp_path / "report.html").read_text()
    assert "Warnings of the checks" in page and (tmp_path / "figures/missing-text.svg").exists()


def test_section_lists_the_sentences(result, data):
    title, content = checks({**result, "checks": [{"check": "x", "sentence": "A <b> word."}]}, data)
    assert title == "Warnings of the checks" and "A &lt;b&gt; word." in str(content[0])
    assert "no word, column or modality" in checks({**result, "checks": []}, data)[1]
    assert "were not made" in checks(result, data)[1]


def test_the_command_prints_the_sentences(result, tmp_path, capsys):
    _print_result({**result, "checks": [{"check": "x", "sentence": "A word."}]}, tmp_path)
    assert "\nWarnings:\n   A word.\n\nNotes:\n" in capsys.readouterr().out
    _print_result({**result, "checks": []}, tmp_path)
    assert "Warnings" not in capsys.readouterr().out


def test_use_section_shows_interval_and_parts_of_the_information(result, data):
    use = row(result, "feature-concat-cnn")["modality_use"]
    assert "95% interval" not in str(modality_use(result, data)[1])  # of an earlier result
    use["emap"]["interval"] = [0.004, 0.041]
    exclusive_or = partial_information([[[1, 0], [0, 1]], [[0, 1], [1, 0]]])
    use["partial_information"] = {**exclusive_or, "num_samples": 1234, "shuffled": exclusive_or}
    text = str(modality_use(result, data)[1])
    assert "+2.0 points here (95% interval +0.4 to +4.1)" in text
    assert "from 1,234 training samples: redundant 0.00, unique to the text 0.00" in text
    assert "synergistic 1.00; together 1.00" in text and "With shuffled labels" in text
    # By hand: 0.85 - 0.3 = 0.55 is divided into 0.4 + half of the rest for the text ...
    assert "text +37.5 and image +17.5, together +55.0 (interaction -5.0)" in text


def test_section_of_missing_inputs(result, data):
    curve = {"modality": "image", "rates": [0.0, 0.5, 1.0], "area": 0.7, "retained": 0.9}
    values = {"scores": [0.9, 0.75, 0.6], "low": [0.9, 0.65, 0.6], "high": [0.9, 0.85, 0.6]}
    result["robustness"]["missing"] = [
        {**curve, **values, "contender": "feature-concat-cnn", "mechanism": mechanism}
        for mechanism in ("random", "class", "value")
    ]
    title, content = missing_inputs(result, data)
    page = "".join(map(str, content))
    assert title == "Missing inputs" and page.count("<figure") == 1
    assert "feature-concat-cnn from 0.900 to 0.600" in page  # the description of the figure
    assert page.count("0.650 to 0.850") == 3 and "class by class" in page
    assert 'id="missing-title"' in html_page(result, data)
    del result["robustness"]["missing"]
    assert "not measured in this run" in missing_inputs(result, data)[1]


def test_a_note_names_contenders_whose_differences_matter_but_are_not_found(result):
    result["protocol"].update(num_splits=5, quick=False)
    best = result["best"]["unimodal"]
    fused = [one for one in result["contenders"] if len(one["modalities"]) > 1]
    result["contenders"] = fused
    for one in fused:
        one["versus_best_unimodal"] = {
            "against": best,
            "num_comparisons": 23,
            "accuracy": {"difference": 0.12, "interval": [-0.002, 0.24], "p_corrected": 0.053},
            "equivalence": {"rope": 0.01, "better": 0.99, "equal": 0.004, "worse": 0.006},
        }
    (note,) = undecided(result)
    assert all(one["name"] in note for one in fused) and f"from {best} is probably" in note
    assert "the correction for 23 comparisons, 5 splits" in note
    assert undecided({**result, "protocol": {**result["protocol"], "num_splits": 2}}) == []
    for one in fused:
        one["versus_best_unimodal"]["equivalence"]["equal"] = 0.3
    assert undecided(result) == []
    for one in fused:
        one["versus_best_unimodal"]["equivalence"]["equal"] = 0.004
        one["versus_best_unimodal"]["accuracy"].update(interval=[0.01, 0.2], p_corrected=0.03)
    assert undecided(result) == []

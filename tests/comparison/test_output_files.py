"""Files for a paper: predictions, scores by fold, class and subgroup, figures, and methods."""

import csv
import json
import re
from xml.etree import ElementTree

import numpy as np
import pytest

from mm_keras import compare
from mm_keras.cli.compare import command
from mm_keras.cli.parser import build_parser
from mm_keras.comparison.engine.store import pack
from mm_keras.comparison.report.methods import methods, methods_file
from mm_keras.comparison.report.references import CITATION, bibtex
from mm_keras.comparison.report.sources import SOURCES
from mm_keras.comparison.report.write import html_page, write_report
from mm_keras.comparison.results.class_intervals import add_class_intervals
from mm_keras.comparison.results.long_tables import repeats_and_folds
from mm_keras.comparison.results.predictions import write_predictions
from mm_keras.comparison.results.subgroups import groups_of, paired_difference
from mm_keras.comparison.splits import StratifiedFolds, make_splits
from mm_keras.evaluation import metrics
from tests import ROOT
from tests.comparison.compare_example import small_data
from tests.comparison.report_example import example_data, example_result

HERE = {"workers": 0, "robustness": False, "num_settings": 1}
NAMES = ["majority", "text-logistic", "image-logistic", "both-logistic"]
CHAPTERS = ["a", " a", "b & c", None, "b & c"] * 12


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("compared")


@pytest.fixture(scope="module")
def data():
    return small_data(chapter=CHAPTERS, age=list(range(60)))


@pytest.fixture(scope="module")
def result(folder, data):
    cv = StratifiedFolds(2, n_repeats=2)
    return compare(data, NAMES, cv=cv, by=["chapter", "age"], out=folder, **HERE)


def read(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_scores_follow_from_the_predictions_of_each_sample(folder, data, result):
    lines = read(folder / "predictions.csv")
    assert len(lines) == len(NAMES) * 2 * len(data)
    names = [f"p_{name}" for name in data.class_names]
    for row in result["contenders"]:
        for number, (repeat, fold) in enumerate(repeats_and_folds(result)):
            members = [
                line
                for line in lines
                if line["contender"] == row["name"]
                and (line["repeat"], line["fold"]) == (str(repeat), str(fold))
            ]
            labels = data.labels[[int(line["row"]) for line in members]]
            probabilities = np.array([[line[name] for name in names] for line in members], float)
            scores = {name: row["metrics"][name]["splits"][number] for name in ("accuracy", "ece")}
            assert np.mean([line["correct"] == "1" for line in members]) == scores["accuracy"]
            assert (
                np.mean([line["true"] == line["predicted"] for line in members])
                == (scores["accuracy"])
            )
            assert metrics.ece(labels, probabilities) == pytest.approx(scores["ece"], abs=1e-6)
    first = [line for line in lines if line["contender"] == "majority" and line["repeat"] == "1"]
    assert [line["id"] for line in first] == list(data.ids)
    assert [int(line["fold"]) - 1 for line in first] == result["manifest"]["fold_of_sample"][0]


def test_predictions_keep_all_digits_labels_and_names(tmp_path):
    data = example_data(multi_label=True, class_names=["a, b", 'c "d"', "中\udce9"])
    splits = make_splits(data.labels, StratifiedFolds(2))
    rng = np.random.default_rng(0)
    values = [rng.random((len(split.test), 3), dtype=np.float32) for split in splits]
    trials = {
        ("trial", split.number, "one", 0): {"probabilities": pack(one)}
        for split, one in zip(splits, values)
    }
    rows = [{"name": "one", "failed": None}, {"name": "two", "failed": "out of memory"}]
    write_predictions(tmp_path / "predictions.csv", rows, data, splits, trials)
    lines = read(tmp_path / "predictions.csv")
    assert [line["contender"] for line in lines] == ["one"] * len(data)
    assert lines[0]["true"] == 'a, b|c "d"|中\\udce9'
    columns = ["p_a, b", 'p_c "d"', "p_中\\udce9"]
    for split, one in zip(splits, values):
        written = [[lines[i][name] for name in columns] for i in split.test]
        assert (np.array(written).astype(np.float32) == one).all()


def test_class_intervals_are_wilsons_and_that_of_f1_is_never_empty():
    # class 0: 8 of 10 found, and 2 samples too many; class 1: never predicted; class 2: not there
    labels = np.array([0] * 10 + [1] * 2)
    predicted = np.array([0] * 8 + [2] * 2 + [0] * 2)
    scores = metrics.per_class(labels, np.eye(3)[predicted], 3)
    per_class = {name: {"f1": scores["f1"][i]} for i, name in enumerate("abc")}
    with_intervals = add_class_intervals(per_class, labels, np.eye(3)[predicted])
    assert with_intervals["a"]["recall_interval"] == list(metrics.wilson_interval(8, 10))
    assert with_intervals["a"]["precision_interval"] == list(metrics.wilson_interval(8, 10))
    low, high = metrics.wilson_interval(8, 12)  # TP / (TP + FP + FN)
    assert with_intervals["a"]["f1_interval"] == [2 * low / (1 + low), 2 * high / (1 + high)]
    assert low < with_intervals["a"]["f1"] == 0.8
    assert with_intervals["b"]["precision_interval"] is None
    assert with_intervals["b"]["f1_interval"][0] == 0 < with_intervals["b"]["f1_interval"][1]
    assert with_intervals["c"]["recall_interval"] is None


def test_f1_intervals_contain_the_true_f1_in_95_of_100_cases():
    rng, true = np.random.default_rng(0), 2 * 0.24 / (0.3 + 0.32)  # F1 of class 1
    hits = 0
    for _ in range(400):
        labels = (rng.random(150) < 0.3).astype(int)
        predicted = np.where(labels == 1, rng.random(150) < 0.8, rng.random(150) < 0.08 / 0.7)
        probabilities = np.eye(2)[predicted.astype(int)]
        found = add_class_intervals({"a": {}, "b": {}}, labels, probabilities)
        low, high = found["b"]["f1_interval"]
        hits += low <= true <= high
    assert 0.92 <= hits / 400 <= 0.985


def test_paired_intervals_contain_the_true_difference_in_95_of_100_cases():
    rng, hits = np.random.default_rng(0), 0
    for _ in range(1000):
        outcome = rng.choice(4, 30, p=[0.6, 0.2, 0.1, 0.1])  # both, only first, only second, none
        low, high = paired_difference(outcome < 2, (outcome == 0) | (outcome == 2))["interval"]
        hits += low <= 0.1 <= high
    assert 0.93 <= hits / 1000 <= 0.985
    low, high = paired_difference(np.ones(5, bool), np.ones(5, bool))["interval"]
    assert low < 0 < high  # five samples do not show that two models are equal


def test_groups_are_the_values_as_they_are_read():
    assert {name: len(rows) for name, rows in groups_of(CHAPTERS).items()} == {
        "a": 24,
        "b & c": 24,
        None: 12,
    }
    ages = groups_of([str(age) for age in range(40)] + ["nan"])
    assert {name: len(rows) for name, rows in ages.items()} == {
        "0 to 9": 10,
        "10 to 19": 10,
        "20 to 29": 10,
        "30 to 39": 10,
        None: 1,
    }
    assert list(groups_of(["1", "2", "10"])) == ["1", "10", "2"]  # few numbers are values


def test_the_accuracy_is_the_mean_over_the_subgroups(folder, data, result):
    chapter, age = result["subgroups"]
    assert [group["value"] for group in chapter["groups"]] == ["a", "b & c", None]
    assert [group["small"] for group in chapter["groups"]] == [True] * 3
    assert [group["num_samples"] for group in age["groups"]] == [15] * 4
    lines = [line for line in read(folder / "predictions.csv") if line["repeat"] == "1"]
    for part in (chapter, age):
        for name in NAMES:
            correct = [line["correct"] == "1" for line in lines if line["contender"] == name]
            hits = sum(
                group["num_samples"] * group["scores"][name]["accuracy"] for group in part["groups"]
            )
            assert hits == pytest.approx(sum(correct))
    written = read(folder / "subgroups.csv")
    assert len(written) == (3 + 4) * len(NAMES)
    assert {line["column"] for line in written} == {"chapter", "age"}
    page = html_page(result, data)
    assert "Scores by subgroup" in page and "b &amp; c" in page and "(blank)" in page


def test_columns_without_groups_are_refused_before_anything_is_computed(data, tmp_path):
    with pytest.raises(ValueError, match="There is no column 'chapters' to report scores by"):
        compare(data, NAMES, by="chapters", out=tmp_path / "out", **HERE)
    names = small_data(id=[f"n{i}" for i in range(60)])
    with pytest.raises(ValueError, match="'id' with 60 values for 60 samples"):
        compare(names, NAMES, by="id", out=tmp_path / "out", **HERE)
    assert not (tmp_path / "out").exists()


def test_folds_and_classes_are_those_of_the_result(folder, data, result):
    lines = read(folder / "folds.csv")
    row = result["contenders"][1]
    own = [line for line in lines if line["contender"] == row["name"]]
    assert [(line["repeat"], line["fold"]) for line in own] == [
        ("1", "1"), ("1", "2"), ("2", "1"), ("2", "2"),
    ]  # fmt: skip
    for name in ("accuracy", "log_loss", "mcc"):
        assert [float(line[name]) for line in own] == row["metrics"][name]["splits"]
    classes = [line for line in read(folder / "classes.csv") if line["contender"] == row["name"]]
    for line, (name, scores) in zip(classes, row["per_class"].items()):
        assert line["class"] == name and float(line["f1"]) == scores["f1"]
        assert [float(line["f1_low"]), float(line["f1_high"])] == scores["f1_interval"]
    assert "Scores of each fold" in html_page(result, data)


def test_figures_are_svg_and_pdf_with_fonts_that_can_be_edited(folder, result):
    names = {path.stem for path in (folder / "figures").iterdir()}
    assert names == {"accuracy", "difference", "calibration", "confusion-alone", "confusion-fused"}
    for name in names:
        root = ElementTree.parse(folder / "figures" / f"{name}.svg").getroot()
        assert root.tag.endswith("svg") and float(root.get("width").removesuffix("pt")) < 400
        pdf = (folder / "figures" / f"{name}.pdf").read_bytes()
        assert pdf.startswith(b"%PDF") and b"/Type3" not in pdf and b"FontFile2" in pdf


def test_a_second_run_removes_what_it_does_not_write_and_refuses_figures_of_others(data, tmp_path):
    options = {"cv": 2, "out": tmp_path, **HERE}
    compare(data, ["majority", "text-logistic"], by="chapter", **options)
    assert (tmp_path / "subgroups.csv").exists()
    (tmp_path / "figures" / "notes.txt").write_text("mine")
    old = tmp_path / "figures" / "old.svg"
    old.write_bytes((tmp_path / "figures" / "accuracy.svg").read_bytes())
    compare(data, ["majority", "text-logistic"], **options)
    assert not (tmp_path / "subgroups.csv").exists() and not old.exists()
    assert (tmp_path / "figures" / "notes.txt").read_text() == "mine"
    old.write_text("<svg/>")
    with pytest.raises(FileExistsError, match="contains figures/old.svg, not written by"):
        compare(data, ["majority", "text-logistic"], **options)
    assert old.read_text() == "<svg/>"


def test_the_methods_paragraph_has_the_numbers_of_the_run_and_its_sources(folder, result):
    text = (folder / "methods.txt").read_text(encoding="utf-8")
    for expected in (
        "We used 60 samples of the data set",
        "text and image, in 3 classes of 20 samples each",
        "2 unimodal and 1 multimodal classifiers (text-logistic, image-logistic and both-logistic)",
        "TFIDF(",
        "2-fold cross-validation, stratified by class and repeated 2 times",
        "training sets of 30 and test sets of 30 samples",
        "(Nadeau and Bengio 2003)",
        "the exact form of McNemar's test (McNemar 1947)",
        "reported by chapter and age",
        "seed 0",
        result["manifest"]["data_sha256"],
        f"scikit-learn {result['manifest']['versions']['scikit-learn']} (Pedregosa et al. 2011)",
    ):
        assert expected in text, expected
    assert "[@" not in text and "None" not in text
    bib = (folder / "references.bib").read_text(encoding="utf-8")
    cited = {
        key.removeprefix("@")
        for keys in CITATION.findall(" ".join(methods(result)))
        for key in keys.split("; ")
    }
    assert set(re.findall(r"^@\w+{(\w+),$", bib, re.MULTILINE)) == cited | {"mm_keras"}
    assert "nadeau2003" in cited and "arevalo2017" not in cited and bib.isascii()


def test_the_methods_follow_the_protocol():
    result = example_result(example_data())
    text = methods_file(result)
    assert "One of 2 settings of each classifier was chosen" in text
    assert "the product rule (Kittler et al. 1998)" not in text  # the example has no operators
    result["contenders"][4]["operator"] = "product"
    assert "the product rule (Kittler et al. 1998)" in methods_file(result)
    result["data"]["name"] = "a [@name]"  # not a source
    assert "the data set a [@name], with" in methods_file(result)
    result["protocol"] |= {"num_splits": 1, "own_split": True, "inner_share": None}
    text = methods_file(result)
    assert "on the data's own split" in text and "(Nadeau" not in text
    assert "(Wilson 1927) and the bootstrap" in text and "own validation samples" in text
    result["protocol"]["groups"] = ["Chapter"]
    text = methods_file(result)
    assert "Samples with the same Chapter were kept together in the inner validation" in text
    assert "training samples and" in text and "test sets of" not in text
    result["protocol"]["own_split"] = False
    assert "same Chapter were kept on one side of every split" in methods_file(result)


def test_the_methods_name_what_was_left_out_and_the_diagnostics():
    result = example_result(example_data())
    text = methods_file(result)
    assert "drawn at random" not in text and "left out" not in text and "Liang" not in text
    result["manifest"]["command_options"] = {"limit": 60, "drop_rare": 5}
    result["contenders"][3]["modality_use"]["partial_information"] = {"num_samples": 1234}
    result["robustness"]["missing"] = [{"modality": "text"}]
    result["protocol"]["racing"] = "A setting was dropped early."
    result["leaks"]["sentence"] = "3 samples have one. --group-duplicates keeps them together."
    text = methods_file(result)
    for expected in (
        "60 samples of the data set example, drawn at random, with text",
        "Classes with fewer than 5 samples were left out.",
        "parts (Bertschinger et al. 2014), estimated from the features of 1,234 training samples",
        "withholding one modality from more and more of these samples",
        "A setting was dropped early.",
        "Search for duplicates: 3 samples have one.\n",
    ):
        assert expected in text, expected
    assert "modeling" in bibtex(" ".join(methods(result)))
    result["manifest"]["command_options"] = {"limit": 100}  # more than there are
    assert "drawn at random" not in methods_file(result)


def test_every_source_is_valid_bibtex_and_the_software_is_that_of_citation_cff():
    bib = bibtex(" ".join(f"[@{key}]" for key in SOURCES))
    assert bib.count("{") == bib.count("}") and bib.isascii()
    assert len(re.findall(r"^@", bib, re.MULTILINE)) == len(SOURCES)
    citation = dict(
        line.strip(" -").split(": ", 1)
        for line in (ROOT / "CITATION.cff").read_text(encoding="utf-8").splitlines()
        if ": " in line
    )
    _, authors, title, _, fields = SOURCES["mm_keras"]
    assert citation["name"] == authors.strip("{}") and citation["title"].strip('"') == title
    assert citation["version"] == fields["version"] and citation["license"] in fields["note"]


def test_by_is_an_option_of_the_command():
    options = build_parser().parse_args(["compare", "--data", "x", "--by", "chapter", "age"])
    assert options.by == ["chapter", "age"]
    assert command(options)[-3:] == ["--by", "chapter", "age"]


def test_the_stored_result_rebuilds_the_files(folder, data, result, tmp_path):
    stored = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    for path in write_report(stored, data, tmp_path):
        assert path.read_bytes() == (folder / path.relative_to(tmp_path)).read_bytes()

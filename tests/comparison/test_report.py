"""The page of a comparison is well-formed, escaped and complete, and leaves out what is missing."""

import re
from html.parser import HTMLParser
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from mm_keras.comparison.report import figures
from mm_keras.comparison.report.section_answer import head, short_answer
from mm_keras.comparison.report.words import METRICS, format_number
from mm_keras.comparison.report.write import html_page, write_report
from mm_keras.comparison.results.verdicts import format_probability
from mm_keras.datasets import make_newsroom
from mm_keras.utils.formatting import format_p, format_points
from mm_keras.utils.markup import tag
from tests.comparison.report_example import FACTS, example_data, example_result
from tests.plots.figure_checks import drawn

HOSTILE = """<script>alert("x")</script> & 'quoted' </table>"""
# Optional entries of the result -> id of their section.
OPTIONAL = {"robustness": "robustness", "learning_curves": "sizes"}


class Checker(HTMLParser):
    """Collects texts, images and ids, and fails if elements are not closed in order."""

    def __init__(self, page):
        super().__init__()
        self.open, self.texts, self.images, self.ids, self.links, self.tags = [], [], [], [], [], []
        self.feed(page)
        self.close()
        assert not self.open, f"not closed: {self.open}"

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.tags.append((tag, attributes))
        self.ids += [attributes["id"]] if "id" in attributes else []
        if tag == "img":
            self.images.append(attributes)
        if tag == "a":
            self.links.append(attributes["href"])
        if tag not in ("img", "meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag, f"unexpected </{tag}> at {self.getpos()}"

    def handle_data(self, text):
        if self.open[-1:] != ["style"]:
            self.texts.append(text)

    @property
    def text(self):
        return " ".join(" ".join(self.texts).replace("\N{NO-BREAK SPACE}", " ").split())


@pytest.fixture
def undrawn(monkeypatch):
    """Build figures but do not draw them, for tests of other things."""
    monkeypatch.setattr(
        figures,
        "as_image",
        lambda figure, alt, name=None: tag("img", src="data:image/svg+xml;base64,", alt=alt),
    )


@pytest.fixture(scope="module")
def data():
    return example_data()


@pytest.fixture(scope="module")
def result(data):
    return example_result(data)


@pytest.fixture(scope="module")
def page(result, data):
    return html_page(result, data)


def test_the_page_is_well_formed_accessible_and_self_contained(page):
    checked = Checker(page)
    assert page.startswith("<!DOCTYPE html>") and '<html lang="en">' in page
    assert len(set(checked.ids)) == len(checked.ids)
    assert {link.removeprefix("#") for link in checked.links} <= set(checked.ids)
    assert all(image["alt"] and image["src"].startswith("data:image/") for image in checked.images)
    names = [tag for tag, _ in checked.tags]
    assert names.count("table") == names.count("caption") and "script" not in names
    assert all(
        attributes.get("scope") in ("col", "row", "rowgroup")
        for tag, attributes in checked.tags
        if tag == "th"
    )
    assert not re.search(r"(src|href)=\"(?!data:|#)", page)  # nothing is loaded from elsewhere
    assert not re.search(r"\burl\(|@import", page)


def test_the_page_shows_all_contenders_and_scores(page, result):
    text = Checker(page).text
    for contender in result["contenders"]:
        assert (
            contender["name"] in text
            and contender["title"] in text
            and contender["description"] in text
        )
        for metric in METRICS if contender["metrics"] else ():
            scores = contender["metrics"][metric]
            assert format_number(scores["mean"]) in text
            assert " to ".join(format_number(end) for end in scores["interval"]) in text
    for expected in (
        "First verdict.",
        "Third verdict.",
        "A note.",
        "out of memory",
        "2 samples leak.",
        "Nothing leaks.",
        "4-fold cross-validation.",
        "python -m mm_keras compare --data 'my folder'",
        "ab12",
        "keras 3.15",
        "C = 0.1, 10",
        "C = 10 (4×)",
        "12,345",
        "CC0",
        "0.321",
        "2 have no image",
        "75 seconds",
        "0.440 to 0.610",
        "0.81",
        "text +37.5",
        "interaction -5.0",
        "text number 3",
    ):
        assert expected in text, expected


def test_the_answer_comes_first_and_follows_the_test(result, data, undrawn):
    def first_words(difference, interval, p_corrected):
        test = {
            "difference": difference,
            "interval": interval,
            "p_corrected": p_corrected,
            "p": p_corrected,
            "t": None,
            "df": None,
        }
        fused = {
            **result["contenders"][3],
            "versus_best_unimodal": {"accuracy": test, "log_loss": test},
        }
        changed = {**result, "contenders": [*result["contenders"][:3], fused]}
        return Checker(html_page(changed)).text.split("First verdict.")[0]

    assert "Yes: fusion is better than text alone (+4.0 points" in first_words(
        0.04, [0.01, 0.07], 0.01
    )
    assert "No: fusion is worse than text alone (-4.0 points" in first_words(
        -0.04, [-0.07, -0.01], 0.01
    )
    assert "fusion is not distinguishable from text alone (+4.0 points" in first_words(
        0.04, [-0.01, 0.09], 0.2
    )
    assert "not distinguishable" in first_words(
        0.04, [0.01, 0.07], 0.2
    )  # significant before the correction only


def test_the_answer_says_whether_a_difference_matters(result):
    def answer(difference, interval, p_corrected, equal):
        test = {"difference": difference, "interval": interval, "p_corrected": p_corrected}
        versus = {"accuracy": test, "equivalence": {"rope": 0.01, "equal": equal}}
        fused = {**result["contenders"][3], "versus_best_unimodal": versus}
        return short_answer({**result, "contenders": [*result["contenders"][:3], fused]})

    assert answer(0.002, [-0.004, 0.008], 0.6, 0.97) == (
        "No: fusion is practically equal to text alone (+0.2 points of accuracy)."
    )
    assert answer(0.004, [0.002, 0.006], 0.01, 0.97) == (
        "Yes, but by no more than 1 point: fusion is better than text alone (+0.4 points of "
        "accuracy)."
    )
    assert answer(0.002, [-0.03, 0.034], 0.9, 0.4).startswith("Inconclusive: fusion is not disting")


def test_what_limits_the_answer_stands_beside_it(result):
    def box(quick, num_splits, num_leaking):
        protocol = {**result["protocol"], "quick": quick, "num_splits": num_splits}
        leaks = {**result["leaks"], "num_leaking": num_leaking}
        return str(head({**result, "protocol": protocol, "leaks": leaks})).partition("<table")[0]

    limited, free = box(True, 2, 2), box(False, 5, 0)
    for sentence in (
        "A quick comparison detects large",
        "has 1 degree of freedom",
        "2 samples leak",
    ):
        assert sentence in limited and sentence not in free
    assert "has 3 degrees of freedom" in box(False, 4, 0)


def test_the_tables_show_corrected_p_values_intervals_and_probabilities(result, data, undrawn):
    text = Checker(html_page(result, data)).text
    for contender in result["contenders"][2:5]:
        versus = contender["versus_best_unimodal"]
        test, equivalence = versus["accuracy"], versus["equivalence"]
        low, high = (format_points(end) for end in test["interval"])
        assert f"{low} to {high}, {format_p(test['p_corrected'])}, P(within 1 point)" in text
        shares = [format_probability(equivalence[key]) for key in ("better", "equal", "worse")]
        assert " / ".join(shares) in text


def test_texts_of_users_are_escaped():
    hostile = example_data(class_names=[HOSTILE, 'b" onload="x', "c"])
    hostile = type(hostile)(
        {"text": [HOSTILE] * len(hostile), "image": hostile["image"]},
        labels=hostile.labels,
        class_names=hostile.class_names,
        ids=[f'{i}"><b>' for i in range(len(hostile))],
        info={"name": HOSTILE},
    )
    result = example_result(hostile)
    result["notes"], result["data"]["source"] = [HOSTILE], HOSTILE
    result["contenders"][5].update(title=HOSTILE, failed=HOSTILE)
    result["contenders"][2].update(name=HOSTILE + "$\\frac$")
    page = html_page(result, hostile)
    checked = Checker(page)
    assert "<script" not in page and "alert" in checked.text
    assert not any("onload" in attributes for _, attributes in checked.tags)
    assert HOSTILE in checked.text


def test_characters_that_are_not_allowed_in_html(result, data, undrawn):
    page = html_page({**result, "notes": ["a\x00b\x1b[31m \ud800 \u202e ok"]}, data)
    assert Checker(page) and not re.search("[\x00-\x08\x0b-\x1f]", page)
    page.encode("utf-8")


def test_missing_sections_are_listed_in_one_line(result, data, undrawn):
    for key, section in OPTIONAL.items():
        page = html_page({**result, key: None}, data)
        assert "not measured in this run" in Checker(page).text
        assert f'<p id="{section}"' in page and f'href="#{section}"' not in page
    contenders = [
        {**c, "modality_use": None, "mistakes": None, "reliability": None}
        for c in result["contenders"]
    ]
    bare = {
        **result,
        **dict.fromkeys(
            ["robustness", "learning_curves", "leaks", "permutation_run", "shapley_attribution"]
        ),
        "notes": [],
        "verdicts": [],
        "contenders": contenders,
        "manifest": {**result["manifest"], "command": None},
    }
    checked = Checker(html_page(bare, None))
    assert checked.text.count("Left out:") == 9
    assert "None" not in checked.text and "nan" not in checked.text.split()


def test_further_metrics_are_those_of_the_result(result, data, undrawn):
    text = Checker(html_page(result, data)).text
    row = next(c for c in result["contenders"] if c["name"] == "text-logistic")
    metric = row["metrics"]["roc_auc"]
    low, high = metric["interval"]
    assert f"{metric['mean']:.3f} {low:.3f} to {high:.3f}" in text
    assert "Further metrics" in text and "MCC" not in text.split("Further metrics")[0]


def test_unimodal_contenders_only_and_failures_only(result, data, undrawn):
    text = "text-logistic"
    best = {"unimodal": text, "fused": None, "overall": text, "by_level": {"text": text}}
    alone = {
        **result,
        "contenders": result["contenders"][:3],
        "best": best,
        "shapley_attribution": None,
    }
    assert "no fused contender" in Checker(html_page(alone, data)).text
    best = {"unimodal": None, "fused": None, "overall": None, "by_level": {}}
    failed = {
        **result,
        "contenders": result["contenders"][5:],
        "best": best,
        "shapley_attribution": None,
    }
    assert "every contender failed" in Checker(html_page(failed, data)).text


def test_a_single_split(result, data):
    metrics = {
        name: {**values, "interval": None}
        for name, values in result["contenders"][1]["metrics"].items()
    }
    contenders = [
        result["contenders"][0],
        {**result["contenders"][1], "metrics": metrics},
        *result["contenders"][2:],
    ]
    assert "of split 1" in html_page(result, data)
    protocol = {**result["protocol"], "num_splits": 1, "own_split": True}
    changed = {**result, "contenders": contenders, "protocol": protocol}
    text = Checker(html_page(changed, data)).text
    assert "On the test set" in text and "7 , test set" in text and "fold 2" not in text
    assert "of split 1" not in text and "p (bootstrap)" in text and "across the split" in text
    assert "t test" not in text and "across folds" not in text


def test_missing_and_unreadable_images_and_texts(result, tmp_path, undrawn):
    (tmp_path / "broken.png").write_bytes(b"no image")
    data = example_data()
    images, texts = list(data["image"]), list(data["text"])
    images[::3], texts[1::3] = [None] * len(images[::3]), [None] * len(texts[1::3])
    images[1::3] = [str(tmp_path / "broken.png")] * len(images[1::3])
    checked = Checker(
        html_page(
            result, type(data)({"text": texts, "image": images}, data.labels, data.class_names)
        )
    )
    for expected in ("no image", "image not readable", "(no text)"):
        assert expected in checked.text


def test_a_pair_of_duplicates_is_shown_once(result, data, undrawn):
    pair = {"indices": [0, 3], "ids": ["first of two", "second of two"], "folds": [0, 1]}
    kinds = {
        kind: {"num_pairs": 1, "num_across": 1, "examples": [pair]}
        for kind in ("exact_texts", "near_texts")
    }
    page = html_page({**result, "leaks": {**result["leaks"], "kinds": kinds}}, data)
    assert page.count("first of two") == 1 and "identical or near-identical text" in page


def test_a_text_is_enough(result, undrawn):
    data = example_data()
    page = html_page(result, type(data)({"text": data["text"]}, data.labels, data.class_names))
    assert not [image for image in Checker(page).images if "image of sample" in image["alt"]]


def test_thirty_classes_with_long_names():
    names = [
        f"a class with a name that goes on and on and never ends, number {i}" for i in range(30)
    ]
    data = example_data(num_classes=30, num_samples=360, class_names=names)
    page = html_page(example_result(data), data)
    checked = Checker(page)
    assert all(name in checked.text for name in names)
    assert any("confusion matrix" in image["alt"] for image in checked.images)
    assert len(page) < 2e6


def test_more_classes_than_a_matrix_can_show(undrawn):
    data = example_data(num_classes=40, num_samples=320)
    checked = Checker(html_page(example_result(data), data))
    assert not any("confusion matrix" in image["alt"] for image in checked.images)
    assert "Most frequent confusions of text-logistic" in checked.text


def test_multi_label_data(undrawn):
    data = example_data(multi_label=True)
    checked = Checker(html_page(example_result(data), data))
    assert "3 labels" in checked.text and "no single correct class" in checked.text
    assert not any("confusion matrix" in image["alt"] for image in checked.images)
    assert "F1 of each class" in checked.text


def test_best_possible_accuracies_are_shown(undrawn):
    data = make_newsroom(60, seed=0)
    result = example_result(data)
    result["data"]["truth"] = data.info["truth"]
    text = Checker(html_page(result, data)).text
    assert "best possible" in text and "Best possible accuracy" in text
    truth = data.info["truth"]
    assert all(format_number(truth[key]) in text for key in ("majority", "text", "image", "both"))
    assert format_number(truth["rules"]["vote"]) in text
    assert format_number(truth["information"]["both"], 2) in text


def test_the_texts_of_the_interval_figure_fit(result):
    truth = {"majority": 1 / 6, "text": 0.792, "image": 0.583, "both": 0.917, "additive": 0.917}
    contenders = [c for c in result["contenders"] if not c["failed"]]
    assert "best possible, both and additive: 0.917" in drawn(
        figures.interval_figure(contenders, truth)
    )


def test_files_and_size(result, data, tmp_path):
    paths = write_report(result, data, tmp_path)
    names = ["report.html", "table.tex", "table.md", "methods.txt", "references.bib"]
    assert [path.name for path in paths if path.parent == tmp_path] == names
    assert all(path.read_text(encoding="utf-8") for path in paths[: len(names)])
    assert paths[0].stat().st_size < 2e6


def test_same_result_same_bytes(result, data, page):
    assert html_page(result, data) == page


def test_the_result_is_not_changed(data, undrawn):
    result = example_result(data)
    before = repr(result)
    html_page(result, data)
    assert repr(result) == before


def test_large_images_are_scaled_down():
    from mm_keras.comparison.report.images import SIDE, small_image
    from mm_keras.image import read_image

    image_format, content = small_image(
        np.random.default_rng(0).integers(0, 256, (900, 300, 3), dtype=np.uint8)
    )
    assert image_format == "jpeg" and read_image(Image.open(BytesIO(content))).shape == (
        SIDE,
        round(SIDE / 3),
    )


def test_a_summary_of_many_contenders_has_a_row_for_every_level(result, data, undrawn):
    others = [
        {**result["contenders"][1], "name": f"text-other-{i}", "title": f"other {i}"}
        for i in range(4)
    ]
    text = Checker(html_page({**result, "contenders": [*result["contenders"], *others]}, data)).text
    start = text.split("All contenders")[0]
    assert "The best contender of each kind" in start and "best of 5" in start
    assert all(name in start for name, *_ in FACTS)

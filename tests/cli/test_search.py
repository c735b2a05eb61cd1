"""The `search` command: known answers, controls, an honest verdict, and bad input."""

import itertools
import json
from types import SimpleNamespace

import numpy as np
import pytest

import mm_keras as mm
from mm_keras.cli import search
from mm_keras.cli.inputs import other_rows, report_shared_images
from mm_keras.cli.main import main
from mm_keras.cli.search.answers import Answer
from mm_keras.cli.search.experiment import Experiment, _query_rows, _relevant
from mm_keras.cli.search.table import CHANCE, DIRECTIONS, MOVED, SHUFFLED, Table, _chance

COLORS = {"red": (220, 30, 30), "green": (30, 180, 30), "blue": (30, 30, 220)}


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """The folder of a run on fewer products, and its results.json."""
    out = tmp_path_factory.mktemp("search")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search, "NUM_TRAIN", 500)
        patch.setattr(search, "NUM_TEST", 160)
        assert main(["search", "--data", "shop", "--epochs", "8", "--out", str(out)]) == 0
    return out, json.loads((out / "results.json").read_text())


@pytest.fixture(scope="module")
def colors(tmp_path_factory):
    """A folder with images of colored squares, with captions and without labels."""
    from PIL import Image

    folder = tmp_path_factory.mktemp("colors")
    lines = ["text,image,split"]
    for number in range(36):
        name = list(COLORS)[number % 3]
        Image.new("RGB", (32, 32), COLORS[name]).save(folder / f"{number}.png")
        lines.append(f"a {name} square,{number}.png,{'test' if number >= 24 else 'train'}")
    (folder / "pairs.csv").write_text("\n".join(lines) + "\n")
    return folder


def rows(result, direction=DIRECTIONS[0]):
    return {row["key"]: row[direction] for row in result["rows"]}


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_products_are_found_and_the_controls_are_at_chance(shop, direction):
    found = rows(shop[1], direction)
    assert found["best"]["R@1"] == found["best"]["R@10"] == 1
    assert min(found[key]["R@1"] for key in ("cca", "ridge", "dual-encoder")) > 0.6
    assert found["cca"]["R@10"] > 0.9 and found["dual-encoder"]["R@10"] > 0.9
    assert abs(found[MOVED]["R@10"] - found[CHANCE]["R@10"]) < 0.1
    assert found[SHUFFLED]["R@10"] < 0.25
    assert found["sm"]["mAP"] > found["dual-encoder"]["mAP"] > found[CHANCE]["mAP"]
    assert "Conclusion: the search has learned" in " ".join(shop[1]["verdict"])


def test_a_figure_the_results_and_a_retriever_are_written(shop):
    out, result = shop
    assert {path.name for path in out.iterdir()} == {"search.png", "results.json", "retriever"}
    assert result["num_train"] == 500 and result["num_test"] == 160
    assert len(mm.Retriever.load(out / "retriever").ids) == 500 + 160


def test_a_saved_retriever_finds_images_for_words_and_texts_for_an_image(shop, tmp_path, capsys):
    from PIL import Image

    model = str(shop[0] / "retriever")
    query = "a large blue kite on the left"
    assert main(["search", model, "--text", query, "--k", "3"]) == 0
    first, *lines = capsys.readouterr().out.splitlines()
    assert first.strip() == query and len(lines) == 3
    assert all("kite" in line for line in lines)

    data = mm.datasets.make_shop(40, seed=5)
    row = data.columns["word"].index("star")
    Image.fromarray(data["image"][row]).save(tmp_path / "star.png")
    assert main(["search", model, "--image", str(tmp_path / "star.png")]) == 0
    assert capsys.readouterr().out.count("star") >= 4
    assert main(["search", model, "--text", "star", "--data", "shop", "--epochs", "3"]) == 2
    assert "--data and --epochs can be used for training only" in capsys.readouterr().err


@pytest.mark.filterwarnings("default::mm_keras.DataWarning")
def test_nothing_is_found_where_nothing_is_known(shop, tmp_path, capsys):
    (tmp_path / "broken.png").write_bytes(b"not an image")
    model, broken = str(shop[0] / "retriever"), str(tmp_path / "broken.png")
    for query, problem in (
        (["--text", "zzyzx 红色"], "that the text features know: zzyzx 红色. "),
        (["--image", broken], "could not be read as an image"),
    ):
        assert main(["search", model, *query]) == 1
        printed = capsys.readouterr()
        assert "nothing found" in printed.out and printed.err.count("warning:") == 1
        assert problem in printed.err
    assert main(["search", model, "--text", "zzyzx", "--text", "a red bat"]) == 0


def test_bad_queries_are_explained_before_anything_is_trained(shop, tmp_path, capsys):
    model, out = str(shop[0] / "retriever"), ["--out", str(tmp_path / "out")]
    for arguments, message in (
        (["a red bat"], "There is no saved retriever 'a red bat'"),
        ([str(tmp_path), "--text", "bat"], "is not a saved retriever"),
        ([model], 'search needs a query. Pass --text "..." or --image FILE.'),
        ([model, "--image", "gone.png"], "There is no image file gone.png"),
        ([model, "--text", "bat", "--k", "999"], "number of indexed items, 660. Received: 999"),
        ([*out, "--image", "gone.png"], "There is no image file gone.png"),
    ):
        assert main(["search", *arguments]) == 2
        assert message in " ".join(capsys.readouterr().err.split())
    assert not (tmp_path / "out" / "retriever").exists()


def test_own_images_with_captions_need_no_labels(colors, tmp_path, capsys):
    options = ["--data", str(colors), "--label-column", "none", "--out", str(tmp_path / "out")]
    options += ["--method", "cca", "--epochs", "1", "--k", "4", "--query", "the red one"]
    assert main(["search", *options]) == 0
    printed = capsys.readouterr().out
    assert printed.partition("the red one\n")[2].count("a red square") == 4
    found = rows(json.loads((tmp_path / "out" / "results.json").read_text()))
    assert not {"sm", "scm"} & set(found) and "mAP" not in found["cca"]
    assert main(["search", str(tmp_path / "out" / "retriever"), "--text", "blue"]) == 0
    assert capsys.readouterr().out.count("a blue square") == 5


@pytest.mark.parametrize("options, message", [
    (["--image-column", "none"], "search needs texts and images. Received: text"),
    (["--text-column", "none"], "search needs texts and images. Received: image"),
    (["--method", "sm"], "--method sm needs classes. Received: no labels"),
    (["--k", "13"], "at least 13 test samples with text and image (--k 13). Received: 12"),
])  # fmt: skip
def test_data_that_cannot_be_searched_is_explained(colors, tmp_path, capsys, options, message):
    arguments = ["--data", str(colors), "--label-column", "none", "--out", str(tmp_path / "out")]
    assert main(["search", *arguments, *options]) == 2
    assert message in capsys.readouterr().err


# --- the table ------------------------------------------------------------------------------------


def table_of(similarities, shuffled=None):
    """A Table of 60 items with these similarities, and noise as the controls."""
    noise = [np.random.default_rng(seed).random(similarities.shape) for seed in (1, 2)]
    table = Table(np.eye(len(similarities), dtype=bool))
    table.add_chance()
    table.add("cca", "CM", similarities)
    table.add(MOVED, MOVED, noise[0])
    table.add(SHUFFLED, SHUFFLED, noise[1] if shuffled is None else shuffled)
    return table


NOISE = np.random.default_rng(0).random((60, 60))
FOUND = NOISE + np.eye(60)
# Each text finds its image, but to all images the first twelve texts are the nearest.
ONE_WAY = FOUND + np.where(np.arange(60) < 12, 5, 0)[:, np.newaxis]


@pytest.mark.parametrize("similarities, shuffled, conclusion", [
    (FOUND, None, "the search has learned"),
    (NOISE, None, "it is not shown that the search works"),
    (FOUND, FOUND, "it is not shown that the search works"),
    (ONE_WAY, None, "only text -> image is shown to work"),
])  # fmt: skip
def test_a_search_is_claimed_only_if_it_beats_chance_and_controls(
    similarities, shuffled, conclusion
):
    *_, last = table_of(similarities, shuffled).verdict("cca")
    assert last.startswith(f"Conclusion: {conclusion}")


def test_too_few_test_samples_are_reported():
    *_, last = table_of(FOUND[:9, :9]).verdict("cca")
    assert last.startswith("With 9 test samples, chance reaches 100%")
    assert not any("chance reaches" in line for line in table_of(NOISE).verdict("cca"))


def test_another_method_is_recommended_only_if_it_is_better():
    for chosen, is_better in ((FOUND, False), (NOISE, True)):
        table = table_of(FOUND)
        table.add("dual-encoder", "dual encoder", chosen)
        experiment = SimpleNamespace(table=table, method="dual-encoder", recognized=None)
        sentences = Experiment.verdict(experiment)
        assert any("--method cca chooses it" in line for line in sentences) == is_better


def test_the_directions_are_rows_and_columns():
    """Text 0 finds image 1 first; image 0 and image 1 find text 1 first."""
    table = Table(np.eye(2, dtype=bool))
    table.add("cca", "CM", np.array([[0.1, 0.5], [0.2, 0.9]]))
    scores = table.rows["cca"].scores
    assert scores[DIRECTIONS[0]]["R@1"].tolist() == [0, 1]
    assert scores[DIRECTIONS[1]]["R@1"].tolist() == [0, 1]
    assert scores[DIRECTIONS[0]]["rank"].tolist() == [2, 1]


@pytest.mark.parametrize("num_items, num_relevant, k", [(5, 1, 2), (5, 2, 2), (6, 3, 4), (4, 4, 1)])
def test_chance_is_the_mean_over_all_orders(num_items, num_relevant, k):
    relevant = np.arange(num_items) < num_relevant
    hits, ranks, precisions = [], [], []
    for order in itertools.permutations(range(num_items)):
        found = relevant[list(order)]
        hits.append(found[:k].any())
        ranks.append(1 + found.argmax())
        places = 1 + np.flatnonzero(found)
        precisions.append(np.mean(np.arange(1, num_relevant + 1) / places))
    expected = _chance(relevant[np.newaxis], 1, k)
    assert expected[f"R@{k}"] == pytest.approx(np.mean(hits))
    assert expected["rank"] == pytest.approx(np.mean(ranks))
    assert expected["mAP"] == pytest.approx(np.mean(precisions))


def test_what_belongs_together_by_item_and_by_class():
    files = ["a.png", "b.png", "a.png"]
    data = mm.datasets.MultimodalData(
        {"text": ["x", "x", "y"], "image": files}, [0, 1, 1], ["one", "two"]
    )
    by_item, by_class = _relevant(data)
    assert by_item.astype(int).tolist() == [[1, 0, 1], [0, 1, 0], [1, 0, 1]]
    assert by_class.astype(int).tolist() == [[1, 0, 0], [0, 1, 1], [0, 1, 1]]
    shop = mm.datasets.make_shop(300, seed=0)
    names = ("word", "color", "size", "place")
    things = np.array(list(zip(*(shop.columns[name] for name in names))))
    expected = (things[:, np.newaxis] == things).all(axis=2)
    np.testing.assert_array_equal(_relevant(shop)[0], expected)


def test_queries_are_known_texts_that_differ():
    texts, known = ["a", "b", "a", "c", "b", "d", "a", "b"], np.arange(8) != 5
    rows = _query_rows(texts, known, seed=0)
    assert sorted(texts[row] for row in rows) == ["a", "b", "c"]
    rows = _query_rows([str(row) for row in range(50)], np.ones(50, bool), seed=0)
    assert rows == np.random.default_rng(0).permutation(50)[:5].tolist()


def test_the_image_file_of_a_result_is_printed_although_its_text_is_long(capsys):
    Answer("red", "text", [(f"7: {'a red bat ' * 20}[bat] photos/bat_0007.png", 0.5)]).print()
    *_, line = capsys.readouterr().out.splitlines()
    assert line.strip().startswith("1  0.500  7: a red bat")
    assert line.endswith("photos/bat_0007.png") and len(line) < 100


def test_images_that_are_in_both_parts_are_reported():
    files = {"text": ["x", "y"], "image": ["a.png", "b.png"]}
    train = mm.datasets.MultimodalData(files)
    test = mm.datasets.MultimodalData({**files, "image": ["b.png", "c.png"]}, ids=["first", "2"])
    with pytest.warns(mm.DataWarning, match="1 sample for testing .*: first. The scores are too"):
        report_shared_images(train, test)
    report_shared_images(train, mm.datasets.MultimodalData({**files, "image": [None, "c.png"]}))


def test_no_row_keeps_its_own():
    for num_rows in (2, 3, 50):
        others = other_rows(num_rows, seed=num_rows)
        assert sorted(others) == list(range(num_rows)) and (others != np.arange(num_rows)).all()

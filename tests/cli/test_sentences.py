"""The commands `translate` and `caption`: exact answers, honest verdicts, saved generators."""

import csv
import io
import json
import re
from contextlib import redirect_stdout
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

import mm_keras as mm
from mm_keras.cli import caption, translate
from mm_keras.cli.console import Console
from mm_keras.cli.main import main
from mm_keras.cli.sentences import shop
from mm_keras.cli.sentences.experiment import Experiment, marked, nearest_rows
from mm_keras.cli.sentences.table import Slot, Table


def finished(tmp_path_factory, command, module, num_train, num_test, *options):
    """A short run: the folder, its results.json, and what was printed."""
    out = tmp_path_factory.mktemp(command)
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(io.StringIO()) as printed:
        patch.setattr(module, "NUM_TRAIN", num_train)
        patch.setattr(module, "NUM_TEST", num_test)
        assert main([command, "--out", str(out), *options]) == 0
    return out, json.loads((out / "results.json").read_text()), printed.getvalue()


@pytest.fixture(scope="module")
def translated(tmp_path_factory):
    return finished(tmp_path_factory, "translate", translate, 320, 64, "--epochs", "2")


@pytest.fixture(scope="module")
def captioned(tmp_path_factory):
    return finished(tmp_path_factory, "caption", caption, 320, 64, "--epochs", "2")


def rows_of(results):
    return {row["key"]: row for row in results["rows"]}


def test_translate_prints_all_rows_and_claims_nothing_of_an_undertrained_text_model(translated):
    out, results, printed = translated
    assert list(rows_of(results)) == [
        "most frequent", "nearest", "text", "fused", "shuffled", "no image", "trained shuffled",
        "best text", "best",
    ]  # fmt: skip
    assert all(f"   {row['name']}" in printed for row in results["rows"])
    assert rows_of(results)["nearest"]["ambiguous words"] > 0.5  # the image shows the sense
    assert any(line.startswith("No conclusion: text alone") for line in results["verdict"])
    assert "The image helps" not in printed and "Probe: trained and tested" in printed
    assert "BLEU hides" not in printed
    assert {path.name for path in out.iterdir()} == {"samples.png", "results.json", "generator"}


def test_eight_samples_are_printed_with_their_wrong_words_marked(translated):
    _, _, printed = translated
    samples = printed.partition("8 test samples")[2].partition("Written")[0]
    for name in ("source", "reference", "text alone", "with image"):
        assert len(re.findall(rf"^   {name} ", samples, flags=re.MULTILINE)) == 8
    assert "[" in samples


def test_caption_compares_with_copies_and_blind_generators(captioned):
    out, results, printed = captioned
    rows = rows_of(results)
    assert list(rows) == [
        "most frequent", "nearest", "generator", "shuffled", "no image", "trained shuffled",
        "best blind", "best",
    ]  # fmt: skip
    assert all(f"   {row['name']}" in printed for row in results["rows"])
    assert (
        rows["nearest"]["word"] > 0.5 and rows["nearest"]["CIDEr-D"] > rows["generator"]["CIDEr-D"]
    )
    assert rows["best blind"]["color"] == 0.25 and rows["best"]["CIDEr-D"] is None
    assert "copying the caption of the nearest training image" in printed
    assert re.search(r"Probe: .* the nearest image in 0\.0%", printed)
    assert {path.name for path in out.iterdir()} == {"samples.png", "results.json", "generator"}


# --- a saved generator ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    file = tmp_path_factory.mktemp("images") / "a.png"
    Image.fromarray(mm.datasets.make_shop(1, seed=9)["image"][0]).save(file)
    return str(file)


def test_a_saved_generator_writes_one_sentence_per_sample(translated, captioned, image, capsys):
    model, text = str(translated[0] / "generator"), "the bat on the left is small and red"
    expected = mm.Generator.load(model).predict(texts=[text, text], images=[image, image])
    both = ["--text", text, "--text", text, "--image", image, "--image", image]
    assert main(["translate", model, *both]) == 0
    assert capsys.readouterr().out.splitlines() == expected
    assert main(["translate", model, "--text", text, "--workers", "1"]) == 0
    assert "(without image: the generator was trained on text and image)" in capsys.readouterr().err
    model = str(captioned[0] / "generator")
    assert main(["caption", model, "--image", image]) == 0
    assert capsys.readouterr().out.splitlines() == mm.Generator.load(model).predict(images=[image])


@pytest.mark.filterwarnings("always::UserWarning")
def test_nothing_is_invented_about_an_unknown_sample(translated, tmp_path, capsys):
    model = str(translated[0] / "generator")
    assert main(["translate", model, "--text", "zebra"]) == 1
    printed = capsys.readouterr()
    assert printed.out == "(no sentence)\n" and "nothing that the generator knows" in printed.err
    assert main(["translate", model, "--text", "zebra", "--text", "a red bat"]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first == "(no sentence)" and second


def test_wrong_uses_of_a_saved_generator_are_explained(translated, captioned, image, capsys):
    model = str(captioned[0] / "generator")
    for arguments, message in (
        (["caption", "nowhere", "--image", image], "There is no saved generator 'nowhere'"),
        (["caption", model], "caption needs a sample"),
        (["caption", "--image", image], "a saved generator only: caption MODEL --image"),
        (["caption", model, "--image", "no.png"], "There is no image file no.png"),
        (["translate", model, "--text", "a bat"], "reads image. Received: --text"),
        (["translate", model, "--text", "a", "--text", "b", "--image", image], "2 texts and 1 im"),
        (
            ["caption", model, "--image", image, "--data", "glyphs", "--text-column", "x"],
            "--data and --text-column can be used for training only",
        ),
        (["translate", model, "--text", "a", "--to", "zh"], "--to can be used for training only"),
    ):
        assert main(arguments) == 2
        assert message in capsys.readouterr().err


# --- verdicts ------------------------------------------------------------------------------------


def table(shares, columns=("exact",), num_samples=300):
    """A table whose rows have these shares of right sentences, at random."""
    result = Table([[f"a red bat {i}"] for i in range(num_samples)], columns, {})
    for seed, (key, share) in enumerate(shares.items()):
        is_right = np.random.default_rng(seed).permutation(num_samples) < share * num_samples
        sentences = [f"a red bat {i}" if right else "wrong" for i, right in enumerate(is_right)]
        result.add(key, key, sentences)
    return result


@pytest.mark.parametrize("shuffled, best, conclusion", [
    (0.6, {}, "The image helps: 90.0% of the translations are right, 60.0% with text alone"),
    (0.6, {"exact": 0.62}, "The image helps"),
    (0.6, {"exact": 0.64}, "No conclusion: text alone (exact) reaches 0.600 of 0.640 possible"),
    (0.9, {}, "No gain from the image is shown"),
])  # fmt: skip
def test_a_gain_is_claimed_only_if_both_controls_agree(shuffled, best, conclusion):
    rows = table({"text": 0.6, "fused": 0.9, "shuffled": shuffled})
    score, sentences = translate._verdict(rows, best)
    assert score == "exact" and len(sentences) == 3 and conclusion in sentences[-1]
    assert ("The image helps" in " ".join(sentences)) == conclusion.startswith("The image helps")


def test_ambiguous_words_are_compared_where_there_are_any():
    rows = table({"text": 1.0, "fused": 1.0, "shuffled": 0.5})
    ambiguous = np.arange(300) < 200
    rows.slots = {"ambiguous words": Slot(["x"] * 300, ambiguous)}
    for key, num_right in (("text", 100), ("fused", 190), ("shuffled", 95)):
        rows.rows[key].sentences = ["x"] * num_right + ["y"] * (300 - num_right)
        rows.rows[key].scores |= {"ambiguous words": num_right / 200, "BLEU-4": 76.0}
    score, sentences = translate._verdict(rows, {})
    assert score == "ambiguous words"
    assert sentences[2].startswith("The image helps: 95.0% of the ambiguous words are right, 50.0")
    assert sentences[3] == (
        "BLEU hides this: text alone, wrong in 50% of the ambiguous words, has BLEU-4 76.0."
    )


@pytest.mark.parametrize("nearest, shuffled, found, missing", [
    (0.3, 0.0, "The image helps", "But copying"),
    (0.6, 0.0, "But copying the caption of the nearest training image, which needs no training, is "
     "not worse", "No use"),
    (0.9, 0.0, "which needs no training, is better.", "No use"),
    (0.3, 0.6, "No use of the image is shown", "The image helps"),
])  # fmt: skip
def test_captions_are_compared_with_the_nearest_image(nearest, shuffled, found, missing):
    shares = {"generator": 0.6, "nearest": nearest, "shuffled": shuffled, "trained shuffled": 0.0}
    sentences = " ".join(caption._verdict(table(shares)))
    assert found in sentences and missing not in sentences


# --- exact scores, copies, marks -----------------------------------------------------------------


def test_best_translations_of_the_text_alone_follow_from_the_grammar():
    data = mm.datasets.make_shop(64)
    best = {to: shop.best_translation(data.info["truth"], to) for to in ("de", "zh")}
    assert best["de"] == {
        "BLEU-4": pytest.approx(76.1331, abs=1e-4),  # for any choice of the senses
        "exact": 0.625,
        "ambiguous words": 0.5,
        "other words": 1.0,
    }
    assert best["zh"]["BLEU-4"] == pytest.approx(84.8239, abs=1e-4)
    assert shop.best_blind_caption(data.info["truth"])["exact"] == 1 / 8 / 4 / 2 / 2


@pytest.mark.parametrize("to", ["de", "zh"])
def test_slots_and_colors_of_the_shop_are_found_in_its_own_sentences(to):
    data = mm.datasets.make_shop(64)
    sentences = [sentence.lower() for sentence in data.columns[to]]
    slots = shop.translation_slots(data, to)
    assert slots["ambiguous words"].rows.sum() == 48 and slots["other words"].rows.sum() == 16
    rows = Table([[s] for s in sentences], ("exact",), slots)
    for name in slots:
        assert rows.per_sample(sentences, name).all()
    assert shop.color_accuracy(sentences, data, to) == 1
    assert shop.color_accuracy(sentences[1:] + sentences[:1], data, to) < 0.6
    captions = shop.caption_slots(data)
    assert all(Table([], (), captions).per_sample(data["text"], name).all() for name in captions)
    assert not any(
        color in text
        for text in shop.without_colors(data["text"])
        for color in ("red", "blue", "green", "yellow")
    )


def test_each_word_has_one_held_out_color():
    data = mm.datasets.make_shop(640)
    new = shop.has_held_out_color(data)
    pairs = list(zip(data.columns["word"], data.columns["color"]))
    held_out = {pair for pair, is_new in zip(pairs, new) if is_new}
    assert len(held_out) == len({word for word, _ in held_out}) == 10
    assert held_out.isdisjoint(pair for pair, is_new in zip(pairs, new) if not is_new)


def test_the_nearest_rows_are_those_of_a_search_by_hand():
    rng = np.random.default_rng(0)
    queries, samples = rng.normal(size=(1100, 3)), rng.normal(size=(40, 3))
    distances = np.linalg.norm(queries[:, np.newaxis] - samples, axis=2)
    np.testing.assert_array_equal(nearest_rows(queries, samples), distances.argmin(axis=1))


def test_captions_are_copied_from_existing_images_and_shared_ones_are_reported(tmp_path):
    """A missing image is all zero, which is the mean of the others: nearer than any of them."""
    noise = np.random.default_rng(0).integers(0, 256, (20, 32, 32, 3), dtype=np.uint8)
    files = [tmp_path / f"{i}.png" for i in range(20)]
    for file, image in zip(files, noise):
        Image.fromarray(image).save(file)
    texts = ["an image"] * 10 + ["no image"] * 2 + ["a new image"] * 10
    samples = {"text": texts, "image": [*files[:10], None, None, *files[10:]]}
    data = mm.datasets.MultimodalData(samples)
    train, test = data[:12], data[np.arange(12, 22)]
    table = Table([["a new image"]] * 10, ("exact",), {})
    features = mm.Features(image=mm.image.HOG())
    options = SimpleNamespace(seed=0)
    experiment = Experiment(Console(), options, features, train, test, texts[:12], table)
    experiment.add_copies("caption")
    assert table.rows["nearest"].sentences == ["an image"] * 10
    with pytest.warns(mm.DataWarning, match="10 samples for testing had the image file of a train"):
        Experiment(Console(), options, features, train, train[:10], texts[:12], table)


@pytest.mark.parametrize("sentence, reference, expected", [
    ("der bogen ist rot", "der Bogen ist rot", "der bogen ist rot"),
    ("die taste ist grün", "der Bogen ist rot", "[die taste] ist [grün]"),
    ("左边的球棒很小", "左边的蝙蝠很小", "左边的[球棒]很小"),
    ("bogen", "der bogen rechts", "[…] bogen […]"),
])  # fmt: skip
def test_wrong_words_stand_in_brackets(sentence, reference, expected):
    assert marked(sentence, [reference]) == expected


# --- own data ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Pairs with texts in two languages: an empty text, no translation, no image, a long one."""
    path = tmp_path_factory.mktemp("pairs")
    data = mm.datasets.make_shop(64, size=32)
    rows = [["text", "image", "de", "split", "empty"]]
    for i, (text, target) in enumerate(zip(data["text"], data.columns["de"])):
        Image.fromarray(data["image"][i]).save(path / f"{i}.png")
        rows.append([text, f"{i}.png", target, "test" if i % 4 == 0 else "train", ""])
    rows[5][0] = rows[8 + 1][2] = rows[13][1] = rows[6][2] = ""  # of the test samples 4, 8 and 12
    rows[8][0] = rows[11][1] = ""  # of the training samples 7 and 10
    rows[7][2] = "sehr " * 60 + "lang"
    with open(path / "pairs.csv", "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    return path


@pytest.mark.filterwarnings("always::UserWarning")
def test_bad_samples_of_own_data_are_counted_and_nothing_is_lost(folder, tmp_path, capsys):
    out = str(tmp_path / "out")
    options = ["--target-column", "de", "--epochs", "1", "--out", out]
    assert main(["translate", "--data", str(folder), *options]) == 0
    printed, warned = capsys.readouterr()
    assert (
        "48 samples for training, 16 unseen for testing" in printed and "from text to de" in printed
    )
    for message in (
        "2 samples had no target sentence: 5, 8. They are left out.",
        "2 samples had no image: 10, 12. They are used without one",
        "1 sample for training had no text: 7. Its translation is learned from the image",
        "1 sample for testing had no text: 4. It is translated from the image alone.",
        "1 sample had a target sentence of more than 40 words (the longest has 61): 6. It is",
    ):
        assert warned.count(message) == 1, warned
    results = json.loads((tmp_path / "out" / "results.json").read_text())
    assert (results["num_train"], results["num_test"]) == (47, 15)
    assert set(rows_of(results)["text"]) == {"key", "name", "BLEU-1", "BLEU-4", "exact"}
    assert "No gain from the image is shown" in printed and "Probe" not in printed


@pytest.mark.filterwarnings("always::UserWarning")
def test_commands_say_what_their_data_lacks(folder, tmp_path, capsys):
    for index, (arguments, message) in enumerate((
        (["translate", "--data", folder], "Received: none. Pass --target-column with one of: de, "),
        (["translate", "--data", folder, "--target-column", "fr"], "Received: 'fr'. Pass"),
        (["translate", "--data", folder, "--to", "zh"], "--to is for the data shop"),
        (["translate", "--target-column", "de"], "--target-column is for your own data"),
        (["translate", "--data", folder, "--target-column", "empty"], "Received: 0 and 0."),
        (["translate", "--data", folder, "--target-column", "de", "--image-column", "none"],
         "translate needs texts and images. Received: text."),
        (["translate", "--data", folder, "--target-column", "de", "--image-column", "empty"],
         "translate needs images. Received: none in the 47 samples for training."),
        (["caption", "--data", folder, "--text-column", "fr"], "fr"),
        (["caption", "--data", "nowhere"], "There is no data 'nowhere'"),
    )):  # fmt: skip
        out = str(tmp_path / str(index))
        assert main([*map(str, arguments), "--out", out]) == 2
        assert message in capsys.readouterr().err

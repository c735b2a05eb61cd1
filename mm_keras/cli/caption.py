"""The `caption` command: sentences about images."""

from pathlib import Path

import numpy as np

from mm_keras.cli.console import Console
from mm_keras.cli.results import finish
from mm_keras.cli.sentences import shop
from mm_keras.cli.sentences.data import load_samples
from mm_keras.cli.sentences.saved import samples_of, write_sentences
from mm_keras.cli.sentences.table import Table
from mm_keras.cli.verdicts import compare
from mm_keras.evaluation.metrics.sentences import right_sentences
from mm_keras.saving.folder import check_target
from mm_keras.saving.kinds import GENERATOR

NUM_TRAIN, NUM_TEST = 3000, 1000  # of generated data
COLUMNS = ("BLEU-1", "BLEU-4", "CIDEr-D", "exact")
OTHERS = {
    "trained shuffled": "a generator trained on shuffled pairs",
    "shuffled": "itself with images of other samples",
    "nearest": "copying the caption of the nearest image",
}


def run(options):
    samples = samples_of(options, "caption")
    if options.model is not None:
        return write_sentences(options, "caption", samples)
    console = Console()
    check_target(Path(options.out) / "generator", GENERATOR)
    train, test, sentences, captions = load_samples(
        options, console, "caption", (NUM_TRAIN, NUM_TEST), _captions, _about(options)
    )
    console.start_keras()
    from mm_keras.cli.sentences.experiment import Experiment
    from mm_keras.training import default_features

    is_shop = options.data == "shop"
    references = shop.references_of(test) if is_shop else [[caption] for caption in captions]
    table = Table(references, COLUMNS, shop.caption_slots(test) if is_shop else {})
    features = default_features(train, "feature", "dense", ("image",))
    experiment = Experiment(console, options, features, train, test, sentences, table)
    experiment.start()
    experiment.add_copies("caption")
    generator = experiment.train("generator", ("image",))
    experiment.add("generator", "generator", generator)
    experiment.add_controls(generator)
    experiment.add_shuffled_training(("image",))
    if is_shop:
        best = shop.best_blind_caption(test.info["truth"])
        table.add_best("best blind", "best possible without the image", best)
        best = dict.fromkeys(("exact", *table.slots), 1.0) | {"BLEU-1": 100.0, "BLEU-4": 100.0}
        table.add_best("best", "best possible", best)
    verdict = _verdict(table)
    if is_shop:
        verdict.append(_probe(experiment, train, test))
    console.step("What the image gains: CIDEr-D", *verdict)
    figure = experiment.show({"nearest": "nearest image", "generator": "generator"})
    record = {"num_train": len(train), "rows": table.record(), "verdict": verdict}
    finish(console, options, test, record, {"samples.png": figure}, generator, "caption")


def _about(options):
    if options.data == "shop":
        return "captions: descriptions of products; each image has three that are right"
    if options.data == "glyphs":
        return "captions: the names of the characters"
    return f"captions: {options.text_column}"


def _captions(data):
    """The texts; of glyphs the full names, with the words that tell the class."""
    if data.info.get("name") == "glyphs" and "character" in data.columns:
        return [name.lower() for name in data.columns["name"]]
    return data["text"]


def _probe(experiment, train, test):
    """A sentence: are new combinations of a word and a color described?"""
    from mm_keras.cli.sentences.experiment import nearest_rows

    known, new = ~shop.has_held_out_color(train), shop.has_held_out_color(test)
    images, unseen = experiment.arrays["image"][known], experiment.unseen["image"][new]
    sentences = [experiment.sentences[row] for row in np.flatnonzero(known)]
    generator = experiment.train("new colors", ("image",), {"image": images}, sentences=sentences)
    copies = [sentences[row] for row in nearest_rows(unseen, images)]
    references = [experiment.table.references[row] for row in np.flatnonzero(new)]
    written, copied = (
        100 * right_sentences(captions, references).mean()
        for captions in (generator.generate({"image": unseen}), copies)
    )
    experiment.console.progress(None)
    return (
        "Probe: trained without one of the four colors of each word, the generator describes "
        f"images with these new combinations correctly in {written:.1f}% of the cases, copying "
        f"the caption of the nearest image in {copied:.1f}%."
    )


def _verdict(table):
    """Sentences: what the image gains, and conclusions."""
    scores = {
        key: table.per_sample(table.rows[key].sentences, "CIDEr-D")
        for key in ("generator", *OTHERS)
    }
    others = {title: scores[key] for key, title in OTHERS.items()}
    results = compare("The generator", scores["generator"], others, "CIDEr-D")
    (_, beats_blind), (_, beats_shuffled), (nearest, beats_nearest) = results
    sentences = [sentence for sentence, _ in results]
    if not (beats_blind and beats_shuffled):
        sentences.append(
            "No use of the image is shown: the generator is not better than both of its controls "
            "with shuffled images (p values are corrected for the three comparisons)."
        )
    else:
        sentences.append(
            "The image helps: the captions are better than those of a generator that was trained "
            "on shuffled pairs, and than with images of other samples."
        )
    if not beats_nearest:
        is_worse = " is worse than " in nearest
        sentences.append(
            "But copying the caption of the nearest training image, which needs no training, is "
            + ("better." if is_worse else "not worse, as far as this test can show.")
        )
    return sentences

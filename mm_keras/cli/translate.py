"""The `translate` command: sentences in another language, with the help of images."""

from pathlib import Path

from mm_keras.cli.console import Console
from mm_keras.cli.results import finish
from mm_keras.cli.sentences import shop
from mm_keras.cli.sentences.data import column, load_samples
from mm_keras.cli.sentences.saved import samples_of, write_sentences
from mm_keras.cli.sentences.table import Table
from mm_keras.cli.verdicts import compare, poorly_trained
from mm_keras.saving.folder import check_target
from mm_keras.saving.kinds import GENERATOR
from mm_keras.utils.formatting import join_words
from mm_keras.utils.messages import report_bad

MODALITIES = ("text", "image")
NUM_TRAIN, NUM_TEST = 2000, 600  # of generated data
WITHHOLD = {"image": 0.3}  # of the training samples: what a translation without an image needs
TEXT, FUSED = "text alone", "text and image"
SHUFFLED = "itself with images of other samples"


def run(options):
    samples = samples_of(options, "translate")
    if options.model is not None:
        return write_sentences(options, "translate", samples)
    console = Console()
    check_target(Path(options.out) / "generator", GENERATOR)
    is_shop = options.data == "shop"
    to = options.to or "de"
    if options.to and not is_shop:
        raise ValueError(
            "--to is for the data shop. For your own data name the column with the translations: "
            "--target-column NAME."
        )
    if options.target_column is not None and is_shop:
        raise ValueError(
            "--target-column is for your own data (--data PATH). The language of the shop is "
            "chosen with --to."
        )
    name = to if is_shop else options.target_column
    about = shop.about_translation(to) if is_shop else f"from {options.text_column} to {name}"
    train, test, sentences, translations = load_samples(
        options,
        console,
        "translate",
        (NUM_TRAIN, NUM_TEST),
        lambda data: column(data, name, "translate", "--target-column"),
        about if name else None,
    )
    console.start_keras()
    from mm_keras.cli.sentences.experiment import Experiment
    from mm_keras.training import default_features

    slots = shop.translation_slots(test, to) if is_shop else {}
    columns = ("BLEU-4", "exact") if is_shop else ("BLEU-1", "BLEU-4", "exact")
    table = Table([[sentence] for sentence in translations], columns, slots)
    features = default_features(train, "feature", "dense", MODALITIES)
    _report_missing(train, "training", "Their translations are learned from the image alone.")
    _report_missing(test, "testing", "They are translated from the image alone.")
    experiment = Experiment(console, options, features, train, test, sentences, table)
    best = shop.best_translation(test.info["truth"], to) if is_shop else {}
    generator = _add_rows(experiment, best)
    score, verdict = _verdict(table, best)
    if is_shop:
        verdict.append(_probe(experiment, train, test, to))
    console.step(f"What the image gains: {score}", *verdict)
    figure = experiment.show({"text": TEXT, "fused": "with image"}, test["text"])
    record = {"num_train": len(train), "rows": table.record(), "verdict": verdict}
    finish(console, options, test, record, {"samples.png": figure}, generator, "translate")


def _report_missing(data, use, consequence):
    """Report samples without a text."""
    report_bad(
        [key for key, text in zip(data.ids, data["text"]) if not (text and text.strip())],
        f"for {use} had no text",
        consequence,
    )


def _add_rows(experiment, best):
    """All rows of the table; returns the generator that reads text and image."""
    experiment.start()
    experiment.add_copies("translation")
    text = experiment.train(TEXT, ("text",))
    experiment.add("text", TEXT, text)
    fused = experiment.train(FUSED, MODALITIES, withhold=WITHHOLD)
    experiment.add("fused", FUSED, fused)
    experiment.add_controls(fused)
    experiment.add_shuffled_training(MODALITIES, WITHHOLD)
    if best:
        experiment.table.add_best("best text", "best possible, text alone", best)
        everything = dict.fromkeys(best, 1.0) | {"BLEU-4": 100.0}
        experiment.table.add_best("best", "best possible, text and image", everything)
    return fused


def _probe(experiment, train, test, to):
    """A sentence: what is read from the images if the sources lack the words for colors."""
    extractor = experiment.features.only("text")
    arrays, unseen = (
        {**known, **extractor.transform({"text": shop.without_colors(data["text"])})}
        for data, known in ((train, experiment.arrays), (test, experiment.unseen))
    )
    generator = experiment.train("sources without colors", MODALITIES, arrays, WITHHOLD)
    accuracy = shop.color_accuracy(generator.generate(unseen), test, to)
    experiment.console.progress(None)
    return (
        "Probe: trained and tested on sources without the words for colors, text and image has the "
        f"right color in {100 * accuracy:.1f}% of the translations; text alone could have it in "
        f"at most {100 * test.info['truth']['blind']['color']:.0f}%."
    )


def _verdict(table, best):
    """The score that is compared, and sentences: what the image gains, and a conclusion."""
    score = next(iter(table.slots), "exact")  # ambiguous words, where there are any
    right = {
        key: table.per_sample(table.rows[key].sentences, score)
        for key in ("fused", "text", "shuffled")
    }
    results = compare(
        "Text and image", right["fused"], {TEXT: right["text"], SHUFFLED: right["shuffled"]}
    )
    text, fused, shuffled = (table.rows[key].scores for key in ("text", "fused", "shuffled"))
    gaps = poorly_trained(
        {
            f"text alone ({name})": (text[name], value)
            for name, value in best.items()
            if name != "BLEU-4"
        }
    )
    sentences = [sentence for sentence, _ in results]
    what = "of the translations are right" if score == "exact" else f"of the {score} are right"
    if gaps:
        sentences.append(
            f"No conclusion: {join_words(gaps)}. Text alone that is not trained well enough makes "
            "the image look more useful than it is. Use more epochs (--epochs)."
        )
    elif all(is_better for _, is_better in results):
        sentences.append(
            f"The image helps: {100 * fused[score]:.1f}% {what}, {100 * text[score]:.1f}% with "
            f"text alone, {100 * shuffled[score]:.1f}% with the image of another sample."
        )
    else:
        sentences.append(
            "No gain from the image is shown: text and image is not better than both of these "
            "(p values are corrected for the two comparisons)."
        )
    if score != "exact" and not gaps:
        sentences.append(
            f"BLEU hides this: text alone, wrong in {100 - 100 * text[score]:.0f}% of the "
            f"{score}, has BLEU-4 {text['BLEU-4']:.1f}."
        )
    return score, sentences

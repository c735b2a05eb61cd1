"""The `search` command: images by words and texts by images, with controls."""

from pathlib import Path

from mm_keras.cli.console import Console
from mm_keras.cli.inputs import check_unused, load_train_and_test, require
from mm_keras.cli.results import finish
from mm_keras.cli.search.answers import answers
from mm_keras.cli.search.table import NEED_LABELS
from mm_keras.retriever import Retriever
from mm_keras.saving.folder import check_target, read_manifest
from mm_keras.saving.kinds import RETRIEVER
from mm_keras.utils.keras_tools import import_keras

NUM_TRAIN, NUM_TEST = 3000, 1000  # of generated data


def run(options):
    for image in options.image or ():
        if not Path(image).exists():
            raise FileNotFoundError(f"There is no image file {image}.")
    return _train(options) if options.model is None else _search(options)


def _train(options):
    console = Console()
    check_target(Path(options.out) / "retriever", RETRIEVER)
    train, test = load_train_and_test(
        options, console, NUM_TRAIN, NUM_TEST, needs_labels=False, image_noise=0.0
    )
    require(train, ("text", "image"), "search")
    if options.method in NEED_LABELS and train.labels is None:
        raise ValueError(f"--method {options.method} needs classes. Received: no labels.")
    console.start_keras()
    from mm_keras.cli.search.experiment import Experiment

    experiment = Experiment(console, options, train, test)
    experiment.compare()
    figure = experiment.answer()
    sentences = experiment.verdict()
    console.step("What the search finds", *sentences)
    record = {"num_train": len(train), "rows": experiment.table.record(), "verdict": sentences}
    retriever = experiment.retriever_of_all()
    finish(console, options, test, record, {"search.png": figure}, retriever, "search", ("text",))


def _search(options):
    """Answer from a saved retriever; the exit status is 1 if no query contains anything known."""
    path = Path(options.model)
    if not path.exists():
        raise FileNotFoundError(
            f"There is no saved retriever {options.model!r}. `python -m mm_keras search` trains "
            'and saves one. Words to search for are passed as --text "...".'
        )
    check_unused(options, ("text", "image", "k"), "retriever")
    read_manifest(path, RETRIEVER)
    if not options.text and not options.image:
        raise ValueError('search needs a query. Pass --text "..." or --image FILE.')
    import_keras()
    retriever = Retriever.load(path, options.trusted)
    found = answers(retriever, options.text, options.image, options.k)
    for answer in found:
        answer.print()
    return int(not any(answer.results for answer in found))

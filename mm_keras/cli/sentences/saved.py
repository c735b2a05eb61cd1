"""Sentences from a saved generator, for samples on the command line."""

import sys
from pathlib import Path

from mm_keras.cli.inputs import check_unused
from mm_keras.cli.streams import in_one_line
from mm_keras.generator import NOTHING_KNOWN, Generator
from mm_keras.saving.folder import read_manifest
from mm_keras.saving.kinds import GENERATOR
from mm_keras.utils.formatting import join_words
from mm_keras.utils.keras_tools import import_keras
from mm_keras.utils.messages import collected, report_bad

# The options that only a saved generator makes use of.
USED = ("text", "image")


def samples_of(options, command):
    """The texts and image files of the options --text and --image: dict, modality -> list.

    Raises ValueError if there are some, but no saved generator that could read them.
    """
    samples = {name: getattr(options, name, None) for name in ("text", "image")}
    samples = {name: values for name, values in samples.items() if values}
    if samples and options.model is None:
        raise ValueError(
            f"--{' and --'.join(samples)} can be used with a saved generator only: {command} MODEL "
            f"--{next(iter(samples))} ..."
        )
    return samples


def write_sentences(options, command, samples):
    """Print the sentence of a saved generator for each sample.

    Returns the exit status: 1 if nothing is known of any sample.
    """
    _check(options, command, samples)
    read_manifest(Path(options.model), GENERATOR)
    import_keras()
    generator = Generator.load(options.model, options.trusted)
    names = list(generator.features.shapes)
    unused = [name for name in samples if name not in names]
    if unused:
        raise ValueError(
            f"The generator {options.model} reads {join_words(names)}. Received: --{unused[0]}."
        )
    missing = [name for name in names if name not in samples]
    if missing:
        print(
            f"(without {join_words(missing)}: the generator was trained on {join_words(names)})",
            file=sys.stderr,
        )
    with collected() as notes:
        sentences = generator.predict(**{f"{name}s": values for name, values in samples.items()})
    for note in notes:
        report_bad(*note)
    nothing = {row for rows, *note in notes if tuple(note[:2]) == NOTHING_KNOWN for row in rows}
    for row, sentence in enumerate(sentences):
        print("(no sentence)" if row in nothing else in_one_line(sentence))
    return int(len(nothing) == len(sentences))


def _check(options, command, samples):
    if not Path(options.model).exists():
        raise FileNotFoundError(
            f"There is no saved generator {options.model!r}. `python -m mm_keras {command}` "
            "trains one."
        )
    check_unused(options, USED, "generator")
    if not samples:
        raise ValueError(
            f"{command} needs a sample for the saved generator. Pass --image FILE"
            + (', --text "..." or both.' if command == "translate" else ".")
        )
    if len(set(map(len, samples.values()))) > 1:
        raise ValueError(
            "As many texts as images are needed, or only texts or only images. Received: "
            f"{len(samples['text'])} texts and {len(samples['image'])} images."
        )
    for file in samples.get("image", ()):
        if not Path(file).exists():
            raise FileNotFoundError(f"There is no image file {file}.")

"""The end of a command that trains: its figures, results.json and model, and what to do next."""

import json
import shlex
from pathlib import Path

from mm_keras.plots.figure import as_png
from mm_keras.utils.files import write_bytes, write_text

# How the samples of a modality are given to a command that uses a saved model.
EXAMPLES = {"text": '"..."', "image": "FILE", "audio": "FILE", "video": "FILE"}


def finish(console, options, test, record, figures, model, command, modalities=None):
    """Write everything to the folder `options.out`, and print the files and the next command.

    Args:
        console: Console.
        options: the options of the command; they are written to results.json.
        test: MultimodalData, the test samples.
        record: dict, the rest of results.json, such as its rows and the verdict.
        figures: dict, file name -> Figure.
        model: what is saved: a Classifier, Retriever or Generator. Its folder has that name.
        command: str, the command that uses the folder, such as "predict".
        modalities: the modalities that the command is given; default: all of the model.
    """
    out, name = Path(options.out), type(model).__name__.lower()
    for file, figure in figures.items():
        write_bytes(out / file, as_png(figure))
    model.save(out / name)
    record = {
        "options": {key: value for key, value in vars(options).items() if key != "command"},
        "info": dict(test.info),
        "num_test": len(test),
        **record,
    }
    text = json.dumps(record, indent=1, ensure_ascii=False, default=str)
    write_text(out / "results.json", text)
    console.step("Written", *(str(out / file) for file in [*figures, "results.json", name]))
    modalities = modalities or model.features.shapes
    inputs = "--csv FILE"  # numbers, several columns of texts, ... are only read from tables
    if EXAMPLES.keys() >= set(modalities):
        inputs = " ".join(f"--{modality} {EXAMPLES[modality]}" for modality in modalities)
    print(
        f"\nFinished in {console.seconds():.0f} seconds. Next: python -m mm_keras {command} "
        f"{shlex.quote(str(out / name))} {inputs}"
    )

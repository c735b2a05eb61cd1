"""The `explain` command: the words and image regions that support or oppose a prediction."""

import shlex
from pathlib import Path

from mm_keras import plots
from mm_keras.classifier import Classifier
from mm_keras.cli.inputs import report_modalities
from mm_keras.cli.streams import in_one_line
from mm_keras.evaluation import explain
from mm_keras.features.saved import load_features
from mm_keras.plots.figure import as_png
from mm_keras.saving.kinds import CLASSIFIER
from mm_keras.utils.files import check_can_write, write_bytes
from mm_keras.utils.keras_tools import import_keras
from mm_keras.utils.modality_labels import modality_label

NUM_WORDS = 6  # printed for and against


def run(options):
    features = load_features(options.model, CLASSIFIER, options.trusted)
    if options.text is None and options.image is None:
        raise ValueError('explain needs a sample. Pass --text "...", --image FILE or both.')
    if options.image is not None and not Path(options.image).exists():
        raise FileNotFoundError(f"There is no image file {options.image}.")
    check_can_write(options.out)
    modalities = list(features.shapes)
    given = [name for name in ("text", "image") if getattr(options, name) is not None]
    if not set(given) & set(modalities):
        raise ValueError(
            f"explain needs a classifier of {' or '.join(given)}. This one was trained on "
            f"{', '.join(map(modality_label, modalities))}."
        )
    report_modalities(modalities, given)
    import_keras()
    classifier = Classifier.load(options.model, options.trusted)
    image = options.image if "image" in modalities else None
    text = options.text if "text" in modalities else None
    result = explain(classifier, text, image, options.class_name)
    if result["shares"]:
        result["shares"] = {modality_label(key): x for key, x in result["shares"].items()}
    print(in_one_line(result["title"]))
    for line in _lines(result):
        print(f"   {in_one_line(line)}")
    figure = plots.joint_explanation(image, text, **result)
    write_bytes(Path(options.out), as_png(figure))
    print(f"Written: {shlex.quote(options.out)}")


def _lines(result):
    """The explanation in words."""
    weights = result["word_weights"]
    words = sorted(weights, key=weights.get, reverse=True)
    sides = {
        "words for it": [word for word in words if weights[word] > 0][:NUM_WORDS],
        "words against it": [word for word in words[::-1] if weights[word] < 0][:NUM_WORDS],
    }
    lines = [
        f"{side}: " + ", ".join(f"{word} ({weights[word]:+.2f})" for word in found)
        for side, found in sides.items()
        if found
    ]
    if result["shares"] and len(result["shares"]) > 1:
        shares = ", ".join(f"{name} {share:+.0%}" for name, share in result["shares"].items())
        lines.append(f"share of each modality: {shares}")
    if lines:
        lines.append("(a weight is the decrease of the log-odds of the class without the word)")
    return lines

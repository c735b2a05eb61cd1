"""The `export` command: writes a saved classifier as one model for other programs."""

from pathlib import Path

from mm_keras.classifier import Classifier
from mm_keras.saving.folder import read_manifest
from mm_keras.utils.keras_tools import import_keras

USAGE = {
    "savedmodel": "tf.saved_model.load({path!r}).serve({{{inputs}}})",
    "onnx": "onnxruntime.InferenceSession({path!r}).run(None, {{{inputs}}})",
    "keras": "import mm_keras.serving; "
    "keras.saving.load_model({path!r}).predict_on_batch({{{inputs}}})",
}


def run(options):
    read_manifest(Path(options.model))
    import_keras()
    classifier = Classifier.load(options.model, options.trusted)
    path = Path(options.out or f"{options.model.rstrip('/')}.{options.format}")
    classifier.export(path, options.format, raw=not options.features)
    inputs = ", ".join(f'"{name}": ...' for name in classifier.features.shapes)
    print(
        f"Written: {path}",
        f"Use it:  {USAGE[options.format].format(path=str(path), inputs=inputs)}",
        sep="\n",
    )
    return 0

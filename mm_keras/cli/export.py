"""The `export` command: writes a saved classifier as one model for other programs."""

from importlib.util import find_spec
from pathlib import Path

from mm_keras.classifier import Classifier
from mm_keras.saving.folder import read_manifest
from mm_keras.utils.export_path import check_export_path
from mm_keras.utils.extras import INSTALL
from mm_keras.utils.keras_tools import import_keras

USAGE = {
    "savedmodel": "tf.saved_model.load({path!r}).serve({{{inputs}}})",
    "onnx": "onnxruntime.InferenceSession({path!r}).run(None, {{{inputs}}})",
    "keras": "import mm_keras.serving; "
    "keras.saving.load_model({path!r}).predict_on_batch({{{inputs}}})",
}


def run(options):
    read_manifest(Path(options.model))
    if options.format == "onnx" and not (find_spec("onnx") and find_spec("tf2onnx")):
        raise ImportError(f"Writing ONNX files requires onnx and tf2onnx: {INSTALL['onnx']}")
    path = Path(options.out or f"{options.model.rstrip('/')}.{options.format}")
    check_export_path(path, options.format)
    import_keras()
    classifier = Classifier.load(options.model, options.trusted)
    classifier.export(path, options.format, raw=not options.features)
    inputs = ", ".join(f'"{name}": ...' for name in classifier.features.shapes)
    print(
        f"Written: {path}",
        f"Use it:  {USAGE[options.format].format(path=str(path), inputs=inputs)}",
        sep="\n",
    )
    return 0

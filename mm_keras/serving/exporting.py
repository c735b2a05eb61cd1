"""Export a classifier as one file for use in other programs: SavedModel, ONNX or `.keras`."""

import json
import re
import warnings
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from mm_keras.serving.raw import network_model, raw_model
from mm_keras.utils.export_path import check_export_path
from mm_keras.utils.extras import INSTALL
from mm_keras.utils.files import replacing

if TYPE_CHECKING:
    from mm_keras.classifier import Classifier

FORMATS = ("savedmodel", "onnx", "keras")
NOT_ON_ONE_LINE = re.compile(r"[\\\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
README = """\
labels.txt: the names of the {} classes in the order of the output columns, one per line, in UTF-8.
Line separators and other control characters in a name are escaped as in Python
(\\n, \\x85, \\u2028), and so is the backslash (\\\\).
"""


def export(
    classifier: "Classifier", path: str | PathLike, format: str = "savedmodel", raw: bool = True
) -> None:
    """Write one model that returns the classifier's probabilities within 1e-5, without its code.

    Formats:

    - "savedmodel": a folder for `tf.saved_model.load(path).serve({"text": ..., "image": ...})` or,
      faster, `.signatures["serving_default"](text=..., image=...)`, and for TensorFlow Serving and
      similar servers; mm_keras is not needed to run it.
    - "onnx": a file for ONNX Runtime; mm_keras is not needed to run it. Writing it requires
      `pip install tf2onnx onnx`.
    - "keras": one `.keras` file for `keras.saving.load_model` after `import mm_keras`, for further
      work in Keras.

    Inputs: "image" takes uint8 pixels of the size used by the extractor; "text" takes strings or,
    in ONNX, which is exported without strings, code points (see `mm_keras.serving.code_points` and
    `raw_model`). The class names, in the order of the output columns, are stored in `labels.txt` in
    the SavedModel's `assets.extra` (one line each; control characters and backslashes are escaped
    as in Python), in `class_names` in the ONNX file's metadata and in the config of the last layer
    of the `.keras` file.

    Args:
        classifier: Classifier.
        path: where to write; an existing export is replaced.
        format: str, "savedmodel" (default), "onnx" or "keras".
        raw: bool, True (default) for texts and pixels as inputs; False for the network alone, whose
            inputs are the arrays of `classifier.features.transform`. False works with every
            extractor.

    Raises:
        ValueError: an unknown format; "savedmodel" or "onnx" on a backend other than TensorFlow; an
            extractor that raw models do not support (the message lists those supported), also a
            subclass of a supported one and one with changed methods.
        FileExistsError: `path` exists and is not an export.
        ImportError: "onnx" without tf2onnx.
    """
    if format not in FORMATS:
        raise ValueError(f"format must be one of {', '.join(FORMATS)}. Received: {format!r}.")
    path = Path(path)
    check_export_path(path, format)
    _check_backend(format)
    model = _build_model(classifier, format, raw)
    with replacing(path) as temporary:
        {"savedmodel": _write_savedmodel, "onnx": _write_onnx, "keras": _write_keras}[format](
            model, temporary, classifier
        )


def _build_model(classifier, format, raw):
    if not raw:
        return network_model(classifier)
    return raw_model(classifier, strings=False if format == "onnx" else None)


def _check_backend(format):
    import keras

    if format != "keras" and keras.backend.backend() != "tensorflow":
        raise ValueError(
            f"format={format!r} requires the TensorFlow backend. "
            f"Received: {keras.backend.backend()}. Save the classifier and export it with "
            "KERAS_BACKEND=tensorflow; the weights are the same on every backend."
        )


def _write_savedmodel(model, path, classifier):
    model.export(path, format="tf_saved_model", verbose=False)
    extra = path / "assets.extra"
    extra.mkdir()
    lines = [_on_one_line(name) + "\n" for name in classifier.class_names]
    (extra / "labels.txt").write_text("".join(lines), encoding="utf-8", newline="\n")
    (extra / "README.txt").write_text(README.format(len(lines)), encoding="utf-8", newline="\n")


def _on_one_line(name):
    """The name with line separators, other control characters and backslashes escaped."""
    return NOT_ON_ONE_LINE.sub(
        lambda match: match.group().encode("unicode_escape").decode("ascii"), name
    )


def _write_keras(model, path, classifier):
    model.save(path)


def _write_onnx(model, path, classifier):
    import keras

    try:
        import onnx
        import tf2onnx  # noqa: F401
    except ImportError as error:
        raise ImportError(
            f"Writing ONNX files requires tf2onnx: {INSTALL['onnx']}  ({error})"
        ) from None
    model(
        {
            name: keras.ops.zeros([size or 1 for size in spec.shape], spec.dtype)
            for name, spec in model.input.items()
        }
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # Keras uses a deprecated NumPy name
        model.export(path, format="onnx", verbose=False, opset_version=18)
    graph = onnx.load(path)
    for key, value in (
        ("class_names", json.dumps(classifier.class_names)),
        ("threshold", json.dumps(classifier.threshold)),
    ):
        graph.metadata_props.add(key=key, value=value)
    onnx.checker.check_model(graph)
    onnx.save(graph, path)

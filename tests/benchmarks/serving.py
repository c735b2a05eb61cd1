"""One warm prediction from a text and an image file; the model alone; and the exported formats."""

import tempfile
from functools import partial
from pathlib import Path

from tests.benchmarks._measure import Row, in_turns

TIMES = 20  # repeated calls, so that the caches are warm


def rows(full=False):
    import keras
    import tensorflow as tf
    from PIL import Image

    import mm_keras as mm
    from mm_keras.serving import code_points
    from mm_keras.training.cell import train_cell

    train = mm.datasets.make_newsroom(400, seed=0)
    classifier = train_cell(train, "feature", "concat", "cnn", epochs=1).classifier
    model, text = classifier.model, train["text"][0]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "image.jpg"
        Image.fromarray(train["image"][0]).resize((640, 640)).save(file)
        arrays = classifier.features.transform({"text": [text], "image": [file]})
        image = mm.image.read_image(file, 64)[None]
        forms = {
            "the model": lambda: model.predict_on_batch(arrays),
            "text and JPEG file (640 px) to class": lambda: classifier.predict(
                texts=[text], images=[file]
            ),
        }
        parts = {
            "reading the file": lambda: mm.image.read_image(file, 64),
            "HOG": lambda: classifier.features.extractors["image"].transform([image[0]]),
            "TF-IDF": lambda: classifier.features.extractors["text"].transform([text]),
        }
        classifier.export(Path(folder) / "model.keras", "keras")
        loaded = keras.saving.load_model(Path(folder) / "model.keras")
        raw = {"text": tf.constant([text]), "image": tf.constant(image)}
        forms[".keras file of raw text and pixels"] = lambda: loaded.predict_on_batch(raw)
        classifier.export(Path(folder) / "saved")
        served = tf.saved_model.load(Path(folder) / "saved")
        forms["SavedModel of raw text and pixels, .serve"] = lambda: served.serve(raw)
        forms["   the same, .signatures"] = lambda: served.signatures["serving_default"](**raw)
        session = _onnx(classifier, Path(folder) / "model.onnx")
        if session:
            forms["ONNX Runtime, raw code points and pixels"] = lambda: session.run(
                None, {"text": code_points([text]), "image": image}
            )
        works = {"model.predict": lambda: model.predict(arrays, verbose=0), **forms, **parts}
        best = in_turns(
            {name: partial(several, work) for name, work in works.items()}, 20 if full else 5
        )
        best = {name: seconds / TIMES for name, seconds in best.items()}
    alone, whole, *exported = forms
    yield Row(
        f"one sample, warm: {alone}",
        best[alone],
        "model.predict(verbose=0)",
        best["model.predict"],
        25,
    )
    yield Row(f"   {whole}", best[whole], "the limit", 0.010, 1)
    for name in parts:
        yield Row(f"      of it {name}", best[name], "the whole", best[whole])
    for name in exported:
        yield Row(
            f"   {name}", best[name], "model.predict(verbose=0) of features", best["model.predict"]
        )


def several(work):
    for _ in range(TIMES):
        work()


def _onnx(classifier, path):
    """An ONNX Runtime session of the classifier, or None if the packages are not installed."""
    try:
        import onnxruntime
        import tf2onnx  # noqa: F401
    except ImportError:
        return None
    classifier.export(path, "onnx")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(path, options)

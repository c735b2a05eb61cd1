"""Saved classifiers with a damaged file: they predict exactly as before, or are refused."""

import shutil

import numpy as np

COUNT = 1_000


def prepare(folder):
    import keras

    import mm_keras as mm
    from tests.robustness._damage import damaged

    keras.utils.set_random_seed(0)
    data = mm.datasets.make_newsroom(24, seed=0)
    extractors = {"text": mm.text.TFIDF(), "image": mm.image.HOG(pixels_per_cell=(16, 16))}
    features = mm.Features(**extractors).fit(data)
    model = mm.fusion.feature_level_model(features.shapes, data.num_classes, head="linear")
    mm.Classifier(features, model, data.class_names).save(folder / "whole")
    expected = mm.Classifier.load(folder / "whole").predict_proba(data)
    files = sorted(path.name for path in (folder / "whole").iterdir())

    def case(number, random):
        target = folder / "damaged"
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(folder / "whole", target)
        file = target / files[number % len(files)]
        file.write_bytes(damaged(file.read_bytes(), random))
        try:
            classifier = mm.Classifier.load(target)
        except ValueError:
            return "refused"
        same = np.array_equal(classifier.predict_proba(data), expected)
        return (
            "read" if same and classifier.class_names == data.class_names else ("wrong", file.name)
        )

    return case

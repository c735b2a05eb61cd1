"""Two scripts for the same task: texts and image files -> TF-IDF and HOG -> y = softmax(W.X + b).

Each runs in a separate process: `naive` keeps everything in memory, `ours` streams.
"""

import sys
from pathlib import Path

import numpy as np

EPOCHS, CLASSES, BATCH = 3, 10, 64


def samples(folder):
    """Texts (on disk), image paths and labels of a folder written by `prepare`."""
    from mm_keras.datasets import TextFile

    texts = TextFile(Path(folder) / "texts")
    paths = [f"{folder}/{number:06d}.jpg" for number in range(len(texts))]
    return texts, paths, np.arange(len(texts)) % CLASSES


def prepare(folder, count, side=256):
    """Write `count` texts and JPEG files of `side` pixels (500 distinct ones, the others links)."""
    from mm_keras.datasets import TextFile
    from tests.benchmarks._samples import reports, write_photos

    write_photos(folder, count, side=side, distinct=500)
    TextFile.write(Path(folder) / "texts", reports(count))


def ours(folder, workers=None):
    import mm_keras as mm

    texts, paths, labels = samples(folder)
    features = mm.Features(text=mm.text.TFIDF(), image=mm.image.HOG(), workers=workers)
    stream = features.fit_stream(
        {"text": texts, "image": paths}, f"{folder}/features", labels, batch_size=BATCH
    )
    model = mm.fusion.feature_level_model(
        features.shapes, CLASSES, operator="concat", head="linear"
    )
    train(model, stream, steps_per_execution=50)  # batches per call of TensorFlow


def naive(folder):
    from skimage.color import rgb2gray
    from skimage.feature import hog
    from skimage.io import imread
    from skimage.transform import resize
    from sklearn.feature_extraction.text import TfidfVectorizer

    texts, paths, labels = samples(folder)
    images = [imread(path) for path in paths]
    images = [resize(rgb2gray(image), (64, 64), anti_aliasing=True) for image in images]
    shapes = np.array([hog(image) for image in images])
    words = TfidfVectorizer().fit_transform(list(texts)).toarray()
    both = np.hstack([words, shapes])
    import keras

    model = keras.Sequential(
        [keras.Input((both.shape[1],)), keras.layers.Dense(CLASSES, activation="softmax")]
    )
    train(model, both, labels, batch_size=BATCH)


def train(model, *samples, steps_per_execution=1, **options):
    model.compile(
        optimizer="adam",
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
        steps_per_execution=steps_per_execution,
    )
    history = model.fit(*samples, epochs=EPOCHS, verbose=0, **options).history
    print(history["loss"])


if __name__ == "__main__":
    {"ours": ours, "naive": naive, "prepare": prepare}[sys.argv[1]](
        sys.argv[2], *map(int, sys.argv[3:])
    )

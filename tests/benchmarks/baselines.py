"""`mm.train` against what a user would try first: test errors per set and seed, less is better.

The references are each modality alone, feature-level concatenation and the product rule with our
heads, and scikit-learn's logistic regression on words, on character n-grams, on either next to HOG
and a color histogram, and the mean of two such models. The bound is for the mean over three seeds:
`train` may be at most 0.01 worse than the reference that is best on that set, which is only known
from the test samples, and on average over the sets not worse at all. The last column has the CPU
seconds of `train`. With --full: all sets and three seeds.
"""

import time

import numpy as np

import mm_keras as mm
from mm_keras.datasets import load_glyphs, load_pairs, make_newsroom
from mm_keras.datasets.splits import train_and_test
from tests.benchmarks._measure import ROOT, Row

REAL = ROOT.parent / "shared" / "data"  # real sets beside the project, where there are any
MAX_LOSS = 0.01
LEAST_ERROR = 1e-9  # in place of none at all, for the ratio of two errors
NETWORKS = {  # name -> (level, operator, head)
    "text alone, linear": ("text", None, "linear"),
    "text alone, dense": ("text", None, "dense"),
    "image alone, linear": ("image", None, "linear"),
    "image alone, dense": ("image", None, "dense"),
    "feature concat, linear": ("feature", "concat", "linear"),
    "feature concat, dense": ("feature", "concat", "dense"),
    "feature concat, cnn": ("feature", "concat", "cnn"),
    "decision product, dense": ("decision", "product", "dense"),
}


def sets(full=True):
    """dict, name -> function, seed -> (train, test)."""
    loaders = {"glyphs": lambda seed: load_glyphs().split(0.25, seed)}
    if not full:
        return loaders
    loaders["newsroom"] = lambda seed: make_newsroom(2400, seed=seed).split(0.25, seed)
    if (REAL / "emoji_noto").is_dir():
        loaders["emoji_noto, name_en"] = lambda seed: load_pairs(
            REAL / "emoji_noto", text="name_en"
        ).split(0.25, seed)
    if (REAL / "openstax_figures").is_dir():
        for text in ("caption", "text"):
            loaders[f"openstax_figures, {text}"] = lambda seed, text=text: train_and_test(
                load_pairs(REAL / "openstax_figures", text=text)  # its own split, by chapter
            )
    return loaders


def references(train, test, seed):
    """Yield (name, accuracy) of every reference."""
    yield from sklearn_references(train, test)
    yield from network_references(train, test, seed)


def sklearn_references(train, test):
    """Logistic regression with C = 1 and C = 10 on TF-IDF, image features, and both."""
    from scipy.sparse import csr_matrix, hstack
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    from mm_keras.training import default_features

    vectorizers = {
        "words": TfidfVectorizer(sublinear_tf=True, min_df=2),
        "characters": TfidfVectorizer(
            sublinear_tf=True, min_df=2, analyzer="char_wb", ngram_range=(2, 5), max_features=50_000
        ),
    }
    texts = [[text or "" for text in part["text"]] for part in (train, test)]
    blocks = {
        name: (vectorizer.fit_transform(texts[0]), vectorizer.transform(texts[1]))
        for name, vectorizer in vectorizers.items()
    }
    features = default_features(train, "feature", "dense", ["image"])
    images = features.fit_transform(train)["image"], features.transform(test)["image"]
    scaler = StandardScaler().fit(images[0])
    image = [
        csr_matrix(scaler.transform(block) / np.sqrt(block.shape[1])).astype(np.float32)
        for block in images
    ]
    blocks["image"] = tuple(image)
    for name in vectorizers:
        blocks[f"{name} + image"] = tuple(
            hstack(pair).tocsr() for pair in zip(blocks[name], blocks["image"])
        )
    for C in (1.0, 10.0):
        probabilities = {}
        for name, (rows, unseen) in blocks.items():
            model = LogisticRegression(C=C, max_iter=500, tol=1e-3).fit(rows, train.labels)
            full = np.zeros((len(test), train.num_classes))
            full[:, model.classes_] = model.predict_proba(unseen)
            probabilities[name] = full
        for name in vectorizers:
            probabilities[f"mean of {name} and image"] = (
                probabilities[name] + probabilities["image"]
            )
        for name, p in probabilities.items():
            yield f"scikit-learn, {name}, C = {C:g}", accuracy(p, test)


def network_references(train, test, seed):
    from mm_keras.training import train_cell

    for name, cell in NETWORKS.items():
        trained = train_cell(train, *cell, seed=seed)
        yield name, accuracy(trained.classifier.predict_proba(test), test)


def accuracy(probabilities, test):
    return float((probabilities.argmax(axis=1) == test.labels).mean())


def error_of(accuracy):
    return max(1 - accuracy, LEAST_ERROR)


def rows(full):
    averages = []
    for name, load in sets(full).items():
        ours, others = [], {}
        for seed in range(3 if full else 1):
            train, test = load(seed)
            start = time.process_time()
            error = error_of(mm.train(train, test, seed=seed, progress=False).test["accuracy"])
            used = f"{time.process_time() - start:.0f} s of CPU"
            ours.append(error)
            for reference, right in references(train, test, seed):
                theirs = error_of(right)
                others.setdefault(reference, []).append(theirs)
                yield Row(f"{name}, seed {seed}", error, reference, theirs, memory=used, unit="")
        means = {reference: float(np.mean(errors)) for reference, errors in others.items()}
        best = min(means, key=means.get)
        averages.append((float(np.mean(ours)), means[best]))
        yield Row(
            f"{name}, mean over seeds",
            averages[-1][0],
            f"best: {best}",
            means[best],
            means[best] / (means[best] + MAX_LOSS),
            unit="",
        )
    ours, best = np.mean(averages, axis=0)
    yield Row(
        "average over sets", float(ours), "best reference of each set", float(best), 1, unit=""
    )

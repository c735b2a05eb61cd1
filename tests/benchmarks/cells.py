"""Why some cells of mm_keras/MEASURED.md stay low: test accuracy by default and with one change.

One seed, with --full three, of the table's data: 3,000 generated samples, at most 40 epochs. Here
more is better.
"""

import functools
from unittest.mock import patch

import keras
import numpy as np
from keras import layers
from sklearn.decomposition import TruncatedSVD
from sklearn.pipeline import make_pipeline

from mm_keras import Features, fusion
from mm_keras.cli import table
from mm_keras.fusion.operators import concat, film
from mm_keras.heads import HEADS
from mm_keras.heads.training_defaults import TrainingDefaults
from mm_keras.text import TFIDF, TextPlane
from mm_keras.training.feature_kinds import default_features
from mm_keras.training.fit import DATA_PATIENCE, PATIENCE, fit, head_options, targets_of
from mm_keras.training.networks import build_network
from tests.benchmarks._measure import Row

SAMPLES, EPOCHS = 3000, 40
train_and_test = functools.cache(table.train_and_test_of)


def text_also_repeated(arrays, project=None):
    """[t; gamma(t) * v + beta(t)]: the modulated image and the text beside it."""
    return concat({**arrays, "image": film(arrays)})


text_also_repeated.reads = film.reads


def bare_attention(arrays, project=None):
    """p_i = x_i: one attention head on the cells, without projection or position embedding."""
    (text, image), width = arrays.values(), 64
    cells = layers.Reshape((-1, image.shape[-1]))(image)
    query = layers.Reshape((1, width))(layers.Dense(width)(text))
    attended = layers.AdditiveAttention()([query, cells, layers.Dense(width)(cells)])
    return layers.Concatenate()([text, layers.Flatten()(attended)])


bare_attention.reads = "positions"


def with_text(extractor):
    """The default image features with another extractor for texts."""

    def features(train, *cell):
        return Features(text=extractor, image=default(train, *cell).extractors["image"])

    return features


def default(train, level, operator, head):
    return default_features(
        train, "data" if level == "data" else "feature", head, operator=operator
    )


def feature_level(operator, head, **options):
    def build(shapes, data):
        return fusion.feature_level_model(
            shapes, data.num_classes, operator, head, **options, **head_options(head, len(data))
        )

    return build


def raw_canvas(shapes, data):
    """The cnn gets the canvas with values from 0 to 1."""
    with patch.object(layers, "Rescaling", lambda *_, **__: layers.Identity()):
        return fusion.data_level_model(shapes, data.num_classes, "concat", "cnn")


def negative(arrays):
    return {**arrays, "image": 1 - arrays["image"]}


TOPICS = with_text(TextPlane((4, 24), encoding="topics"))
MORE = {"samples": 3 * SAMPLES}
CASES = [  # dataset, level, operator, head, {other choice: options of `accuracy`}
    (
        "match",
        "feature",
        "concat",
        "cnn",
        {
            "Adam(0.001)": {"training": TrainingDefaults("Adam", 0.001, 40, 0.15)},
            "patience 15": {"patience": 15},
            "three times the samples": MORE,
        },
    ),
    (
        "newsroom",
        "feature",
        "concat",
        "rnn",
        {
            "Adam(0.001), patience 15": {
                "training": TrainingDefaults("Adam", 0.001, 40, 0.15),
                "patience": 15,
            },
            "dropout 0.3": {"build": feature_level("concat", "rnn", dropout=0.3)},
            "24 topics of the text": {
                "features": with_text(
                    make_pipeline(TFIDF(min_df=2), TruncatedSVD(24, random_state=0))
                )
            },
            "three times the samples": MORE,
        },
    ),
    (
        "newsroom",
        "image",
        None,
        "linear",
        {
            "15% held out to choose the epoch": {
                "training": TrainingDefaults("Adam", 0.005, 40, 0.15)
            }
        },
    ),
    *(
        (
            name,
            "feature",
            "attention",
            head,
            {"one head on bare cells": {"build": feature_level(bare_attention, head)}},
        )
        for name in ("newsroom", "match")
        for head in ("linear", "dense")
    ),
    (
        "glyphs",
        "feature",
        "outer",
        "linear",
        {
            "15% held out to choose the epoch": {
                "training": TrainingDefaults("Adam", 0.005, 40, 0.15)
            },
            "Adam(0.001)": {"training": TrainingDefaults("Adam", 0.001, 40, 0.0)},
        },
    ),
    (
        "glyphs",
        "feature",
        "film",
        "cnn",
        {"the text also beside the image": {"build": feature_level(text_also_repeated, "cnn")}},
    ),
    (
        "match",
        "feature",
        "film",
        "cnn",
        {"the text also beside the image": {"build": feature_level(text_also_repeated, "cnn")}},
    ),
    (
        "glyphs",
        "feature",
        "concat",
        "cnn",
        {"Adam(0.001)": {"training": TrainingDefaults("Adam", 0.001, 40, 0.15)}},
    ),
    *(
        (
            name,
            "data",
            "concat",
            "cnn",
            {
                "a canvas from 0 to 1, not -2 to 2": {"build": raw_canvas},
                "topics of the text, not words": {"features": TOPICS},
            },
        )
        for name in ("newsroom", "match", "glyphs")
    ),
    ("match", "data", "concat", "cnn", {"patience 8, not 20": {"patience": 8}}),
    (
        "glyphs",
        "data",
        "product",
        "cnn",
        {"images in negative: white ground": {"change": negative}},
    ),
]


def rows(full):
    seeds = range(3 if full else 1)
    for name, level, operator, head, others in CASES:
        cell = name, level, operator, head
        ours = np.mean([accuracy(*cell, seed) for seed in seeds])
        for what, options in others.items():
            other = np.mean([accuracy(*cell, seed, **options) for seed in seeds])
            yield Row(f"accuracy, {' '.join(filter(None, cell))}", ours, what, other, unit="")


def accuracy(
    name,
    level,
    operator,
    head,
    seed,
    features=default,
    change=None,
    build=None,
    patience=None,
    training=None,
    samples=SAMPLES,
):
    """Test accuracy of a cell with the default choices, except for those given."""
    train, test = train_and_test(name, seed, samples)
    with patch.object(HEADS[head], "training", training or HEADS[head].training):
        features = features(train, level, operator, head)
        arrays, unseen = (
            change(part) if change else part
            for part in (features.fit_transform(train), features.transform(test))
        )
        keras.utils.set_random_seed(seed)
        model = (
            build(features.shapes, train)
            if build
            else build_network(features.shapes, train, level, operator, head)
        )
        fit(
            model,
            {key: arrays[key] for key in model.input},
            targets_of(train),
            head,
            epochs=EPOCHS,
            seed=seed,
            patience=patience or (DATA_PATIENCE if level == "data" else PATIENCE),
        )
    return (
        model.predict({key: unseen[key] for key in model.input}, verbose=0).argmax(axis=1)
        == test.labels
    ).mean()

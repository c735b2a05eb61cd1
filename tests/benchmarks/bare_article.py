"""The trainings of `python -m mm_keras` in bare Keras, scikit-learn and scikit-image.

Text alone, image alone, the three levels, and scikit-learn's logistic regression; no figures, and
nothing is saved. Only the generated data come from mm_keras. Run
`python -m tests.benchmarks.bare_article [EPOCHS]`: the maximum number of epochs, as with --epochs.
"""

import sys

import keras
import numpy as np
from keras import layers
from scipy.optimize import minimize_scalar
from scipy.special import logsumexp, softmax
from skimage.feature import hog
from skimage.transform import resize
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from mm_keras.datasets import make_newsroom

PATIENCE, TOLERANCE = 5, 0.002  # as in the command
EPOCHS, LINEAR_EPOCHS = 40, 100
WORDS = r"[0-9A-Za-z_]+(?:'[0-9A-Za-z_]+)*"


def block_scaled(train, test, center=True):
    mean = train.mean(axis=tuple(range(train.ndim - 1))) if center else 0
    scale = np.sqrt(train.reshape(-1, train.shape[-1]).var(axis=0).sum() / 25)
    return (train - mean) / scale, (test - mean) / scale


def all_hog(images, cells_per_block):
    grids = np.stack(
        [hog(image, cells_per_block=cells_per_block, feature_vector=False) for image in images]
    )
    return grids.reshape(*grids.shape[:3], -1).astype("float32")


def planes(train, test):
    """Text as a strip of 8 x 24 pixels, images as 24 x 24."""
    counter = TfidfVectorizer(token_pattern=WORDS, max_features=192, norm=None)
    strips = [counter.fit_transform(train["text"]), counter.transform(test["text"])]
    strips = [part.toarray().astype("float32") for part in strips]
    strips = [part / np.maximum(part.max(axis=1, keepdims=True), 1e-9) for part in strips]
    strips = [
        np.pad(part, ((0, 0), (0, 192 - part.shape[1]))).reshape(-1, 8, 24, 1) for part in strips
    ]
    small = [
        np.stack([resize(image, (24, 24), anti_aliasing=True) for image in part["image"]])[
            ..., None
        ].astype("float32")
        for part in (train, test)
    ]
    return [4 * np.concatenate([image, strip], axis=1) - 2 for image, strip in zip(small, strips)]


def cnn(tensor, num_classes):
    tensor = layers.Conv2D(64, 3, activation="relu")(
        layers.Conv2D(32, 3, activation="relu")(tensor)
    )
    tensor = layers.Flatten()(layers.Dropout(0.25)(layers.MaxPooling2D()(tensor)))
    tensor = layers.Dropout(0.5)(layers.Dense(128, activation="relu")(tensor))
    return layers.Dense(num_classes, activation="softmax")(tensor)


def feature_level(num_words, grid, num_classes):
    """Inputs and output: the text, projected to 32 values, joins the channels of every cell."""
    text, image = keras.Input((num_words,)), keras.Input(grid)
    repeated = layers.UpSampling2D(grid[:2])(layers.Reshape((1, 1, 32))(layers.Dense(32)(text)))
    return [text, image], cnn(layers.Concatenate()([repeated, image]), num_classes)


def hold_out(num_samples, share):
    """Indices that are held out, and the others."""
    return np.split(np.random.default_rng(0).permutation(num_samples), [int(share * num_samples)])


def linear(parts, targets, epochs):
    """y = softmax(W.X + b) on the concatenation of the parts, trained until the loss stays."""
    inputs = [keras.Input(part.shape[1:]) for part in parts]
    together = layers.Concatenate()(inputs) if len(inputs) > 1 else inputs[0]
    output = layers.Dense(
        targets.shape[1], "softmax", kernel_regularizer=keras.regularizers.L2(0.5 / len(targets))
    )(together)
    optimizer = keras.optimizers.Adam(0.005)
    return trained(inputs, output, optimizer, parts, targets, epochs or LINEAR_EPOCHS, 0)


def trained(inputs, outputs, optimizer, train, targets, epochs, held_out, patience=8):
    model = keras.Model(inputs, outputs)
    model.compile(optimizer, "categorical_crossentropy", metrics=["accuracy"])
    held, kept = hold_out(len(targets), held_out)
    train = train if isinstance(train, list) else [train]
    options = {"callbacks": [keras.callbacks.EarlyStopping("loss", TOLERANCE, patience=5)]}
    if held_out:
        options = {
            "validation_data": ([part[held] for part in train], targets[held]),
            "callbacks": [
                keras.callbacks.EarlyStopping(
                    "val_loss", patience=patience, restore_best_weights=True
                )
            ],
        }
    model.fit(
        [part[kept] for part in train],
        targets[kept],
        epochs=epochs or EPOCHS,
        batch_size=64,
        verbose=0,
        **options,
    )
    return model


def calibrated(model, held, labels, test):
    """Probabilities of the test samples, at the temperature fitted on the held-out samples."""
    log_p = np.log(np.maximum(model.predict(held, verbose=0), 1e-7))

    def loss(log_temperature):
        scores = log_p / np.exp(log_temperature)
        return (logsumexp(scores, axis=1) - scores[np.arange(len(labels)), labels]).mean()

    temperature = np.exp(minimize_scalar(loss, bounds=(-3, 3), method="bounded").x)
    return softmax(np.log(np.maximum(model.predict(test, verbose=0), 1e-7)) / temperature, axis=1)


def main(epochs=None):
    keras.utils.set_random_seed(0)
    train, test = make_newsroom(seed=0).split(0.25, 0, shuffle=False)
    num_classes = train.num_classes
    targets = np.eye(num_classes, dtype="float32")[train.labels]
    tfidf = TfidfVectorizer(
        token_pattern=WORDS, sublinear_tf=True, min_df=2, max_features=20_000, dtype=np.float32
    )
    texts = block_scaled(
        tfidf.fit_transform(train["text"]).toarray(),
        tfidf.transform(test["text"]).toarray(),
        center=False,
    )
    grids = block_scaled(*(all_hog(part["image"], (1, 1)) for part in (train, test)))

    vectors = block_scaled(
        *(all_hog(part["image"], (2, 2)).reshape(len(part), -1) for part in (train, test))
    )

    held, kept = hold_out(len(train), 0.15)
    text_model = linear([texts[0]], targets, epochs)
    text_model_on_kept = linear([texts[0][kept]], targets[kept], epochs)
    linear_model = linear([texts[0], vectors[0]], targets, epochs)
    image = keras.Input(grids[0].shape[1:])
    image_model = trained(
        [image],
        cnn(image, num_classes),
        keras.optimizers.Adadelta(1.0),
        grids[0],
        targets,
        epochs,
        0.15,
        PATIENCE,
    )
    feature_model = trained(
        *feature_level(texts[0].shape[1], grids[0].shape[1:], num_classes),
        keras.optimizers.Adadelta(1.0),
        [texts[0], grids[0]],
        targets,
        epochs,
        0.15,
        PATIENCE,
    )
    train_planes, test_planes = planes(train, test)
    plane = keras.Input(train_planes.shape[1:])
    data_model = trained(
        [plane],
        cnn(plane, num_classes),
        keras.optimizers.Adadelta(1.0),
        train_planes,
        targets,
        epochs,
        0.15,
        PATIENCE,
    )

    answers = {
        "text alone": text_model.predict(texts[1], verbose=0),
        "image alone": image_model.predict(grids[1], verbose=0),
        "data level": data_model.predict(test_planes, verbose=0),
        "feature level": feature_model.predict([texts[1], grids[1]], verbose=0),
        "feature level, linear": linear_model.predict([texts[1], vectors[1]], verbose=0),
    }
    answers["decision level"] = np.prod(
        [
            calibrated(model, part[0][held], train.labels[held], part[1])
            for model, part in ((text_model_on_kept, texts), (image_model, grids))
        ],
        axis=0,
    ) / targets.mean(axis=0)
    for name, parts in (
        ("text", [texts]),
        ("image", [vectors]),
        ("concatenated", [texts, vectors]),
    ):
        model = LogisticRegression(max_iter=200, tol=1e-3).fit(
            np.hstack([part[0] for part in parts]), train.labels
        )
        answers[f"scikit-learn, {name}"] = model.predict_proba(
            np.hstack([part[1] for part in parts])
        )
    for name, p in answers.items():
        print(f"{name:28} {(p.argmax(axis=1) == test.labels).mean():.3f}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))

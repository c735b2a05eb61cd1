"""The tutorial article in one script: preprocess, extract, fuse, train, predict.

Read it from top to bottom. Run it from the project's folder with `python -m notebooks.the_article`;
it takes half a minute on two cores. Steps 1 and 2 are scikit-learn, steps 3 to 5 are Keras.
`python -m mm_keras` does the same, explains more, and trains each head with settings that suit it.
"""

import keras
import numpy as np
from sklearn.linear_model import LogisticRegression

import mm_keras as mm

keras.utils.set_random_seed(0)

# The data: 3,000 short news reports with an image and one of six labels, drawn by code. To use your
# own samples: mm.datasets.load_pairs("folder with pairs.csv and images").split(0.25, seed=0)
train, test = mm.datasets.make_newsroom(num_samples=3000, seed=0).split(test_size=0.25, seed=0)
num_classes = train.num_classes

# Step 1: preprocess. A text becomes lowercase words, an image becomes gray pixels of one size. The
# extractors of step 2 do this by themselves; here it is done once by hand.
print(train["text"][0], "->", mm.text.tokenize(train["text"][0]))
print("image:", mm.image.read_image(train["image"][0], size=(64, 64), gray=True).shape)

# Step 2: extract. TF-IDF weighs the words of a text; HOG measures, in every cell of an image, how
# strong the edges of each direction are. Both are scikit-learn transformers and learn from the
# training samples only. `Features` runs one per modality and scales both blocks alike.
tfidf, hog = mm.text.TFIDF(min_df=2, sublinear_tf=True), mm.image.HOG(cells_per_block=(2, 2))
features = mm.Features(text=tfidf, image=hog)
x_train, x_test = features.fit_transform(train), features.transform(test)
shapes = features.shapes
print("features:", shapes)


def select(model, arrays):
    """The arrays of the modalities that a model has as inputs."""
    return {name: arrays[name] for name in model.input}


def fit(model, arrays, epochs=30):
    """Step 4: train. The weights of the epoch with the lowest validation loss are kept."""
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    best = keras.callbacks.EarlyStopping("val_loss", patience=5, restore_best_weights=True)
    options = {"batch_size": 64, "validation_split": 0.2, "callbacks": [best], "verbose": 0}
    model.fit(select(model, arrays), train.labels, epochs=epochs, **options)
    return model


def accuracy(model, arrays):
    """Step 5: predict. The class with the highest probability is compared with the label."""
    probabilities = model.predict(select(model, arrays), verbose=0)
    return (probabilities.argmax(axis=1) == test.labels).mean()


# Step 3: fuse. At the feature level the feature vectors meet before the classifier. In plain Keras:
text, image = (keras.Input(shapes[name], name=name) for name in ("text", "image"))
fused = keras.layers.Concatenate()([text, image])
hidden = keras.layers.Dropout(0.5)(keras.layers.Dense(128, activation="relu")(fused))
outputs = keras.layers.Dense(num_classes, activation="softmax")(hidden)
by_hand = keras.Model({"text": text, "image": image}, outputs)
scores = {"feature level, by hand": accuracy(fit(by_hand, x_train), x_test)}

# The builder makes such models: the operator combines the vectors, the head classifies.
for operator in ("concat", "product"):
    model = mm.fusion.feature_level_model(shapes, num_classes, operator=operator, head="dense")
    scores[f"feature level, {operator}"] = accuracy(fit(model, x_train), x_test)

# The decision level: one model per modality, and a rule that combines their class probabilities.
models = {}
for name in ("text", "image"):
    model = mm.fusion.unimodal_model({name: shapes[name]}, num_classes, head="dense")
    models[name] = fit(model, x_train)
    scores[f"{name} alone"] = accuracy(model, x_test)
model = mm.fusion.decision_level_model(models, operator="product")
scores["decision level, product"] = accuracy(model, x_test)

# The data level: the words become a strip of pixels, and one CNN sees the strip and the image.
planes = mm.Features(text=mm.text.TextPlane((8, 24)), image=mm.image.Pixels(size=24))
canvas_train, canvas_test = planes.fit_transform(train), planes.transform(test)
model = mm.fusion.data_level_model(planes.shapes, num_classes, operator="concat", head="cnn")
scores["data level, concat"] = accuracy(fit(model, canvas_train, epochs=15), canvas_test)

# The baseline that every network should beat: logistic regression on the same features.
flat_train, flat_test = (np.hstack(list(arrays.values())) for arrays in (x_train, x_test))
linear = LogisticRegression(max_iter=200, tol=1e-3).fit(flat_train, train.labels)
scores["logistic regression"] = linear.score(flat_test, test.labels)

best = {name: round(test.info["truth"][name], 3) for name in ("text", "image", "both")}
print("Test accuracy, of at most", best)
for name, score in scores.items():
    print(f"  {name:26} {score:.3f}")

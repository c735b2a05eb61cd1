"""How each head is trained: optimizer, learning rate, epochs, what chooses the epoch, class weights."""

import numpy as np

# How each head is trained: optimizer, learning rate, epochs, and the share of the training samples that chooses the epoch.
# Adadelta(1.0) is the article's optimizer at the rate its Keras used; today's default 0.001 would barely move.
TRAINING = {
    "linear": ("Adam", 0.005, 100, 0.0),
    "dense": ("Adam", 0.001, 40, 0.15),
    "cnn": ("Adadelta", 1.0, 40, 0.15),
    "rnn": ("Adam", 0.003, 40, 0.15),
}
BATCH_SIZE = 64
PATIENCE = 8  # so many epochs without a lower held-out loss end the training; what needs a combination starts with a plateau,
DATA_PATIENCE = 20  # the longest at the data level, where the text is no more than a strip of pixels


def head_for(shape, head):
    """The head for one modality alone: a plain vector gets the linear head where a cnn or rnn was asked for."""
    return "linear" if head in ("cnn", "rnn") and len(shape) == 1 and not getattr(shape, "num_ids", None) else head


def head_options(head, num_samples):
    """The linear head is regularised as scikit-learn's LogisticRegression(C=1): l2 = 1 / (2 n)."""
    return {"l2": 0.5 / num_samples} if head == "linear" else {}


def compile_for(model, head, multi_label=False, learning_rate=None):
    """Compile a Keras model as `TRAINING` says for its head, or with another learning rate; returns the model."""
    import keras

    optimizer, rate, _, _ = TRAINING[head]
    model.compile(optimizer=getattr(keras.optimizers, optimizer)(learning_rate or rate),
                  loss="binary_crossentropy" if multi_label else "categorical_crossentropy",
                  metrics=["binary_accuracy" if multi_label else "accuracy"])
    return model


def fit(model, arrays, targets, head, multi_label=False, epochs=None, seed=0, name="", progress=None, balanced=False,
        learning_rate=None, validation=None, patience=PATIENCE):
    """Compile and fit a Keras model as `TRAINING` says for its head; returns the history (dict of lists).

    With a held-out share, the weights of the epoch with the lowest held-out loss are kept. `validation`: (arrays, targets)
    that choose the epoch in place of that share, or False for no choice: all epochs, on all samples.
    """
    import keras

    _, _, default_epochs, held_out = TRAINING[head]
    epochs = epochs or default_epochs
    compile_for(model, head, multi_label, learning_rate)
    callbacks = []
    train, held = hold_out(targets, held_out if validation is None else 0.0, seed)
    if len(held):
        validation = ({key: value[held] for key, value in arrays.items()}, targets[held])
    validation = validation or None
    if validation:
        callbacks.append(keras.callbacks.EarlyStopping("val_loss", patience=patience, restore_best_weights=True))
    if progress:
        callbacks.append(keras.callbacks.LambdaCallback(
            on_epoch_end=lambda epoch, logs: progress(name, epoch + 1, epochs, logs)))
    weights = class_weights(targets[train], multi_label) if balanced else None
    history = model.fit({key: value[train] for key, value in arrays.items()}, targets[train], epochs=epochs,
                        batch_size=BATCH_SIZE, validation_data=validation, callbacks=callbacks, class_weight=weights, verbose=0)
    return {key: [float(value) for value in values] for key, values in history.history.items()}


def patience_at(level):
    """Of the training of one network: epochs without a lower held-out loss."""
    return DATA_PATIENCE if level == "data" else PATIENCE


def one_hot(data):
    """Targets (n, classes) float32: one-hot rows for single labels, the 0/1 rows themselves for multi-label data."""
    if data.is_multi_label:
        return data.labels.astype(np.float32)
    return np.eye(data.num_classes, dtype=np.float32)[data.labels]


def hold_out(targets, share, seed):
    """Positions to train on, and positions held out to choose the epoch (none when there are too few samples)."""
    order = np.random.default_rng(seed).permutation(len(targets))
    num_held = int(len(targets) * share)
    return (order, order[:0]) if num_held < 10 else (np.sort(order[num_held:]), np.sort(order[:num_held]))


def class_weights(targets, multi_label=False):
    """Dict, class -> n / (K n_k) from one-hot rows, see `MultimodalData.class_weights`."""
    if multi_label:
        raise ValueError("balanced weighs classes that exclude each other. Received: multi-label data, of which every label is a "
                         "question of its own. Leave balanced out, or choose another threshold for each label.")
    counts = targets.sum(axis=0)
    return {k: len(targets) / ((counts > 0).sum() * count) for k, count in enumerate(counts) if count}

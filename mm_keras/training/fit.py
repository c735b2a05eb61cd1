"""Compilation and fitting of one network with the training defaults of its head."""

from contextlib import contextmanager
from math import ceil

import keras
import numpy as np
from scipy.special import entr

from mm_keras.heads.registry import HEADS
from mm_keras.heads.training_defaults import TrainingDefaults
from mm_keras.training.compiled import compiled_models, copy_state, structure_of
from mm_keras.utils.keras_tools import without_retracing_notes
from mm_keras.utils.labels import one_hot
from mm_keras.utils.shapes import num_ids_of

BATCH_SIZE = 64
# Early stopping: training ends after this number of epochs without a lower validation loss. Tasks
# that need a combination of modalities start with a plateau; it is longest at the data level, where
# the text is only a strip of pixels.
PATIENCE = 8
DATA_PATIENCE = 20
# Where many networks are trained in turn, they do not wait as long for the last improvement.
PATIENCE_AFTER_PLATEAU = 5
# At most so many batches run in one call of TensorFlow, which an interruption has to wait for.
BATCHES_PER_CALL = 50
VALIDATION_BATCH_SIZE = 512


class StopAfterPlateau(keras.callbacks.EarlyStopping):
    """Early stopping with another patience after the validation loss has left the plateau.

    On the plateau the network has learned no more than the frequencies of the classes: its loss is
    above 90% of `chance`, the cross-entropy of these frequencies.
    """

    def __init__(self, chance, patience, patience_after):
        super().__init__("val_loss", patience=patience, restore_best_weights=True)
        self.end_of_plateau = 0.9 * chance
        self.patience_after = patience_after

    def on_epoch_end(self, epoch, logs=None):
        if logs["val_loss"] < self.end_of_plateau:
            self.patience = self.patience_after
        super().on_epoch_end(epoch, logs)


def chance_loss(targets, multi_label=False):
    """The cross-entropy of the class frequencies: the lowest loss without looking at the inputs."""
    p = targets.mean(axis=0, dtype=float)
    if multi_label:
        return float((entr(p) + entr(1 - p)).mean())
    return float(entr(p).sum())


def head_for(shape, head):
    """The head for one modality alone: replaced by another if it cannot use a plain vector."""
    is_vector = len(shape) == 1 and not num_ids_of(shape)
    return getattr(HEADS.get(head, head), "on_vectors", head) if is_vector else head


def head_options(head, num_samples):
    """The options of a head for this number of samples, such as the l2 of the linear head."""
    return getattr(HEADS.get(head, head), "options_for", lambda num_samples: {})(num_samples)


def training_defaults(head):
    """The `TrainingDefaults` of a head; a function without any gets those of the dense head."""
    return getattr(HEADS.get(head, head), "training", TrainingDefaults())


def compile_for(
    model, head, multi_label=False, rate_factor=1.0, optimizer=None, learning_rate=None
):
    """Compile a Keras model with the optimizer of its head, and return the model.

    Args:
        model: keras.Model.
        head: str or function.
        multi_label: bool.
        rate_factor: float, by which the learning rate is multiplied.
        optimizer: str, the name of another Keras optimizer, e.g. "adam"; None for that of the head.
        learning_rate: float; None for that of the head, or the default of another optimizer.
    """
    model.compile(**_compile_options(head, multi_label, rate_factor, optimizer, learning_rate))
    return model


def _compile_options(head, multi_label, rate_factor=1.0, optimizer=None, learning_rate=None):
    return {
        "optimizer": _optimizer(training_defaults(head), optimizer, learning_rate, rate_factor),
        "loss": "binary_crossentropy" if multi_label else "categorical_crossentropy",
        "metrics": ["binary_accuracy" if multi_label else "accuracy"],
    }


@contextmanager
def compiled_for(model, head, multi_label, num_samples, batch_size=BATCH_SIZE, **options):
    """A model to `fit` in place of `model`, which has its weights afterwards.

    It is the model itself, compiled for its head. In `reusing_graphs` it may be another one of the
    same structure, whose graph is already traced; then an optimizer of the model itself has not
    been trained. Many batches run in one call of TensorFlow, which is quicker and gives the same
    results bit for bit; in `predict` it would take long to compile.

    Args:
        model, head, multi_label, **options: as for `compile_for`.
        num_samples, batch_size: int, of the training.
    """
    compile_for(model, head, multi_label, **options)
    models = compiled_models()
    structure = None if models is None else structure_of(model)
    if structure is not None:
        options = _compile_options(head, multi_label, **options)
        with models.like(model, structure, BATCHES_PER_CALL, **options) as compiled:
            yield compiled
            copy_state(compiled, model)
        return
    if keras.config.backend() == "tensorflow":
        model.steps_per_execution = min(BATCHES_PER_CALL, ceil(num_samples / batch_size))
    yield model
    if model.steps_per_execution > 1:
        model.steps_per_execution = 1
        model.make_train_function(force=True)
        model.make_test_function(force=True)


def _optimizer(defaults, name, learning_rate, rate_factor):
    own = getattr(keras.optimizers, defaults.optimizer)
    cls = own if name is None else type(keras.optimizers.get(name))
    if learning_rate is None:
        learning_rate = defaults.learning_rate if cls is own else float(cls().learning_rate)
    return cls(learning_rate * rate_factor)


def fit(
    model,
    arrays,
    targets,
    head,
    multi_label=False,
    epochs=None,
    seed=0,
    name="",
    progress=None,
    balanced=False,
    rate_factor=1.0,
    validation=None,
    patience=PATIENCE,
    patience_after_plateau=None,
    tolerance=None,
    optimizer=None,
    learning_rate=None,
    batch_size=None,
    callbacks=(),
):
    """Compile and fit a Keras model with the defaults of its head; returns the history.

    With a validation split, the weights of the epoch with the lowest validation loss are kept.

    Args:
        model: keras.Model.
        arrays, targets: the training samples.
        head: str or function.
        validation: (arrays, targets) to use instead of the validation split, or False for no
            validation: all epochs, on all samples.
        patience: int, training ends after so many epochs without a lower validation loss.
        patience_after_plateau: int, another patience from then on, see `StopAfterPlateau`; None for
            the same.
        tolerance: float, for heads without a validation split: training ends when the loss has
            fallen by less than this in five epochs; None for all epochs.
        optimizer, learning_rate: see `compile_for`.
        batch_size: int; None for 64.
        callbacks: sequence of further Keras callbacks.
    """
    defaults = training_defaults(head)
    epochs = epochs or defaults.epochs
    batch_size = batch_size or BATCH_SIZE
    train, held_out = hold_out(
        targets, defaults.validation_split if validation is None else 0.0, seed
    )
    callbacks = list(callbacks)
    if len(held_out):
        validation = ({key: value[held_out] for key, value in arrays.items()}, targets[held_out])
    if validation:
        validation = validation_data(*validation)
        chance = chance_loss(targets[train], multi_label)
        callbacks.append(StopAfterPlateau(chance, patience, patience_after_plateau or patience))
    elif tolerance:
        callbacks.append(keras.callbacks.EarlyStopping("loss", tolerance, patience=5))
    if progress:
        callbacks.append(
            keras.callbacks.LambdaCallback(
                on_epoch_end=lambda epoch, logs: progress(name, epoch + 1, epochs, logs)
            )
        )
    weights = class_weights(targets[train], multi_label) if balanced else None
    compiled = compiled_for(
        model,
        head,
        multi_label,
        len(train),
        batch_size,
        rate_factor=rate_factor,
        optimizer=optimizer,
        learning_rate=learning_rate,
    )
    with without_retracing_notes(), compiled as trained:
        history = trained.fit(
            **training_data(arrays, targets, batch_size, weights, train),
            epochs=epochs,
            validation_data=validation or None,
            callbacks=callbacks,
            verbose=0,
        )
    return {key: [float(value) for value in values] for key, values in history.history.items()}


def training_data(arrays, targets, batch_size=BATCH_SIZE, weights=None, rows=None):
    """Training samples as arguments of `Model.fit`, which trains exactly as on the arrays.

    With TensorFlow these are a `tf.data.Dataset` of the samples in the order in which Keras
    shuffles arrays: with a seed, the same one in all epochs. Keras itself gathers every batch anew,
    which for small networks takes longer than the training.

    Args:
        arrays: dict, name -> array (n, ...); targets: (n, classes), one-hot rows if there are
            weights.
        batch_size: int.
        weights: dict, class -> weight, or None.
        rows: int array, positions of the samples to train on; None for all.
    """
    rows = np.arange(len(targets)) if rows is None else rows
    is_tensorflow = keras.config.backend() == "tensorflow"
    rows = rows[_shuffled(len(rows))] if is_tensorflow else rows
    arrays, targets = {key: value[rows] for key, value in arrays.items()}, targets[rows]
    if not is_tensorflow:
        return {"x": arrays, "y": targets, "batch_size": batch_size, "class_weight": weights}
    samples = [arrays, targets]
    if weights is not None:
        weights = np.array([weights.get(k, 1) for k in range(targets.shape[1])], np.float32)
        samples.append(weights[targets.argmax(axis=1)])
    return {"x": _batches(samples, batch_size), "shuffle": False}


def _shuffled(num_samples):
    """The order in which Keras shuffles so many samples, which depends on the seed."""
    import tensorflow as tf

    orders = tf.data.Dataset.range(1).map(lambda _: tf.random.shuffle(tf.range(num_samples)))
    return next(orders.as_numpy_iterator())


def validation_data(arrays, targets):
    """Validation samples for Keras: a `tf.data.Dataset`; without TensorFlow the arrays themselves.

    Keras builds a new pipeline for arrays after every epoch, which takes longer than the
    evaluation of some hundred samples.
    """
    if keras.config.backend() != "tensorflow":
        return arrays, targets
    return _batches([arrays, targets], VALIDATION_BATCH_SIZE)


def _batches(samples, batch_size):
    """A `tf.data.Dataset`, without the optimizations that take longer than they save here."""
    import tensorflow as tf

    options = tf.data.Options()
    options.autotune.enabled = False
    options.experimental_optimization.apply_default_optimizations = False
    return (
        tf.data.Dataset.from_tensor_slices(tuple(samples)).batch(batch_size).with_options(options)
    )


def targets_of(data):
    """Targets (n, classes) float32: one-hot rows of single labels, 0/1 rows of multi-label data."""
    return one_hot(data.labels, data.num_classes)


def hold_out(targets, fraction, seed):
    """Indices of training samples and of held-out samples (none if fewer than 10)."""
    order = np.random.default_rng(seed).permutation(len(targets))
    num_held_out = int(len(targets) * fraction)
    if num_held_out < 10:
        return order, order[:0]
    return np.sort(order[num_held_out:]), np.sort(order[:num_held_out])


def class_weights(targets, multi_label=False):
    """Dict, class -> n / (K n_k), from one-hot rows; see `MultimodalData.class_weights`."""
    if multi_label:
        raise ValueError(
            "balanced=True needs mutually exclusive classes. Received: multi-label data, whose "
            "labels are independent. Omit balanced, or choose another threshold for each label."
        )
    counts = targets.sum(axis=0)
    return {
        k: len(targets) / ((counts > 0).sum() * count) for k, count in enumerate(counts) if count
    }

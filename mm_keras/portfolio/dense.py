"""Candidates with a dense head, on principal components."""

import keras
import numpy as np

from mm_keras.comparison.contenders.networks import predict_in_batches
from mm_keras.fusion.build import build
from mm_keras.fusion.decision.layers import Frozen
from mm_keras.portfolio.base import Candidate
from mm_keras.training.fit import (
    BATCH_SIZE,
    PATIENCE,
    compile_for,
    training_data,
    training_defaults,
    validation_data,
)
from mm_keras.utils.labels import one_hot
from mm_keras.utils.random_state import seeded

RATE_FACTOR = 3.0  # a dense head then needs a third of the epochs


class Dense(Candidate):
    """A multilayer perceptron on the principal components of one or several views.

    The number of epochs is the mean of the best ones of the folds.

    Args:
        operator: str, how several views are joined; None for one.
    """

    def __init__(self, name, level, views, operator=None):
        super().__init__(name, level, views)
        self.operator = operator
        self.model = None

    def evaluate(self, task):
        epochs = []

        def fit_and_predict(train, test):
            model, history = self._trained(task, train, validation=test)
            epochs.append(int(np.argmin(history["val_loss"])) + 1)
            return predict_in_batches(model, self._inputs(test))

        oof = task.out_of_fold(self.present, fit_and_predict)
        if not epochs:
            raise ValueError("All samples that it can use are in one fold.")
        self._score(task, oof, epochs=max(round(np.mean(epochs)), 1))

    def _refit(self, task):
        train = np.flatnonzero(self.present)
        self._trained(task, train, epochs=self.chosen["epochs"])

    def network(self, columns):
        inputs = {}
        for view, tensor in zip(self.views, columns):
            projection = view.scaled(view.dense_projection)
            dense = keras.layers.Dense(projection.shape[1], use_bias=False)
            inputs[view.modality] = dense(tensor)
            dense.set_weights([projection])
        network = keras.Model(self.model.input, self.model.output)  # without its optimizer
        return Frozen(network)(inputs)

    def _inputs(self, rows):
        return {view.modality: view.dense_rows[rows] for view in self.views}

    def _trained(self, task, train, validation=None, epochs=None):
        targets = one_hot(task.labels, task.num_classes)
        options = {"epochs": epochs}
        if validation is not None:
            stop = keras.callbacks.EarlyStopping(
                "val_loss", patience=PATIENCE, restore_best_weights=True
            )
            options = {
                "epochs": training_defaults("dense").epochs,
                "validation_data": validation_data(self._inputs(validation), targets[validation]),
                "callbacks": [stop],
            }
        with seeded(task.seed, keep_compiled=True):
            model = self._new_model(task)
            samples = training_data(self._inputs(slice(None)), targets, BATCH_SIZE, rows=train)
            history = model.fit(**samples, verbose=0, **options)
        return model, history.history

    def _new_model(self, task):
        """The untrained model; all folds use the same one, which the backend compiles once."""
        if self.model is None:
            shapes = {view.modality: (view.dense_rows.shape[1],) for view in self.views}
            model = build(self.level, shapes, task.num_classes, self.operator, "dense")
            self.model = compile_for(model, "dense", rate_factor=RATE_FACTOR)
            model.optimizer.build(model.trainable_variables)
            self.variables = [*model.variables, *model.optimizer.variables]
            self.initial = [
                keras.ops.convert_to_numpy(variable.value) for variable in self.variables
            ]
        for variable, value in zip(self.variables, self.initial):
            variable.assign(value)
        return self.model

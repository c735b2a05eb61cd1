"""The chosen candidates as one ordinary Classifier."""

import keras

from mm_keras.classifier import Classifier
from mm_keras.fusion.inputs import make_inputs
from mm_keras.portfolio.base import fused
from mm_keras.portfolio.blocks import features_of


def classifier_of(members, weights, task, class_names):
    """A Classifier that returns the weighted mean of the candidates' calibrated probabilities.

    It has the extractors that they need, and no others. Linear models become Dense layers with the
    weights that scikit-learn found.

    Args:
        members: list of Candidate, which are fitted on all training samples first.
        weights: sequence of float > 0, one per member.
        task: Task.
        class_names: sequence of str.
    """
    features, columns = features_of([view for member in members for view in member.views])
    inputs = make_inputs(features.shapes)
    flat = {
        name: tensor if len(tensor.shape) == 2 else keras.layers.Flatten()(tensor)
        for name, tensor in inputs.items()
    }

    def columns_of(view):
        ranges = [columns[view.modality, block.name] for block in view.blocks]
        start, stop = ranges[0][0], ranges[-1][1]
        tensor = flat[view.modality]
        return tensor if (start, stop) == (0, tensor.shape[1]) else tensor[:, start:stop]

    for member in members:
        member.refit(task)
    tensors = [(member, [columns_of(view) for view in member.views]) for member in members]
    outputs = fused(tensors, "weighted_mean", task.prior, [float(weight) for weight in weights])
    return Classifier(features, keras.Model(inputs, outputs, name="portfolio"), class_names)

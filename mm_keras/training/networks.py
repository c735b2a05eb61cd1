"""Training of one network on extracted arrays: one modality, the data or the feature level."""

from mm_keras.fusion.build import build
from mm_keras.training.fit import DATA_PATIENCE, PATIENCE, fit, head_for, head_options, targets_of
from mm_keras.utils.random_state import seeded


def train_network(shapes, arrays, data, level, operator, head, seed=0, built=None, **options):
    """Build and train one network.

    Args:
        shapes: dict, modality -> shape of one sample.
        arrays: dict, modality -> array (n, *shape).
        data: object with `labels`, `num_classes` and `is_multi_label`: MultimodalData, or a
            `TrainingSet` of a comparison.
        level: "data", "feature", or the name of a modality, for that modality alone.
        operator, head: see the builder of the level.
        seed: int, sets the weights, the order of batches and the held-out samples. The caller's
            random state does not change.
        built: function, called with the network before it is trained.
        **options: options of `fit`.

    Returns:
        (model, history), see `fit`.
    """
    head = head_for(shapes[level], head) if level in shapes else head
    with seeded(seed, keep_compiled=not (callable(operator) or callable(head))):
        model = build_network(shapes, data, level, operator, head)
        if built:
            built(model)
        history = fit(
            model,
            {name: arrays[name] for name in model.input},
            targets_of(data),
            head,
            data.is_multi_label,
            seed=seed,
            name=level,
            patience=DATA_PATIENCE if level == "data" else PATIENCE,
            **options,
        )
    return model, history


def build_network(shapes, data, level, operator, head):
    """The uncompiled network for this data, with the options of its head; see `train_network`."""
    head = head_for(shapes[level], head) if level in shapes else head
    return build(
        level,
        shapes,
        data.num_classes,
        operator,
        head,
        multi_label=data.is_multi_label,
        **head_options(head, len(data)),
    )

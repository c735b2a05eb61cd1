"""What several commands read: data by name or path, split for training and testing."""

from mm_keras.datasets.named import SYNTHETIC, load_named
from mm_keras.datasets.pairs.load import MODALITIES
from mm_keras.datasets.splits import train_and_test
from mm_keras.utils.messages import some_of

ROLES = (*MODALITIES, "label")


def columns_of(options):
    """The names of the columns that the options of a command give, dict, role -> name."""
    given = {role: getattr(options, f"{role}_column", None) for role in ROLES}
    return {role: name for role, name in given.items() if name is not None}


def load_train_and_test(options, console, num_train, num_test):
    """`(train, test)` with single labels, of the data that the options of a command name.

    `num_train` and `num_test` are the sizes of generated data.
    """
    data = load_named(
        options.data,
        scheme=options.scheme,
        seed=options.seed,
        num_samples=num_train + num_test,
        quoting=options.quoting,
        **columns_of(options),
    )
    if data.labels is None or data.is_multi_label:
        raise ValueError("This command needs data with one label per sample.")
    test_size = num_test if options.data in SYNTHETIC else 0.25
    train, test = train_and_test(data, test_size, seed=options.seed)
    console.step(
        "Data",
        f"{options.data}: {len(train):,} samples for training, {len(test):,} unseen for testing",
        f"{train.num_classes} classes: {some_of(train.class_names, 20)}",
    )
    return train, test

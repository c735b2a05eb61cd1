"""The `recognize` command: products by description and image, with controls."""

from pathlib import Path

from mm_keras import plots
from mm_keras.cli.choices import check_chosen, check_positions, optimizer_options, with_chosen
from mm_keras.cli.console import Console
from mm_keras.cli.inputs import load_train_and_test, require
from mm_keras.saving.folder import check_target

MODALITIES = ("text", "image")
NUM_TRAIN, NUM_TEST = 3000, 3000  # of generated data


def run(options):
    console = Console()
    check_target(Path(options.out) / "classifier")
    check_chosen(options)
    check_positions(options)
    train, test = load_train_and_test(options, console, NUM_TRAIN, NUM_TEST)
    require(train, MODALITIES, "recognize")
    console.start_keras()
    from mm_keras.cli.controls import Controls
    from mm_keras.training import default_features

    features = default_features(train, "feature", options.head, MODALITIES)
    features = with_chosen(features, options)
    settings = {"epochs": options.epochs, **optimizer_options(options)}
    controls = Controls(console, train, test, features, options.head, options.seed, **settings)
    controls.run()
    figure = plots.sample_grid(test, num_samples=8, seed=options.seed)
    controls.finish(options, {"samples.png": figure})

"""The `video` command: events in films and their sound, with controls."""

from pathlib import Path

from mm_keras import plots
from mm_keras.cli.console import Console
from mm_keras.cli.inputs import load_train_and_test
from mm_keras.saving.folder import check_target

HEAD = "rnn"  # reads steps in their order
NUM_TRAIN, NUM_TEST = 2500, 1500  # of generated data


def run(options):
    console = Console()
    check_target(Path(options.out) / "classifier")
    train, test = load_train_and_test(options, console, NUM_TRAIN, NUM_TEST)
    modalities = _modalities(train)
    console.start_keras()
    from mm_keras.cli.choices import optimizer_options
    from mm_keras.cli.controls import Controls
    from mm_keras.training import default_features

    features = default_features(train, "feature", HEAD, modalities)
    settings = {"epochs": options.epochs, **optimizer_options(options)}
    controls = Controls(console, train, test, features, HEAD, options.seed, **settings)
    controls.run(("concat", "product"))
    row = next(i for i, film in enumerate(test["video"]) if film is not None)
    figures = {"film.png": plots.film_strip(test["video"][row])}
    if "audio" in modalities and test["audio"][row] is not None:
        from mm_keras.audio import LogMel

        mel = LogMel(sample_rate=features.extractors["audio"].sample_rate)
        figures["sound.png"] = plots.spectrogram(mel.fit_transform([test["audio"][row]])[0])
    controls.finish(options, figures)


def _modalities(data):
    """The names of the two modalities: video, and audio or, without sounds, text."""
    others = [name for name in ("audio", "text") if name in data.modalities]
    if "video" not in data.modalities or not others:
        raise ValueError(
            "video needs films and their sounds, or films and texts such as captions. Received: "
            f"{', '.join(data.modalities)}."
        )
    return (others[0], "video")

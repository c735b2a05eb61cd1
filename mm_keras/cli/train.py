"""The `train` command: a strong baseline for any labeled data."""

from pathlib import Path

from mm_keras.cli.console import Console
from mm_keras.cli.inputs import load
from mm_keras.cli.results import finish
from mm_keras.portfolio.split import split
from mm_keras.saving.folder import check_target
from mm_keras.utils.messages import some_of
from mm_keras.utils.modality_labels import modality_label


def run(options):
    console = Console()
    check_target(Path(options.out) / "classifier")
    data = load(options)
    training, test = split(data, options.group, options.seed)
    console.step(
        "Data",
        f"{options.data}: {len(training):,} samples of "
        f"{', '.join(map(modality_label, data.modalities))} for training, "
        f"{len(test):,} unseen for testing",
        f"{data.num_classes} classes: {some_of(data.class_names, 20)}",
    )
    console.start_keras()
    from mm_keras.portfolio.train import train

    console.begin("Search")
    result = train(
        training,
        test,
        group=options.group,
        time_limit=options.time_limit,
        seed=options.seed,
        progress=console.line,
    )
    members = [f"{weight:.2f} {name}" for name, weight in result.members.items()]
    console.step("Chosen on the validation samples", *members)
    console.step("Test, with 95% confidence intervals", *result.test_lines())
    record = {
        "num_train": len(training),
        "rows": result.rows,
        "members": result.members,
        "test": result.test,
        "alone": result.alone,
        "notes": result.notes,
    }
    finish(console, options, test, record, {}, result.classifier, "predict")

"""The options of `train`."""

from mm_keras.cli.parser.options import (
    Help,
    add_data_options,
    add_extraction_options,
    add_seed,
    positive_number,
)


def add_train(commands):
    command = commands.add_parser(
        "train",
        help="train a strong baseline on your data: the best combination of a small portfolio",
        formatter_class=Help,
        description="Train a small portfolio of classifiers, cheap ones first: each modality "
        "alone, feature-level and decision-level fusion, linear models and dense networks. "
        "Combine the best by their scores on held-out training samples, test the result once, "
        "and save it. Ctrl-C ends the search and keeps the best so far. For data without images "
        "pass --image-column none, without texts --text-column none.",
    )
    add_data_options(command, roles=("text", "image", "audio", "video", "label"), rows=True)
    command.add_argument(
        "--group",
        metavar="COLUMN",
        help="keep samples with the same value in this column on one side of all splits",
    )
    command.add_argument(
        "--time-limit",
        type=positive_number,
        metavar="SECONDS",
        help="time limit of the search; the final fit of the chosen models takes extra time",
    )
    add_seed(command)
    command.add_argument(
        "--out", default="output/train", help="folder for results.json and the saved classifier"
    )
    add_extraction_options(command)

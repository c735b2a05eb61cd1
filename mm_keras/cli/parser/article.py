"""The options of `article` and `table`."""

from mm_keras.cli.parser.options import (
    Help,
    add_data_options,
    add_extraction_options,
    add_feature_options,
    add_training_options,
    positive,
)
from mm_keras.fusion.registry import LEVELS
from mm_keras.heads.registry import HEADS


def add_article(commands):
    command = commands.add_parser(
        "article",
        help="the article's example, step by step (the default)",
        formatter_class=Help,
        description="Run the article's example step by step: preprocess, extract, fuse, train, "
        "predict. Then compare text alone, image alone and the three levels.",
    )
    add_data_options(command)
    command.add_argument("--level", default="feature", choices=list(LEVELS), help="level of fusion")
    command.add_argument(
        "--operator",
        help="how the modalities are combined: concat (the default), product, outer, ...; "
        "at the decision level, a rule: product (the default there), mean, max, ...",
    )
    command.add_argument("--head", default="cnn", choices=list(HEADS), help="classifier on top")
    command.add_argument(
        "--balanced",
        action="store_true",
        help="weight the classes in training so that rare ones count as much as frequent ones",
    )
    command.add_argument(
        "--no-side-by-side",
        action="store_true",
        help="leave out the table of text alone, image alone and the three levels, which takes "
        "most of the time",
    )
    add_feature_options(command)
    add_training_options(command, "output", networks=True)


def add_table(commands):
    command = commands.add_parser(
        "table",
        help="train every level x operator x head and print the accuracies",
        description="Train every combination of level, operator and head and print the test "
        "accuracies. Results are stored one by one in OUT/table.jsonl, so an interrupted run "
        "resumes there.",
        formatter_class=Help,
    )
    command.add_argument(
        "--sets",
        nargs="+",
        default=["newsroom", "match", "glyphs"],
        choices=["newsroom", "match", "glyphs"],
        help="datasets (default: all)",
    )
    command.add_argument(
        "--heads",
        nargs="+",
        default=list(HEADS),
        choices=list(HEADS),
        help="classifiers on top (default: all)",
    )
    command.add_argument("--seeds", type=positive, default=3, help="number of seeds: 0, 1, ...")
    command.add_argument(
        "--samples",
        type=positive,
        default=3000,
        help="number of generated samples, a third of them for testing",
    )
    command.add_argument(
        "--epochs", type=positive, default=40, help="maximum number of epochs per network"
    )
    command.add_argument("--out", default="output/table", help="folder for the results")
    add_extraction_options(command)

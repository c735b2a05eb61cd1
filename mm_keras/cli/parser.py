"""The argument parser: one function per command, and the options that several commands share."""

import argparse

import mm_keras
from mm_keras.fusion.registry import LEVELS
from mm_keras.heads.registry import HEADS


class _Help(argparse.ArgumentDefaultsHelpFormatter):
    """Help that prints the defaults other than None and False."""

    def _get_help_string(self, action):
        if action.default is None or action.default is False:
            return action.help
        return super()._get_help_string(action)


def build_parser():
    parser = argparse.ArgumentParser(
        prog="python -m mm_keras",
        description=mm_keras.__doc__,
        epilog="Without a command, `article` runs: `python -m mm_keras --data glyphs` is the same "
        "as `python -m mm_keras article --data glyphs`.",
    )
    parser.add_argument("--version", action="version", version=f"mm_keras {mm_keras.__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_article(commands)
    _add_recognize(commands)
    _add_video(commands)
    _add_compare(commands)
    _add_predict(commands)
    _add_export(commands)
    _add_distribute(commands)
    _add_table(commands)
    return parser


def _add_article(commands):
    command = commands.add_parser(
        "article",
        help="the article's example, step by step (the default)",
        formatter_class=_Help,
        description="Run the article's example step by step: preprocess, extract, fuse, train, "
        "predict. Then compare text alone, image alone and the three levels.",
    )
    _add_data_options(command)
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
    _add_training_options(command, "output")


def _add_recognize(commands):
    command = commands.add_parser(
        "recognize",
        help="recognize products by description and image, with controls",
        formatter_class=_Help,
        description="Train each modality alone, decision-level and feature-level fusion, and test "
        "them; then test the fused model with the images, or the texts, of other samples.",
    )
    _add_data_options(command, "shop")
    command.add_argument("--head", default="dense", choices=list(HEADS), help="classifier on top")
    _add_training_options(command, "output/recognize")


def _add_video(commands):
    command = commands.add_parser(
        "video",
        help="recognize events in films and their sound, with controls",
        formatter_class=_Help,
        description="Train films alone, their sound alone and both together, and test them; then "
        "test the fused model with sounds or films of other samples, with films played backwards, "
        "and with their steps in random order. Without sounds, texts such as captions are used.",
    )
    roles = ("video", "audio", "text", "label")
    _add_data_options(command, "cinema", roles)
    _add_training_options(command, "output/video")


def _add_training_options(command, out):
    command.add_argument(
        "--epochs",
        type=_positive,
        help="maximum number of epochs per network (default: depends on the head)",
    )
    _add_seed(command)
    command.add_argument(
        "--out", default=out, help="folder for figures, results.json and the saved classifier"
    )
    _add_extraction_options(command)


def _add_seed(command):
    command.add_argument(
        "--seed", type=_seed, default=0, help="random seed; the same seed gives the same results"
    )


def _add_compare(commands):
    command = commands.add_parser(
        "compare",
        help="compare baselines on your data, with cross-validation and significance tests",
        formatter_class=_Help,
        description="Compare classifiers of each modality alone and of all together on the same "
        "folds, with confidence intervals and significance tests. Results are stored one by one "
        "in OUT, so an interrupted run resumes there. For data without images pass --image-column "
        "none, without texts --text-column none; sounds and films are read if there are columns "
        "audio and video.",
    )
    _add_data_options(command, roles=("text", "image", "audio", "video", "label"))
    command.add_argument(
        "--label-separator",
        metavar="SEPARATOR",
        help="PATH only: the label column holds several labels, separated by this: '|' for "
        "rain|wind",
    )
    command.add_argument(
        "--folds",
        type=_positive,
        default=5,
        help="number of folds of the stratified cross-validation",
    )
    command.add_argument(
        "--repeats",
        type=_positive,
        default=1,
        help="repetitions of the cross-validation, each with other folds",
    )
    command.add_argument(
        "--group",
        metavar="COLUMN",
        help="keep samples with the same value in this column in one fold; with --use-split, on "
        "one side of the inner validation split",
    )
    command.add_argument(
        "--use-split",
        action="store_true",
        help="use the split in the data's column `split` (train, val, test) instead of folds",
    )
    command.add_argument(
        "--group-duplicates",
        action="store_true",
        help="keep duplicates and near-duplicates of a text or image in one fold",
    )
    command.add_argument(
        "--contenders",
        nargs="+",
        metavar="NAME",
        help="names or patterns, e.g. text-logistic both-svm 'feature-*-cnn'",
    )
    command.add_argument(
        "--settings",
        type=_positive,
        default=3,
        help="number of settings tried for each contender, 1 to 3",
    )
    command.add_argument(
        "--quick",
        action="store_true",
        help="a first answer: at most 1,500 samples, few contenders, no tuning, no robustness",
    )
    command.add_argument(
        "--no-robustness",
        action="store_true",
        help="leave out corrupted inputs and learning curves",
    )
    command.add_argument(
        "--permute-labels",
        action="store_true",
        help="also repeat with shuffled labels, as a check that accuracies fall to chance",
    )
    _add_seed(command)
    command.add_argument(
        "--workers",
        type=int,
        help="number of worker processes, one core each; 0: compute in this process (default: one "
        "per core)",
    )
    command.add_argument(
        "--rerun",
        metavar="MANIFEST",
        help="repeat the run of this results.json and compare the results bit for bit; other "
        "options except --out and --workers are ignored",
    )
    command.add_argument(
        "--out",
        help="folder for the results (default: output/compare; with --rerun, the folder rerun "
        "beside MANIFEST)",
    )


def _add_data_options(command, default="newsroom", roles=("text", "image", "label")):
    command.add_argument(
        "--data",
        default=default,
        help="newsroom, shop or cinema (generated), glyphs (real, ships with matplotlib), or the "
        "PATH of your own folder with pairs.csv and files",
    )
    command.add_argument(
        "--scheme",
        default="news",
        help="how label and modalities of newsroom (news, redundant, unique, match, mixed, "
        "misleading) or cinema (news, match) are related",
    )
    for name in roles:
        command.add_argument(
            f"--{name}-column",
            default=name,
            metavar="NAME",
            help=f"PATH only: the column with the {name}",
        )
    _add_quoting(command, "PATH")


def _add_quoting(command, source):
    command.add_argument(
        "--quoting",
        default="auto",
        choices=["auto", "minimal", "none"],
        help=f"{source} only: minimal: quotes enclose cells; none: quotes are ordinary characters; "
        "auto: minimal, unless the file can only be read line by line",
    )


def _add_extraction_options(command):
    command.add_argument(
        "--workers",
        dest="extraction_workers",
        type=_workers,
        metavar="N",
        help="extract features in N processes (-1: one per core), or on the Dask cluster at this "
        "address",
    )
    command.add_argument(
        "--cache",
        metavar="FOLDER",
        help="store extracted features in FOLDER; a second run on the same data reads them",
    )


def _workers(text):
    return text if ":" in text else int(text)


def _add_model(command):
    command.add_argument("model", help="the folder of a saved classifier, e.g. output/classifier")
    command.add_argument(
        "--trusted",
        nargs="+",
        default=(),
        metavar="CLASS",
        help="classes other than those of this library and scikit-learn that the classifier may "
        "create, e.g. package.module:Class; their code runs",
    )


def _add_predict(commands):
    command = commands.add_parser(
        "predict",
        help="classify with a saved classifier",
        formatter_class=_Help,
        description="Classify one sample (--text, --image) or every row of a CSV file (--csv).",
    )
    _add_model(command)
    command.add_argument("--text", help="the text of one sample")
    command.add_argument("--image", help="the image file of one sample")
    command.add_argument("--audio", help="the sound file of one sample")
    command.add_argument("--video", help="the film of one sample, a file or a folder of images")
    command.add_argument(
        "--csv",
        help="a CSV file with columns text, image, audio, video (paths relative to the file), or a "
        "folder with pairs.csv",
    )
    for name in ("text", "image", "audio", "video"):
        command.add_argument(
            f"--{name}-column",
            metavar="NAME",
            help=f"--csv only: the column with the {name} (default: {name})",
        )
    _add_quoting(command, "--csv")
    command.add_argument(
        "--out", help="write the predictions to this CSV file instead of printing them"
    )
    command.add_argument(
        "--top", type=_positive, default=3, help="number of classes printed for one sample"
    )
    _add_extraction_options(command)


def _add_export(commands):
    command = commands.add_parser(
        "export",
        help="write a saved classifier as one model for other programs",
        formatter_class=_Help,
        description="Write a saved classifier as one model that takes raw texts and pixels: "
        "SavedModel, ONNX or a .keras file.",
    )
    _add_model(command)
    command.add_argument(
        "--format",
        default="savedmodel",
        choices=["savedmodel", "onnx", "keras"],
        help="file format",
    )
    command.add_argument(
        "--features",
        action="store_true",
        help="export the network alone, which takes extracted features instead of raw samples",
    )
    command.add_argument(
        "--out", help="where to write (default: MODEL.savedmodel, MODEL.onnx or MODEL.keras)"
    )


def _add_distribute(commands):
    command = commands.add_parser(
        "distribute",
        help="run a training script in several processes, on one machine or many",
        formatter_class=_Help,
        description="Run a script that trains with mm_keras.training.shard_batches(...) in several "
        "processes (JAX backend). The weights are those of training in one process.",
    )
    command.add_argument("script", help="a Python script")
    command.add_argument("arguments", nargs=argparse.REMAINDER, help="arguments for the script")
    command.add_argument(
        "--processes",
        type=_positive,
        default=2,
        help="number of processes on all machines together",
    )
    command.add_argument(
        "--index", type=int, help="several machines: index of the process on this one: 0, 1, ..."
    )
    command.add_argument("--address", help="several machines: HOST:PORT on which process 0 listens")


def _add_table(commands):
    command = commands.add_parser(
        "table",
        help="train every level x operator x head and print the accuracies",
        description="Train every combination of level, operator and head and print the test "
        "accuracies. Results are stored one by one in OUT/table.jsonl, so an interrupted run "
        "resumes there.",
        formatter_class=_Help,
    )
    command.add_argument(
        "--sets",
        nargs="+",
        default=["newsroom", "match", "glyphs"],
        choices=["newsroom", "match", "glyphs"],
        help="datasets",
    )
    command.add_argument(
        "--heads", nargs="+", default=list(HEADS), choices=list(HEADS), help="classifiers on top"
    )
    command.add_argument("--seeds", type=_positive, default=3, help="number of seeds: 0, 1, ...")
    command.add_argument(
        "--samples",
        type=_positive,
        default=3000,
        help="number of generated samples, a third of them for testing",
    )
    command.add_argument(
        "--epochs", type=_positive, default=40, help="maximum number of epochs per network"
    )
    command.add_argument("--out", default="output/table", help="folder for the results")
    _add_extraction_options(command)


def _seed(text):
    value = int(text)
    if not 0 <= value < 2**32:
        raise argparse.ArgumentTypeError(f"must be from 0 to {2**32 - 1}, not {value}")
    return value


def _positive(text):
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1, not {value}")
    return value

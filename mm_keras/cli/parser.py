"""What the commands of the command line understand: one function per command, and the options that several share."""

import argparse

import mm_keras
from mm_keras.fusion.registry import LEVELS
from mm_keras.heads.registry import HEADS


class _Help(argparse.ArgumentDefaultsHelpFormatter):
    """Help with defaults, where there is one."""

    def _get_help_string(self, action):
        return action.help if action.default in (None, False) else super()._get_help_string(action)


def build_parser():
    parser = argparse.ArgumentParser(
        prog="python -m mm_keras",
        description=mm_keras.__doc__,
        epilog="Without a command, `article` runs: python -m mm_keras --data glyphs is python -m mm_keras article --data glyphs.",
    )
    parser.add_argument("--version", action="version", version=f"mm_keras {mm_keras.__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_article(commands)
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
        description="The article's example, step by step: preprocess, extract, fuse, train, predict; then text alone, image "
        "alone and the three levels side by side.",
    )
    _add_data_options(command)
    command.add_argument(
        "--level", default="feature", choices=list(LEVELS), help="where the operator stands"
    )
    command.add_argument(
        "--operator",
        help="how the arrays meet: concat (the default), product, outer, ...; "
        "at the decision level also a rule: product (the default there), mean, max, ...",
    )
    command.add_argument("--head", default="cnn", choices=list(HEADS), help="what classifies")
    command.add_argument(
        "--epochs",
        type=_positive,
        help="at most so many epochs per network (default: the head's own number)",
    )
    command.add_argument(
        "--balanced",
        action="store_true",
        help="let rare classes count as much as frequent ones in training",
    )
    command.add_argument("--seed", type=_seed, default=0, help="same seed, same numbers")
    command.add_argument(
        "--out", default="output", help="folder for images, results.json and the saved classifier"
    )
    _add_extraction_options(command)


def _add_compare(commands):
    command = commands.add_parser(
        "compare",
        help="an honest comparison of baselines on your data",
        formatter_class=_Help,
        description="Compare classifiers of text alone, of images alone and of both, on the same folds, with intervals and tests. "
        "Results are stored one by one in OUT: a run that was stopped continues there. Data without images: "
        "--image-column none; without texts: --text-column none.",
    )
    _add_data_options(command)
    command.add_argument(
        "--label-separator",
        metavar="SIGN",
        help="PATH only: a sample may have several labels, e.g. rain|wind: '|'",
    )
    command.add_argument(
        "--folds", type=_positive, default=5, help="k of the stratified k-fold cross-validation"
    )
    command.add_argument(
        "--repeats", type=_positive, default=1, help="how many times, with other folds each time"
    )
    command.add_argument(
        "--group",
        metavar="COLUMN",
        help="samples with the same value in this column stay in one fold; "
        "with --use-split: on one side where the training samples are divided",
    )
    command.add_argument(
        "--use-split",
        action="store_true",
        help="one split, as the data's column `split` says (train, val, test)",
    )
    command.add_argument(
        "--group-duplicates",
        action="store_true",
        help="copies and near-copies of a text or image stay in one fold",
    )
    command.add_argument(
        "--contenders",
        nargs="+",
        metavar="NAME",
        help="names or patterns: text-logistic both-svm 'feature-*-cnn'",
    )
    command.add_argument(
        "--settings",
        type=_positive,
        default=3,
        help="settings that are tried for each contender, 1 to 3",
    )
    command.add_argument(
        "--quick",
        action="store_true",
        help="a first answer: 1,500 samples, few contenders, nothing tuned, no robustness",
    )
    command.add_argument(
        "--no-robustness", action="store_true", help="leave out spoilt samples and learning curves"
    )
    command.add_argument(
        "--permute-labels",
        action="store_true",
        help="also check that nothing can be learned from shuffled labels",
    )
    command.add_argument("--seed", type=_seed, default=0, help="same seed, same numbers")
    command.add_argument(
        "--workers",
        type=int,
        help="processes, one core each; 0: none (default: as many as there are cores)",
    )
    command.add_argument(
        "--rerun",
        metavar="MANIFEST",
        help="repeat the run of this results.json and compare bit for bit; "
        "only --out and --workers count besides",
    )
    command.add_argument(
        "--out",
        help="folder for the results (default: output/compare, with --rerun its folder/rerun)",
    )


def _add_data_options(command):
    command.add_argument(
        "--data",
        default="newsroom",
        help="newsroom (drawn by code), glyphs (real, comes with matplotlib), or the "
        "PATH of your own folder with pairs.csv and images",
    )
    command.add_argument(
        "--scheme",
        default="news",
        help="newsroom only: how label, text and image hang together "
        "(news, redundant, unique, match, mixed, misleading)",
    )
    for name in ("text", "image", "label"):
        command.add_argument(
            f"--{name}-column",
            default=name,
            metavar="NAME",
            help=f"PATH only: the column with the {name}",
        )


def _add_extraction_options(command):
    command.add_argument(
        "--workers",
        dest="extraction_workers",
        type=_workers,
        metavar="N",
        help="extract features in N processes (-1: one per core), or on the Dask cluster at this address",
    )
    command.add_argument(
        "--cache",
        metavar="FOLDER",
        help="keep extracted features there: a second run on the same data reads them",
    )


def _workers(text):
    return text if ":" in text else int(text)


def _add_predict(commands):
    command = commands.add_parser(
        "predict",
        help="classify with a saved classifier",
        description="Classify one sample (--text, --image), or every line of a CSV file (--csv).",
    )
    command.add_argument("model", help="the folder of a saved classifier, e.g. output/classifier")
    command.add_argument("--text", help="the text of one sample")
    command.add_argument("--image", help="the image file of one sample")
    command.add_argument(
        "--csv",
        help="a CSV file with columns text and / or image (paths relative to it), or a folder with pairs.csv",
    )
    for name in ("text", "image"):
        command.add_argument(
            f"--{name}-column",
            metavar="NAME",
            help=f"--csv only: the column with the {name}, if it is not {name}",
        )
    command.add_argument(
        "--out", help="write the predictions to this CSV file instead of printing them"
    )
    command.add_argument(
        "--top", type=_positive, default=3, help="how many classes to show for one sample"
    )
    _add_extraction_options(command)


def _add_export(commands):
    command = commands.add_parser(
        "export",
        help="write a saved classifier as one model for other programs",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        description="Write a saved classifier as one model that takes raw texts and pixels: SavedModel, ONNX "
        "or a .keras file.",
    )
    command.add_argument("model", help="the folder of a saved classifier, e.g. output/classifier")
    command.add_argument(
        "--format",
        default="savedmodel",
        choices=["savedmodel", "onnx", "keras"],
        help="which kind of file",
    )
    command.add_argument(
        "--features",
        action="store_true",
        help="the network alone: it takes extracted features, not raw samples",
    )
    command.add_argument(
        "--out",
        help="where to write (default: beside the classifier, MODEL.savedmodel, .onnx or .keras)",
    )


def _add_distribute(commands):
    command = commands.add_parser(
        "distribute",
        help="run a training script in several processes, on one machine or many",
        description="Run a script that trains with mm_keras.training.shard_batches(...) in several processes "
        "(JAX backend); the weights are those that one process would find.",
    )
    command.add_argument("script", help="a Python script")
    command.add_argument("arguments", nargs=argparse.REMAINDER, help="what the script gets")
    command.add_argument(
        "--processes",
        type=_positive,
        default=2,
        help="how many, on all machines together (default: 2)",
    )
    command.add_argument(
        "--index", type=int, help="several machines: which process runs here: 0, 1, ..."
    )
    command.add_argument("--address", help="several machines: HOST:PORT at which process 0 listens")


def _add_table(commands):
    command = commands.add_parser(
        "table",
        help="train every level x operator x head and print the accuracies",
        description="Train every cell of level x operator x head and print the test accuracies. Results are "
        "stored one by one in OUT/table.jsonl: a run that was stopped continues there.",
        formatter_class=_Help,
    )
    command.add_argument(
        "--sets",
        nargs="+",
        default=["newsroom", "match", "glyphs"],
        choices=["newsroom", "match", "glyphs"],
    )
    command.add_argument("--heads", nargs="+", default=list(HEADS), choices=list(HEADS))
    command.add_argument("--seeds", type=_positive, default=3, help="how many seeds: 0, 1, ...")
    command.add_argument(
        "--samples",
        type=_positive,
        default=3000,
        help="drawn samples, a third of them to test with",
    )
    command.add_argument(
        "--epochs", type=_positive, default=40, help="at most so many epochs per network"
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

"""The options of `compare`."""

from mm_keras.cli.parser.options import Help, add_data_options, add_seed, positive


def add_compare(commands):
    command = commands.add_parser(
        "compare",
        help="compare baselines on your data, with cross-validation and significance tests",
        formatter_class=Help,
        description="Compare classifiers of each modality alone and of all together on the same "
        "folds, with confidence intervals and significance tests. Results are stored one by one "
        "in OUT, so an interrupted run resumes there. For data without images pass --image-column "
        "none, without texts --text-column none; sounds and films are read if there are columns "
        "audio and video.",
    )
    add_data_options(command, roles=("text", "image", "audio", "video", "label"), rows=True)
    command.add_argument(
        "--label-separator",
        metavar="SEPARATOR",
        help="PATH only: the label column holds several labels, separated by this: '|' for "
        "rain|wind",
    )
    command.add_argument(
        "--folds",
        type=positive,
        default=5,
        help="number of folds of the stratified cross-validation",
    )
    command.add_argument(
        "--repeats",
        type=positive,
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
        "--by",
        nargs="+",
        metavar="COLUMN",
        help="also report the accuracy by subgroup: the samples with the same value in a column; "
        "more than ten different numbers become four groups",
    )
    command.add_argument(
        "--contenders",
        nargs="+",
        metavar="NAME",
        help="names or patterns, e.g. text-logistic both-svm 'feature-*-cnn'",
    )
    command.add_argument(
        "--settings",
        type=int,
        choices=(1, 2, 3),
        default=3,
        help="number of settings tried for each contender",
    )
    command.add_argument(
        "--quick",
        action="store_true",
        help="a first answer: at most 1,500 samples, few contenders, of which only the linear "
        "scikit-learn models are tuned, no robustness",
    )
    command.add_argument(
        "--no-robustness",
        action="store_true",
        help="leave out corrupted and missing inputs, and learning curves",
    )
    command.add_argument(
        "--permute-labels",
        action="store_true",
        help="also repeat with shuffled labels, as a check that accuracies fall to chance",
    )
    add_seed(command)
    command.add_argument(
        "--workers",
        type=int,
        metavar="N",
        help="compute in N processes, one core each (-1 or by default: one per core; 0: in this "
        "process)",
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

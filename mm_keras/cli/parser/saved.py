"""The options of the commands that read a saved classifier."""

from mm_keras.cli.parser.options import (
    SEVERAL,
    Help,
    add_data_options,
    add_extraction_options,
    add_file_options,
    add_model,
    add_row_options,
    add_seed,
    positive,
)


def add_predict(commands):
    command = commands.add_parser(
        "predict",
        help="classify with a saved classifier",
        formatter_class=Help,
        description="Classify one sample (--text, --image) or every row of a CSV file (--csv).",
    )
    add_model(command)
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
            **(SEVERAL if name in ("text", "image") else {}),
            help=f"--csv only: the column with the {name} (default: {name})",
        )
    add_row_options(command, "--csv")
    add_file_options(command, "--csv")
    command.add_argument(
        "--out", help="write the predictions to this CSV file instead of printing them"
    )
    command.add_argument(
        "--top", type=positive, default=3, help="number of classes printed for one sample"
    )
    add_extraction_options(command)


def add_evaluate(commands):
    command = commands.add_parser(
        "evaluate",
        help="evaluate a saved classifier on labeled data",
        formatter_class=Help,
        description="Print all metrics of a saved classifier, and write them and the confusion "
        "matrix. If the data has a column `split` with test samples, only these are used. "
        "Generated data differs from that of training if the seed does.",
    )
    add_model(command)
    add_data_options(command, roles=("text", "image", "audio", "video", "label"), rows=True)
    command.add_argument(
        "--label-separator",
        metavar="SEPARATOR",
        help="PATH only: the label column holds several labels, separated by this",
    )
    add_seed(command, default=1)
    command.add_argument("--out", default="output/evaluate", help="folder for the results")
    add_extraction_options(command)


def add_explain(commands):
    command = commands.add_parser(
        "explain",
        help="show which words and image regions support a prediction",
        formatter_class=Help,
        description="Print and plot the words and image regions that speak for and against a "
        "prediction, and the share of each modality.",
    )
    add_model(command)
    command.add_argument("--text", help="the text of the sample")
    command.add_argument("--image", help="the image file of the sample")
    command.add_argument(
        "--class",
        dest="class_name",
        metavar="NAME",
        help="the class to explain (default: the predicted one)",
    )
    command.add_argument("--out", default="output/explanation.png", help="PNG file of the plot")


def add_export(commands):
    command = commands.add_parser(
        "export",
        help="write a saved classifier as one model for other programs",
        formatter_class=Help,
        description="Write a saved classifier as one model that takes raw texts and pixels: "
        "SavedModel, ONNX or a .keras file.",
    )
    add_model(command)
    command.add_argument(
        "--format",
        default="savedmodel",
        choices=["savedmodel", "onnx", "keras"],
        help="file format",
    )
    command.add_argument(
        "--features",
        action="store_true",
        help="export the network alone, which takes extracted features instead of raw samples "
        "(in Python: raw=False)",
    )
    command.add_argument(
        "--out", help="where to write (default: MODEL.savedmodel, MODEL.onnx or MODEL.keras)"
    )

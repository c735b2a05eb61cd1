"""The options of the commands that read a saved classifier: `predict`, `export`."""

from mm_keras.cli.parser.options import (
    Help,
    add_extraction_options,
    add_model,
    add_quoting,
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
            help=f"--csv only: the column with the {name} (default: {name})",
        )
    add_quoting(command, "--csv")
    command.add_argument(
        "--out", help="write the predictions to this CSV file instead of printing them"
    )
    command.add_argument(
        "--top", type=positive, default=3, help="number of classes printed for one sample"
    )
    add_extraction_options(command)


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
        help="export the network alone, which takes extracted features instead of raw samples",
    )
    command.add_argument(
        "--out", help="where to write (default: MODEL.savedmodel, MODEL.onnx or MODEL.keras)"
    )

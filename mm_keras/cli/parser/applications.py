"""The options of the applications: `recognize`, `video`, `search`, `translate`, `caption`."""

from mm_keras.cli.parser.options import (
    Help,
    add_data_options,
    add_feature_options,
    add_file_options,
    add_training_options,
    add_trusted,
    positive,
)
from mm_keras.heads.registry import HEADS


def add_recognize(commands):
    command = commands.add_parser(
        "recognize",
        help="recognize products by description and image, with controls",
        formatter_class=Help,
        description="Train each modality alone, decision-level and feature-level fusion, and test "
        "them; then test the fused model with the images, or the texts, of other samples.",
    )
    add_data_options(command, "shop")
    command.add_argument("--head", default="dense", choices=list(HEADS), help="classifier on top")
    add_feature_options(command)
    add_training_options(command, "output/recognize", networks=True)


def add_video(commands):
    command = commands.add_parser(
        "video",
        help="recognize events in films and their sound, with controls",
        formatter_class=Help,
        description="Train films alone, their sound alone and both together, and test them; then "
        "test the fused model with sounds or films of other samples, with films played backwards, "
        "and with their steps in random order. Without sounds, texts such as captions are used.",
    )
    roles = ("video", "audio", "text", "label")
    add_data_options(command, "cinema", roles)
    add_training_options(command, "output/video", networks=True)


def add_search(commands):
    command = commands.add_parser(
        "search",
        help="find images for a text and texts for an image, with controls",
        formatter_class=Help,
        description="Train several methods that bring texts and images into one space, test how "
        "often they find the right image for a text and the right text for an image, and answer "
        "queries; save the chosen method. With MODEL, only answer queries with a saved one.",
    )
    command.add_argument(
        "model",
        nargs="?",
        metavar="MODEL",
        help="the folder of a saved retriever, e.g. output/search/retriever; without it, train one",
    )
    command.add_argument(
        "--text",
        "--query",
        action="append",
        metavar="TEXT",
        help="find images for this text; can be given several times (default when training: the "
        "texts of five test samples)",
    )
    command.add_argument(
        "--image",
        action="append",
        metavar="FILE",
        help="find texts for this image file; can be given several times",
    )
    command.add_argument("--k", type=positive, default=5, help="number of results per query")
    command.add_argument(
        "--method",
        default="dual-encoder",
        choices=["dual-encoder", "cca", "sm", "scm"],
        help="the method that is saved, answers the queries and is tested with controls",
    )
    add_data_options(command, "glyphs")
    add_training_options(command, "output/search")
    add_trusted(command)


def add_translate(commands):
    command = commands.add_parser(
        "translate",
        help="translate sentences with the help of images, with controls",
        formatter_class=Help,
        description="Train a translation of the text alone and one of text and image, and test "
        "them; then test the latter with images of other samples and without images, and train it "
        "on shuffled pairs. With MODEL, only translate with a saved one.",
    )
    _add_saved_generator(command, "translate")
    command.add_argument(
        "--text",
        action="append",
        metavar="TEXT",
        help="MODEL only: a sentence to translate; can be given several times",
    )
    command.add_argument(
        "--data",
        default="shop",
        help="shop (generated; descriptions in English, of which six of ten nouns have two "
        "meanings), or the PATH of your own folder with pairs.csv and images",
    )
    command.add_argument(
        "--to", choices=["de", "zh"], help="shop only: German or Chinese (default: de)"
    )
    command.add_argument(
        "--target-column", metavar="NAME", help="PATH only: the column with the translations"
    )
    _add_sentence_columns(command, "the column with the sentences to translate")
    add_training_options(command, "output/translate")


def add_caption(commands):
    command = commands.add_parser(
        "caption",
        help="write captions of images, with controls",
        formatter_class=Help,
        description="Train a generator of captions and test it against the most frequent caption "
        "and the caption of the nearest image; then test it with images of other samples, and "
        "train it on shuffled pairs. With MODEL, only write captions with a saved one.",
    )
    _add_saved_generator(command, "caption")
    command.add_argument(
        "--data",
        default="shop",
        help="shop or newsroom (generated), glyphs (real, ships with matplotlib; the captions are "
        "the names of the characters), or the PATH of your own folder with pairs.csv and images",
    )
    _add_sentence_columns(command, "the column with the captions")
    add_training_options(command, "output/caption")


def _add_saved_generator(command, name):
    command.add_argument(
        "model",
        nargs="?",
        metavar="MODEL",
        help=f"the folder of a saved generator, e.g. output/{name}/generator; without it, train "
        "one",
    )
    command.add_argument(
        "--image",
        action="append",
        metavar="FILE",
        help="MODEL only: an image file; can be given several times",
    )
    add_trusted(command)


def _add_sentence_columns(command, text):
    command.set_defaults(scheme="news", label_column="none")
    for name, what in (("text", text), ("image", "the column with the image files")):
        command.add_argument(
            f"--{name}-column", default=name, metavar="NAME", help=f"PATH only: {what}"
        )
    add_file_options(command, "PATH")

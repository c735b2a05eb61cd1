"""The options of the applications: `recognize`, `video`."""

from mm_keras.cli.parser.options import Help, add_data_options, add_training_options
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
    add_training_options(command, "output/recognize")


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
    add_training_options(command, "output/video")

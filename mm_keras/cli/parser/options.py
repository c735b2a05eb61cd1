"""Options that several commands share, and the types of their values."""

import argparse


class Help(argparse.ArgumentDefaultsHelpFormatter):
    """Help that prints the defaults other than None and False."""

    def _get_help_string(self, action):
        if action.default is None or action.default is False:
            return action.help
        return super()._get_help_string(action)


def add_data_options(command, default="newsroom", roles=("text", "image", "label")):
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
    add_quoting(command, "PATH")


def add_quoting(command, source):
    command.add_argument(
        "--quoting",
        default="auto",
        choices=["auto", "minimal", "none"],
        help=f"{source} only: minimal: quotes enclose cells; none: quotes are ordinary characters; "
        "auto: minimal, unless the file can only be read line by line",
    )


def add_training_options(command, out):
    command.add_argument(
        "--epochs",
        type=positive,
        help="maximum number of epochs per network (default: depends on the head)",
    )
    add_seed(command)
    command.add_argument(
        "--out", default=out, help="folder for figures, results.json and the saved classifier"
    )
    add_extraction_options(command)


def add_seed(command):
    command.add_argument(
        "--seed", type=seed, default=0, help="random seed; the same seed gives the same results"
    )


def add_extraction_options(command):
    command.add_argument(
        "--workers",
        dest="extraction_workers",
        type=workers,
        metavar="N",
        help="extract features in N processes (-1: one per core), or on the Dask cluster at this "
        "address",
    )
    command.add_argument(
        "--cache",
        metavar="FOLDER",
        help="store extracted features in FOLDER; a second run on the same data reads them",
    )


def add_model(command):
    command.add_argument("model", help="the folder of a saved classifier, e.g. output/classifier")
    command.add_argument(
        "--trusted",
        nargs="+",
        default=(),
        metavar="CLASS",
        help="classes other than those of this library and scikit-learn that the classifier may "
        "create, e.g. package.module:Class; their code runs",
    )


def workers(text):
    return text if ":" in text else int(text)


def seed(text):
    value = int(text)
    if not 0 <= value < 2**32:
        raise argparse.ArgumentTypeError(f"must be from 0 to {2**32 - 1}, not {value}")
    return value


def positive(text):
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1, not {value}")
    return value

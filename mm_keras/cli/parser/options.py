"""Options that several commands share, and the types of their values."""

import argparse


class Help(argparse.ArgumentDefaultsHelpFormatter):
    """Help that prints the defaults other than None and False, unless the text states them."""

    def _get_help_string(self, action):
        is_switch = action.default is None or action.default is False
        if is_switch or "(default" in action.help:
            return action.help
        return super()._get_help_string(action)


class OneOrMore(argparse.Action):
    """Stores one value as a str, several as a list of str."""

    def __call__(self, parser, namespace, values, option_string=None):
        setattr(namespace, self.dest, values[0] if len(values) == 1 else values)


SEVERAL = {"nargs": "+", "action": OneOrMore}


def add_data_options(command, default="newsroom", roles=("text", "image", "label"), rows=False):
    """Options that name the data; with `rows`, also columns of numbers, categories, vectors."""
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
        several = name in ("text", "image")
        command.add_argument(
            f"--{name}-column",
            default=name,
            metavar="NAME",
            **(SEVERAL if several else {}),
            help=f"PATH only: the column with the {name}"
            + ("; several become modalities of their own" if several else ""),
        )
    command.add_argument(
        "--id-column",
        default="id",
        metavar="NAME",
        help="PATH only: the column with the ids, if there is one; none: number the samples",
    )
    if rows:
        add_row_options(command, "PATH")
    add_file_options(command, "PATH")
    command.add_argument(
        "--limit", type=positive, metavar="N", help="use only N samples, chosen at random"
    )
    command.add_argument(
        "--drop-rare",
        type=positive,
        metavar="N",
        nargs="?",
        const=2,
        help="leave out classes with fewer than N samples (2 if N is not given)",
    )


def add_row_options(command, source):
    default = " (default: those of the training)" if source == "--csv" else ""
    for kind in ("number", "category"):
        command.add_argument(
            f"--{kind}-columns",
            nargs="+",
            metavar="NAME",
            help=f"{source} only: columns of {'numbers' if kind == 'number' else 'categories'}, "
            f"a further modality{default}",
        )
    command.add_argument(
        "--vectors",
        metavar="NAME",
        help=f"{source} only: a column of vectors made elsewhere, such as [0.1, 0.2], or an .npy "
        "file with one row per sample",
    )


def add_file_options(command, source):
    command.add_argument(
        "--encoding", default="utf-8", help=f"{source} only: the encoding of the file, e.g. gbk"
    )
    command.add_argument(
        "--delimiter",
        type=delimiter,
        metavar="CHARACTER",
        help=f"{source} only: what separates cells, e.g. ';' or tab (default: detected)",
    )
    command.add_argument(
        "--quoting",
        default="auto",
        choices=["auto", "minimal", "none"],
        help=f"{source} only: minimal: quotes enclose cells; none: quotes are ordinary characters; "
        "auto: minimal, unless the file can only be read line by line",
    )


def add_feature_options(command):
    """Options that choose extractors, see `mm_keras.cli.choices`."""
    command.add_argument(
        "--text-features",
        nargs="+",
        choices=["tfidf", "bow", "sequence"],
        help="TF-IDF, bag of words, or both, concatenated; or token ids (default: tfidf)",
    )
    command.add_argument(
        "--image-features",
        nargs="+",
        choices=["hog", "sift", "color", "pixels"],
        help="several are concatenated (default: hog; also color, for heads that read vectors)",
    )
    command.add_argument(
        "--image-size",
        type=positive,
        metavar="PIXELS",
        help="side of the square to which images are resized (default: files 128, arrays as is)",
    )
    command.add_argument(
        "--stem", metavar="STEMMER", help="stem words: porter (English), snowball-german, ..."
    )
    command.add_argument(
        "--stop-words", metavar="LANGUAGE", help="leave out frequent words, e.g. english"
    )
    command.add_argument(
        "--ngrams",
        type=ngrams,
        metavar="N",
        help="also n-grams of up to N words, as features of their own",
    )
    command.add_argument(
        "--min-df", type=positive, metavar="N", help="leave out words found in fewer than N texts"
    )


def add_optimizer_options(command):
    command.add_argument(
        "--optimizer",
        choices=["adam", "adamw", "nadam", "sgd", "rmsprop", "adadelta", "adagrad"],
        help="optimizer of all networks (default: that of the head)",
    )
    command.add_argument(
        "--learning-rate",
        type=positive_number,
        metavar="RATE",
        help="initial learning rate (default: that of the head, or Keras's for another optimizer)",
    )
    command.add_argument(
        "--batch-size", type=positive, default=64, metavar="N", help="samples per training step"
    )


def add_training_options(command, out, networks=False):
    """Options of commands that train; with `networks`, also the optimizer of their networks."""
    command.add_argument(
        "--epochs",
        type=positive,
        help="maximum number of epochs per network (default: depends on the network)",
    )
    if networks:
        add_optimizer_options(command)
    command.add_argument(
        "--test-size",
        type=share,
        default=0.25,
        metavar="SHARE",
        help="share of the samples for testing, where the data has no column `split`",
    )
    add_seed(command)
    command.add_argument(
        "--out", default=out, help="folder for figures, results.json and the saved model"
    )
    add_extraction_options(command)


def add_seed(command, default=0):
    command.add_argument(
        "--seed",
        type=seed,
        default=default,
        help="random seed; the same seed gives the same results",
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
    add_trusted(command)


def add_trusted(command):
    command.add_argument(
        "--trusted",
        nargs="+",
        default=(),
        metavar="CLASS",
        help="classes other than those of this library and scikit-learn that the saved model may "
        "create, e.g. package.module:Class; their code runs (default: none)",
    )


def delimiter(text):
    return {"\\t": "\t", "tab": "\t"}.get(text, text)


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


def positive_number(text):
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"must be greater than 0, not {text}")
    return value


def share(text):
    value = float(text)
    if not 0 < value < 1:
        raise argparse.ArgumentTypeError(f"must be between 0 and 1, not {text}")
    return value


def ngrams(text):
    """The range of n-grams, from single words to n words."""
    return 1, positive(text)

"""The argument parser of `python -m mm_keras`: one function per command."""

import argparse

import mm_keras
from mm_keras.cli.parser.applications import add_recognize, add_video
from mm_keras.cli.parser.article import add_article, add_table
from mm_keras.cli.parser.comparison import add_compare
from mm_keras.cli.parser.distribution import add_distribute
from mm_keras.cli.parser.saved import add_export, add_predict


def build_parser():
    parser = argparse.ArgumentParser(
        prog="python -m mm_keras",
        description=mm_keras.__doc__,
        epilog="Without a command, `article` runs: `python -m mm_keras --data glyphs` is the same "
        "as `python -m mm_keras article --data glyphs`.",
    )
    parser.add_argument("--version", action="version", version=f"mm_keras {mm_keras.__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    add_article(commands)
    add_recognize(commands)
    add_video(commands)
    add_compare(commands)
    add_predict(commands)
    add_export(commands)
    add_distribute(commands)
    add_table(commands)
    return parser

"""The argument parser of `python -m mm_keras`: one function per command."""

import argparse
import re
import sys
from pathlib import Path

import mm_keras
from mm_keras.cli.parser.applications import (
    add_caption,
    add_recognize,
    add_search,
    add_translate,
    add_video,
)
from mm_keras.cli.parser.article import add_article, add_table
from mm_keras.cli.parser.comparison import add_compare
from mm_keras.cli.parser.distribution import add_distribute
from mm_keras.cli.parser.portfolio import add_train
from mm_keras.cli.parser.reference import add_api
from mm_keras.cli.parser.saved import add_evaluate, add_explain, add_export, add_predict
from mm_keras.utils.messages import did_you_mean


class Parser(argparse.ArgumentParser):
    """An ArgumentParser whose errors name similar options and values."""

    def error(self, message):
        unknown = re.match(r"unrecognized arguments: (--[^\s=]+)", message)
        choice = re.search(r"invalid choice: '?([^']*)'? \(choose from (.*)\)", message)
        if unknown:
            message += f".{did_you_mean(unknown[1], _all_options(self))}".removesuffix(".")
        elif choice:
            message += did_you_mean(choice[1], re.findall(r"[\w-]+", choice[2]))
        super().error(message)


def _all_options(parser):
    """The options of a parser and of all its commands, set of str."""
    options = set(parser._option_string_actions)
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            options = options.union(*map(_all_options, action.choices.values()))
    return options


def build_parser():
    parser = Parser(
        prog="mm-keras" if Path(sys.argv[0]).stem == "mm-keras" else "python -m mm_keras",
        description=mm_keras.__doc__,
        epilog="`python -m mm_keras COMMAND --help` lists the options of a command. Without a "
        "command, `article` runs: `python -m mm_keras --data glyphs` is the same as "
        "`python -m mm_keras article --data glyphs`.",
    )
    parser.add_argument("--version", action="version", version=f"mm_keras {mm_keras.__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    add_article(commands)
    add_recognize(commands)
    add_video(commands)
    add_search(commands)
    add_translate(commands)
    add_caption(commands)
    add_train(commands)
    add_compare(commands)
    add_predict(commands)
    add_evaluate(commands)
    add_explain(commands)
    add_export(commands)
    add_distribute(commands)
    add_table(commands)
    add_api(commands)
    return parser

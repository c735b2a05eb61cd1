"""The options of `api`."""

from mm_keras.cli.parser.options import Help


def add_api(commands):
    command = commands.add_parser(
        "api",
        help="write a reference of all public names as one HTML page",
        formatter_class=Help,
        description="Write a reference of all public names, with their parameters and docstrings, "
        "as one HTML page.",
    )
    command.add_argument("--out", default="api.html", help="write the page to this file")

"""The entry point `python -m mm_keras COMMAND`. Heavy imports wait until a command runs.

Each command is a module with a function `run(options)`. To add one, add a line to COMMANDS and its
options to `parser`.
"""

import os
import sys
import warnings
from collections.abc import Sequence
from contextlib import ExitStack, contextmanager, nullcontext

from mm_keras.cli.parser import build_parser
from mm_keras.cli.streams import safe_output
from mm_keras.utils.files import only_user
from mm_keras.utils.messages import DataWarning, FontWarning
from mm_keras.utils.progress import show_progress
from mm_keras.utils.registry import Registry

COMMANDS = Registry(
    {
        name: f"mm_keras.cli.{name}:run"
        for name in (
            "article",
            "recognize",
            "video",
            "search",
            "translate",
            "caption",
            "train",
            "compare",
            "predict",
            "evaluate",
            "explain",
            "export",
            "distribute",
            "table",
            "api",
        )
    }
)
# Those that write to the folder of the option --out, unless they are given a saved model.
WRITING = ("article", "recognize", "video", "search", "translate", "caption", "train", "table")


@contextmanager
def _short_warnings():
    """Print each of our warnings once, in one line; show all others as usual."""
    with warnings.catch_warnings():
        default_showwarning, printed = warnings.showwarning, set()

        def showwarning(message, category, *location):
            if not issubclass(category, (DataWarning, FontWarning)):
                default_showwarning(message, category, *location)
            elif str(message) not in printed:
                printed.add(str(message))
                print(f"warning: {message}", file=sys.stderr, flush=True)

        warnings.showwarning = showwarning
        yield


def _extraction(options):
    """A context that sets the workers and the cache for feature extraction, see --help."""
    if not hasattr(options, "extraction_workers"):
        return nullcontext()
    from mm_keras.features.cache import use_cache
    from mm_keras.utils.parallel import use_workers

    stack = ExitStack()
    stack.enter_context(show_progress(True))
    stack.enter_context(use_workers(options.extraction_workers))
    stack.enter_context(use_cache(options.cache))
    return stack


def _output_folder(options):
    """A context in which no other process writes to the same output folder."""
    if options.command not in WRITING:
        return nullcontext()  # the others lock what they write themselves
    if getattr(options, "model", None) is not None:  # a saved model is used, nothing is written
        return nullcontext()
    return only_user(options.out)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return the exit status. User errors print one line, not a traceback."""
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    if arguments[:1] == ["help"]:  # as in other programs: help COMMAND
        arguments = [*arguments[1:2], "--help"]
    if not arguments or (
        arguments[0].startswith("-") and arguments[0] not in ("-h", "--help", "--version")
    ):
        arguments = ["article", *arguments]
    with safe_output():
        return _run(build_parser().parse_args(arguments))


def _run(options):
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        with _short_warnings(), _extraction(options), _output_folder(options):
            return COMMANDS[options.command](options) or 0
    except BrokenPipeError:  # the output was closed, as by `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except (ValueError, TypeError, OSError, ImportError) as error:
        if os.environ.get("MM_KERAS_TRACEBACK"):
            raise
        print(f"\nerror: {error}", file=sys.stderr)
        return 2
    except MemoryError:
        print(
            "\nerror: not enough memory. Use fewer samples, smaller images or a smaller vocabulary "
            "(max_features).",
            file=sys.stderr,
        )
        return 2
    except KeyboardInterrupt:
        print("\ninterrupted", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())

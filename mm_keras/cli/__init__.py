"""The command line, `python -m mm_keras COMMAND`: one module per command."""

from mm_keras.cli.main import main

__all__ = ["main"]

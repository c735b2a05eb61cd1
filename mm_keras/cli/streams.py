"""What commands print: on any console, and without the control characters that data may contain."""

import os
import re
import sys
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout

# Everything but tab, line feed and carriage return; also the marks that turn a line around.
CONTROLS = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]"
)


def escape_controls(text):
    r"""The text with control characters written out, e.g. as \x1b.

    Example:
        >>> print(escape_controls("storm\x1b]0;title\x07"))
        storm\x1b]0;title\x07
    """
    return CONTROLS.sub(lambda match: ascii(match[0])[1:-1], text)


def in_one_line(text):
    r"""The text with all control characters written out, line breaks and tabs too.

    Example:
        >>> print(in_one_line("rain\rsun"))
        rain\rsun
    """
    return escape_controls(re.sub("[\t\n\r]", lambda match: ascii(match[0])[1:-1], text))


class SafeStream:
    """A text stream that escapes control characters in what is written to it.

    Attributes:
        unescaped: the stream itself, for progress bars.
    """

    def __init__(self, stream):
        self.unescaped = stream

    def write(self, text):
        self.unescaped.write(escape_controls(text))
        return len(text)

    def __getattr__(self, name):
        return getattr(self.unescaped, name)


@contextmanager
def safe_output():
    """A context in which stdout and stderr take any character: those they lack become "?"."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    with ExitStack() as stack:
        for redirect, stream in ((redirect_stdout, sys.stdout), (redirect_stderr, sys.stderr)):
            stream = stack.enter_context(open(os.devnull, "w")) if stream is None else stream
            stack.enter_context(redirect(SafeStream(stream)))
        yield

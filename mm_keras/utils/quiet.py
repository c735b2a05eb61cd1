"""Keeps the log messages of Keras's backend, at its first import, off standard error."""

import os
import sys
from contextlib import contextmanager


@contextmanager
def quiet_start():
    """A context in which Keras may be imported without the log messages of its backend.

    Output to the file descriptor of standard error is shown only if the import fails, or if Keras
    was not imported at all.
    """
    try:
        stderr = None if "keras" in sys.modules or sys.stderr is None else os.dup(2)
    except OSError:  # a process without standard error
        stderr = None
    if stderr is None:
        yield
        return
    import logging
    import tempfile

    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    sys.stderr.flush()
    failed = True
    with tempfile.TemporaryFile() as output:
        os.dup2(output.fileno(), 2)
        try:
            yield
            failed = False
        finally:
            sys.stderr.flush()
            os.dup2(stderr, 2)
            if failed or "keras" not in sys.modules:
                output.seek(0)
                os.write(2, output.read())
            os.close(stderr)

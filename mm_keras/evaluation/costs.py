"""How much memory a piece of work needs."""

import sys
from pathlib import Path


class PeakMemory:
    """The most memory that this process has held while the block ran, all of it: libraries, features and model.

    On Linux it is measured for the block alone; elsewhere it is the peak since the process began.

    Attributes:
        megabytes: float, or None where the system does not tell.

    Example:
        >>> with PeakMemory() as memory:
        ...     zeros = bytearray(1000)
        >>> memory.megabytes is None or memory.megabytes > 1
        True
    """

    megabytes = None

    def __enter__(self):
        try:
            Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew
        except OSError:
            pass
        return self

    def __exit__(self, *error):
        self.megabytes = _peak()


def _peak():
    try:
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return round(int(line.split()[1]) / 1024, 1)
    except OSError:
        pass
    try:
        import resource
    except ImportError:
        return None
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform == "darwin" else 1)
    return round(kilobytes / 1024, 1)

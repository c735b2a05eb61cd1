"""How much memory a piece of work needs."""

import sys
from pathlib import Path


class PeakMemory:
    """How much more memory this process held at most while the block ran than when it began.

    On Linux it is measured for the block alone; elsewhere it is by how much the peak since the process began has risen, which
    is less where earlier work needed more.

    Attributes:
        megabytes: float >= 0, or None where the system does not tell.

    Example:
        >>> with PeakMemory() as memory:
        ...     zeros = bytes(range(256)) * 400_000
        >>> memory.megabytes is None or 80 < memory.megabytes < 200
        True
    """

    megabytes = None

    def __enter__(self):
        try:
            Path("/proc/self/clear_refs").write_text(
                "5"
            )  # the peak starts anew, from what is held now
        except OSError:
            pass
        self._before = _peak()
        return self

    def __exit__(self, *error):
        after = _peak()
        self.megabytes = None if after is None else round(max(0.0, after - self._before), 1)


def _peak():
    try:
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    except OSError:
        pass
    try:
        import resource
    except ImportError:
        return None
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (
        1024 if sys.platform == "darwin" else 1
    )
    return kilobytes / 1024

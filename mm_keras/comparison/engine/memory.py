"""Measures the peak memory of a block of code, and the memory that this process holds."""

import gc
import sys
from pathlib import Path

from mm_keras.utils.random_state import seeded


class PeakMemory:
    """Context manager that measures by how much the peak memory of a block exceeds its start.

    On Linux, the peak of the block alone is measured. On other systems, it is the increase of the
    peak since the process started, which is too small if earlier code needed more memory.

    Attributes:
        megabytes: float >= 0, or None if the system does not report it.

    Example:
        >>> with PeakMemory() as memory:
        ...     zeros = bytes(range(256)) * 400_000
        >>> memory.megabytes is None or 80 < memory.megabytes < 200
        True
    """

    megabytes = None

    def __enter__(self):
        try:
            Path("/proc/self/clear_refs").write_text("5")  # resets the peak to the current value
        except OSError:
            pass
        self._before = _peak()
        return self

    def __exit__(self, *error):
        after = _peak()
        self.megabytes = None if after is None else round(max(0.0, after - self._before), 1)


class Cleanup:
    """Frees what earlier networks hold, whenever the memory of the process has grown by 50 MB.

    These are the networks themselves, which contain reference cycles, and what TensorFlow keeps to
    call functions again. To look for cycles takes up to 0.4 seconds: there are many objects.
    """

    GROWTH = 50

    def __init__(self):
        self._held = 0

    def __call__(self):
        held = resident()
        if held is not None and held < self._held + self.GROWTH:
            return
        gc.collect()
        if "keras" in sys.modules:
            with seeded(0):  # TensorFlow forgets its functions when a seed is set
                pass
        self._held = resident() or 0


def resident():
    """Megabytes that this process holds; its peak where the system does not report it, or None."""
    held = _status("VmRSS:")
    return _peak() if held is None else held


def _status(name):
    """A value of /proc/self/status in megabytes; None on systems other than Linux."""
    try:
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith(name):
                return int(line.split()[1]) / 1024
    except OSError:
        pass
    return None


def _peak():
    peak = _status("VmHWM:")
    if peak is not None:
        return peak
    try:
        import resource
    except ImportError:
        return None
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (
        1024 if sys.platform == "darwin" else 1
    )
    return kilobytes / 1024

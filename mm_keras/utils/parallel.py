"""Extraction on several workers: the samples are cut into parts, joblib has them worked on, the rows are put together.

Every extractor asks `map_chunks`, and that asks joblib: so extraction follows whatever joblib is told to use.

    Features(text=TFIDF(), image=HOG(), workers=4)        # four processes on this machine
    with joblib.parallel_config(n_jobs=4): ...            # the same, for any extractor or scikit-learn estimator
    with joblib.parallel_config("threading", n_jobs=4):   # four threads: no start-up, but Python's own work takes turns
    Features(..., workers="tcp://10.0.0.1:8786")          # the workers of a Dask cluster, by its scheduler's address

A row depends on its own sample alone, so the result is the same for every number and kind of workers. A worker that dies
is joblib's business: with local processes the call fails with a clear error, a Dask scheduler gives its parts to others.
"""

from contextlib import contextmanager, nullcontext
from contextvars import ContextVar

import numpy as np

from mm_keras.utils.messages import collected, report_merged

CONNECT_SECONDS = 10
CHUNKS_PER_WORKER = 4  # so that one slow part does not keep all other workers waiting


def use_workers(workers):
    """A context in which `map_chunks` uses these workers.

    Args:
        workers: int, that many processes on this machine, -1 for one per core; str, the address of a Dask scheduler, whose
            workers need mm_keras and see the same image files; None, whatever joblib is configured for.

    Raises:
        ValueError: something else, or no scheduler at the address.
        ImportError: an address without Dask installed.
    """
    if workers is None:
        return nullcontext()
    if isinstance(workers, str):
        return _on_cluster(_connected(workers))
    if isinstance(workers, bool) or not isinstance(workers, int) or workers < 1 and workers != -1:
        raise ValueError(
            "workers is None, a number of processes >= 1, -1 for one per core, or the address of a Dask scheduler. "
            f"Received: {workers!r}."
        )
    from joblib import parallel_config

    return parallel_config(backend="loky", n_jobs=workers)


_cluster = ContextVar("_cluster", default=None)  # the connection that `map_chunks` uses
_connections = {}  # one per address, for as long as the process lives


@contextmanager
def _on_cluster(client):
    """Only `map_chunks` goes to the cluster: scikit-learn's unions would send whole extractors with all samples there."""
    token = _cluster.set(client)
    try:
        yield
    finally:
        _cluster.reset(token)


def _connected(address):
    client = _connections.get(address)
    if client is None or client.status != "running":
        try:
            from distributed import Client
        except ImportError:
            raise ImportError(
                f"workers={address!r} is a Dask cluster, and Dask is not installed: "
                "pip install mm-keras[cluster]."
            ) from None
        try:
            client = _connections[address] = Client(
                address, timeout=CONNECT_SECONDS, set_as_default=False
            )
        except (OSError, ValueError) as error:
            raise ValueError(
                f"There is no Dask scheduler at {address!r} ({error}). Start one with `dask scheduler`, and workers with "
                f"`dask worker {address}` on every machine."
            ) from None
    return client


def _joblib_backend():
    """A context with the joblib backend that `map_chunks` uses."""
    client = _cluster.get()
    if client is None:
        return nullcontext()
    from joblib import parallel_config

    return parallel_config(backend="dask", client=client)


def num_workers():
    """How many workers joblib would use now: 1 unless it was told otherwise."""
    from joblib import effective_n_jobs

    with _joblib_backend():
        return effective_n_jobs(None)


def map_chunks(function, samples, max_size, min_size=1):
    """Yield (start, function(part)) for consecutive parts of the samples, in order; one worker per part at a time.

    What the parts report as bad is told once, at the end, with the row numbers of all samples.

    Args:
        function: part -> result; it can be pickled, and so can what it returns.
        samples: list or array.
        max_size: int, most samples in a part: bounds the memory that a part takes.
        min_size: int, so many are worth the way to a worker; with fewer than two such parts all is done here.
    """
    workers, total = num_workers(), len(samples)
    shared = workers > 1 and total >= 2 * min_size
    step = (
        max(min_size, min(max_size, -(-total // (CHUNKS_PER_WORKER * workers))))
        if shared
        else max_size
    )
    starts = range(0, total, step)
    jobs = ((function, samples[start : start + step]) for start in starts)
    notes = []
    results = (
        _in_parallel(jobs) if shared else (_observed(function, (part,)) for function, part in jobs)
    )
    for start, (result, found) in zip(starts, results):
        notes += [(range(start, total), note) for note in found]
        yield start, result
    report_merged(notes)


def _in_parallel(jobs):
    from joblib import Parallel, delayed
    from joblib.parallel import get_active_backend

    with _joblib_backend():
        lazily = getattr(get_active_backend()[0], "supports_return_generator", False)
        parallel = Parallel(return_as="generator" if lazily else "list")
    # each part in a tuple: joblib would store an array of its own on one Dask worker, and with the worker it would be lost
    return parallel(delayed(_observed)(function, (part,)) for function, part in jobs)


def _observed(function, arguments):
    """The result, and what was reported as bad meanwhile."""
    with collected() as notes:
        return function(*arguments), notes


def concat_chunks(parts, num_rows, shape, dtype=np.float32):
    """The arrays of `map_chunks` as one array (num_rows, *shape)."""
    rows = None
    for start, part in parts:
        if len(part) == num_rows:
            rows = part
        else:
            rows = np.zeros((num_rows, *shape), dtype) if rows is None else rows
            rows[start : start + len(part)] = part
    return np.zeros((num_rows, *shape), dtype) if rows is None else rows

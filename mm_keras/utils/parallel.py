"""Parallel extraction: samples are divided into chunks, processed with joblib and concatenated.

Every extractor uses `map_chunks`, which uses joblib, so extraction follows joblib's configuration.

    Features(text=TFIDF(), image=HOG(), workers=4)        # four processes on this machine
    with joblib.parallel_config(n_jobs=4): ...            # the same, for any scikit-learn estimator
    with joblib.parallel_config("threading", n_jobs=4):   # four threads: no start-up, but one GIL
    Features(..., workers="tcp://10.0.0.1:8786")          # the Dask cluster of this scheduler

A row depends on its own sample only, so the result is the same for any number and kind of workers.
If a worker dies, joblib handles it: with local processes the call fails with a clear error; a Dask
scheduler reassigns its chunks to other workers.
"""

from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from functools import cache

import numpy as np

from mm_keras.utils.extras import INSTALL
from mm_keras.utils.messages import collected, report_merged

CONNECT_SECONDS = 10
CHUNKS_PER_WORKER = 4  # so that a slow chunk does not leave the other workers idle


def one_blas_thread():
    """A context in which matrix products use one thread: with more, small ones are slower."""
    return _thread_pools().limit(limits=1, user_api="blas")


@cache
def _thread_pools():
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


def use_workers(workers):
    """A context in which `map_chunks` uses these workers.

    Args:
        workers: int, number of processes on this machine, -1 for one per core; str, address of a
            Dask scheduler, whose workers need mm_keras and access to the same image files; None,
            as joblib is configured.

    Raises:
        ValueError: any other value, or no scheduler at the address.
        ImportError: an address is given but Dask is not installed.
    """
    if workers is None:
        return nullcontext()
    if isinstance(workers, str):
        return _on_cluster(_connect(workers))
    if isinstance(workers, bool) or not isinstance(workers, int) or workers < 1 and workers != -1:
        raise ValueError(
            "`workers` must be None, a number of processes >= 1, -1 for one per core, or the "
            f"address of a Dask scheduler. Received: {workers!r}."
        )
    from joblib import parallel_config

    return parallel_config(backend="loky", n_jobs=workers)


_cluster = ContextVar("_cluster", default=None)  # the client used by `map_chunks`
_connections = {}  # address -> client, kept until the process ends


@contextmanager
def _on_cluster(client):
    """A context in which `map_chunks`, and nothing else, runs on the cluster.

    A FeatureUnion, for example, would send whole extractors with all samples there.
    """
    token = _cluster.set(client)
    try:
        yield
    finally:
        _cluster.reset(token)


def _connect(address):
    client = _connections.get(address)
    if client is None or client.status != "running":
        try:
            from distributed import Client
        except ImportError:
            raise ImportError(
                f"workers={address!r} needs Dask, which is not installed: {INSTALL['cluster']}"
            ) from None
        try:
            client = _connections[address] = Client(
                address, timeout=CONNECT_SECONDS, set_as_default=False
            )
        except (OSError, ValueError) as error:
            raise ValueError(
                f"There is no Dask scheduler at {address!r} ({error}). Start one with "
                f"`dask scheduler`, and workers with `dask worker {address}` on every machine."
            ) from None
    return client


def _joblib_backend():
    """A context with the joblib backend for `map_chunks`."""
    client = _cluster.get()
    if client is None:
        return nullcontext()
    from joblib import parallel_config

    return parallel_config(backend="dask", client=client)


def num_workers():
    """Number of workers that joblib would use now: 1 unless configured otherwise."""
    from joblib import effective_n_jobs

    with _joblib_backend():
        return effective_n_jobs(None)


def map_chunks(function, samples, max_size, min_size=1):
    """Yield (start, function(chunk)) for consecutive chunks of the samples, in order.

    Bad samples are reported once, at the end, by their row numbers among all samples.

    Args:
        function: chunk -> result; both the function and its results must be picklable.
        samples: list or array.
        max_size: int, maximum number of samples in a chunk, which bounds its memory.
        min_size: int, number of samples worth sending to a worker; with fewer than two such chunks,
            all samples are processed in this process.
    """
    workers, total = num_workers(), len(samples)
    parallel = workers > 1 and total >= 2 * min_size
    step = max_size
    if parallel:
        step = max(min_size, min(max_size, -(-total // (CHUNKS_PER_WORKER * workers))))
    starts = range(0, total, step)
    jobs = ((function, samples[start : start + step]) for start in starts)
    notes = []
    results = (
        _run_parallel(jobs)
        if parallel
        else (_with_notes(function, (chunk,)) for function, chunk in jobs)
    )
    for start, (result, new_notes) in zip(starts, results):
        notes += [(range(start, total), note) for note in new_notes]
        yield start, result
    report_merged(notes)


def _run_parallel(jobs):
    from joblib import Parallel, delayed
    from joblib.parallel import get_active_backend

    with _joblib_backend():
        generator = getattr(get_active_backend()[0], "supports_return_generator", False)
        parallel = Parallel(return_as="generator" if generator else "list")
    # Each chunk is in a tuple: joblib stores a bare array on one Dask worker, and it would be lost
    # with that worker.
    return parallel(delayed(_with_notes)(function, (chunk,)) for function, chunk in jobs)


def _with_notes(function, arguments):
    """The result, and the notes on bad samples collected meanwhile."""
    with collected() as notes:
        return function(*arguments), notes


def concat_chunks(chunks, num_rows, shape, dtype=np.float32):
    """The arrays of `map_chunks` as one array (num_rows, *shape)."""
    rows = None
    for start, chunk in chunks:
        if len(chunk) == num_rows:
            rows = chunk
        else:
            rows = np.zeros((num_rows, *shape), dtype) if rows is None else rows
            rows[start : start + len(chunk)] = chunk
    return np.zeros((num_rows, *shape), dtype) if rows is None else rows

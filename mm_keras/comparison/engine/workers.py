"""A pool of single-core processes; the results do not depend on which process runs which job.

`concurrent.futures` and joblib are not used because there a process that dies breaks the whole
pool. Here only its current job fails.
"""

import os
import pickle
import queue
import struct
import subprocess
import sys
import tempfile
import threading

from mm_keras.comparison.engine.memory import resident

# A process that holds so many megabytes more than after its first job is replaced by a new one:
# TensorFlow keeps parts of the graphs of all trainings as long as a process lives.
MAX_GROWTH = 1000
# Each process computes on one core, so that processes do not compete for cores and the last bits of
# a sum do not depend on the number of cores. GPUs are not used, for the same reason.
ENVIRONMENT = {
    **{
        name: "1"
        for name in (
            "OMP_NUM_THREADS",
            "OPENBLAS_NUM_THREADS",
            "MKL_NUM_THREADS",
            "VECLIB_MAXIMUM_THREADS",
            "NUMEXPR_NUM_THREADS",
            "TF_NUM_INTRAOP_THREADS",
            "TF_NUM_INTEROP_THREADS",
        )
    },
    "CUDA_VISIBLE_DEVICES": "-1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "PYTHONHASHSEED": "0",
}
START = (
    "import sys; sys.path[:] = {path!r}; "
    "from mm_keras.comparison.engine.workers import serve; serve()"
)


def num_cores():
    """Number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def num_processes(workers):
    """The number of processes for the argument `workers` of `compare`."""
    if workers is not None and workers < -1:
        raise ValueError(
            "workers must be a number of processes, 0 for none, or -1 or None for one per core. "
            f"Received: {workers}."
        )
    return num_cores() if workers in (None, -1) else workers


class Workers:
    """Context manager for processes with one runner each; ends them on exit.

    Args:
        make_runner: function without arguments -> an object with `do(job)`, called once in each
            process when it is first needed.
        count: int >= 1, the number of processes; or 0 for none: the jobs are then run in this
            process, with as many threads as the libraries choose.
        feature_key: function, job -> hashable. A free process prefers a job with the key of its
            last one, whose features it may still have; then one with a key that no other process
            has; then the first one.
    """

    def __init__(self, make_runner, count, feature_key):
        self.make_runner = make_runner
        self.count = count
        self.feature_key = feature_key
        self._local_runner = None
        self._processes = {}
        self._feature_keys = {}
        self._ended = False

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._ended = True
        processes = list(self._processes.values())
        self._processes = {}  # so that no thread ends them as well
        for process in processes:
            process.end()

    def work_through(self, jobs, on_start, on_result):
        """Run all jobs; calls `on_start(job)` and `on_result(job, result)` in this thread.

        If a process dies, only its current job fails.
        """
        if not self.count:
            self._local_runner = self._local_runner or self.make_runner()
            for job in jobs:
                on_start(job)
                on_result(job, self._local_runner.do(job))
            return
        waiting = list(jobs)
        running = 0
        finished = queue.SimpleQueue()
        free = list(range(min(self.count, len(jobs))))
        while waiting or running:
            while free and waiting:
                number = free.pop(0)
                job = self._take(waiting, number)
                on_start(job)
                threading.Thread(target=self._do, args=(number, job, finished), daemon=True).start()
                running += 1
            number, job, result = finished.get()
            free.append(number)
            running -= 1
            on_result(job, result)

    def _take(self, waiting, number):
        """Remove and return the job that process `number` should run next."""
        last_key = self._feature_keys.get(number)
        other_keys = {key for other, key in self._feature_keys.items() if other != number}
        for is_preferred in (
            lambda key: key == last_key,
            lambda key: key not in other_keys,
            lambda key: True,
        ):
            for i, job in enumerate(waiting):
                if is_preferred(self.feature_key(job)):
                    self._feature_keys[number] = self.feature_key(job)
                    return waiting.pop(i)

    def _do(self, number, job, finished):
        """Run the job in process `number` and put its result into the queue (in a thread)."""
        try:
            if number in self._processes and self._processes[number].growth > MAX_GROWTH:
                self._processes.pop(number).end()
            if number not in self._processes:
                self._processes[number] = _Process(self.make_runner)
                if self._ended:  # while this process was starting
                    self._processes.pop(number).end()
                    return
            result = self._processes[number].do(job)
        except Exception as error:  # the process died; the next job gets a new one
            process = self._processes.pop(number, None)
            last_line = process.end() if process else ""
            result = {"failed": f"its process died, perhaps out of memory ({last_line or error})"}
        finished.put((number, job, result))


class _Process:
    """A Python process that reads requests from its standard input and answers on its output.

    Attributes:
        growth: float, by how many megabytes its memory has grown since its first job.
    """

    def __init__(self, make_runner):
        self.growth, self._memory = 0.0, None
        self.errors = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [sys.executable, "-c", START.format(path=sys.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            env={**os.environ, **ENVIRONMENT},
        )
        send(self.process.stdin, make_runner)

    def do(self, job):
        send(self.process.stdin, job)
        result, memory = receive(self.process.stdout)
        if memory is not None:
            self._memory = self._memory or memory
            self.growth = memory - self._memory
        return result

    def end(self):
        """Kill the process; returns the last line of its standard error."""
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()
        self.errors.seek(0)
        lines = self.errors.read().decode("utf-8", "replace").split("\n")
        self.errors.close()
        return next((line.strip() for line in reversed(lines) if line.strip()), "")


def serve():
    """The main loop of a worker process, which ends when its standard input is closed."""
    requests, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # anything printed from now on goes to the standard error
    try:
        runner = receive(requests)()
        while True:
            send(answers, (runner.do(receive(requests)), resident()))
    except (EOFError, BrokenPipeError):
        os._exit(0)


def send(stream, value):
    """Write one value; functions that cannot be imported, such as lambdas, are sent as code."""
    try:
        from cloudpickle import dumps
    except ImportError:  # older versions of joblib vendor it
        from joblib.externals.cloudpickle import dumps
    content = dumps(value)
    stream.write(struct.pack("<Q", len(content)))
    stream.write(content)
    stream.flush()


def receive(stream):
    """Read one value; EOFError if the other process has ended."""
    header = stream.read(8)
    if len(header) < 8:
        raise EOFError("it ended without an answer")
    return pickle.loads(stream.read(struct.unpack("<Q", header)[0]))

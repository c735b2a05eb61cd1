"""Processes that work through a list of jobs, each on one core; which one does which job changes nothing in the results."""

import os
import pickle
import queue
import struct
import subprocess
import sys
import tempfile
import threading

# Each process computes on one core: they do not disturb each other, and the last bits of a sum do not depend on how many
# cores there are. For the same reason they leave a GPU alone.
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
START = "import sys; sys.path[:] = {path!r}; from mm_keras.comparison.engine.workers import serve; serve()"


def num_cores():
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Workers:
    """Processes with a runner each; use it in a `with` statement, which ends them.

    Args:
        make_runner: function without arguments -> an object with `do(job)`, called once in each process, when it is needed.
        count: int >= 1, how many processes; or 0 for none: the jobs are then done here, on as many threads as the libraries like.
        feature_key: function, job -> hashable. A free process takes a job at the place of its last one, where something may be
            prepared; else one at a place where nobody is; else the first one.
        process_key: function, job -> value. A job with another value than the last one of its process gets a new process: TensorFlow
            keeps the graphs of all that was trained, some 20 MB for each training, as long as a process lives.
    """

    def __init__(self, make_runner, count, feature_key, process_key=lambda job: None):
        self.make_runner, self.count, self.feature_key, self.process_key = (
            make_runner,
            count,
            feature_key,
            process_key,
        )
        self._here, self._processes, self._places, self._ended = None, {}, {}, False

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._ended = True
        processes, self._processes = (
            list(self._processes.values()),
            {},
        )  # so that no thread ends them, too
        for process in processes:
            process.end()

    def work_through(self, jobs, on_start, on_result):
        """Do all jobs; calls `on_start(job)` and `on_result(job, result)` here. A process that dies fails its job only."""
        if not self.count:
            self._here = self._here or self.make_runner()
            for job in jobs:
                on_start(job)
                on_result(job, self._here.do(job))
            return
        waiting, running, told = list(jobs), 0, queue.SimpleQueue()
        free = list(range(min(self.count, len(jobs))))
        while waiting or running:
            while free and waiting:
                number = free.pop(0)
                job = self._take(waiting, number)
                on_start(job)
                threading.Thread(target=self._do, args=(number, job, told), daemon=True).start()
                running += 1
            number, job, result = told.get()
            free.append(number)
            running -= 1
            on_result(job, result)

    def _take(self, waiting, number):
        own, taken = (
            self._places.get(number),
            {place for other, place in self._places.items() if other != number},
        )
        for suits in (
            lambda place: place == own,
            lambda place: place not in taken,
            lambda place: True,
        ):
            for i, job in enumerate(waiting):
                if suits(self.feature_key(job)):
                    self._places[number] = self.feature_key(job)
                    return waiting.pop(i)

    def _do(self, number, job, told):
        """In a thread: have process `number` do the job, and tell the result."""
        try:
            stage = self.process_key(job)
            if number in self._processes and self._processes[number].stage != stage:
                self._processes.pop(number).end()
            if number not in self._processes:
                self._processes[number] = _Process(self.make_runner, stage)
                if self._ended:  # while this one was starting
                    self._processes.pop(number).end()
                    return
            result = self._processes[number].do(job)
        except (
            Exception
        ) as error:  # it died, or its answer cannot be read: a new one will do the next job
            process = self._processes.pop(number, None)
            last_words = process.end() if process else ""
            result = {
                "failed": f"its process ended, perhaps for lack of memory ({last_words or error})"
            }
        told.put((number, job, result))


class _Process:
    """A Python process that gets messages on its standard input and answers on its standard output."""

    def __init__(self, make_runner, stage):
        self.stage = stage
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
        return receive(self.process.stdout)

    def end(self):
        """Stop it; returns the last line that it wrote to its standard error."""
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()
        self.errors.seek(0)
        lines = self.errors.read().decode("utf-8", "replace").split("\n")
        self.errors.close()
        return next((line.strip() for line in reversed(lines) if line.strip()), "")


def serve():
    """What such a process does until nobody speaks to it any more."""
    requests, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever is printed from now on goes to the standard error
    try:
        runner = receive(requests)()
        while True:
            send(answers, runner.do(receive(requests)))
    except (EOFError, BrokenPipeError):
        os._exit(0)


def send(stream, value):
    """Write one value; functions that cannot be imported, such as lambdas, travel as code."""
    try:
        from cloudpickle import dumps
    except ImportError:  # older versions of joblib bring their own
        from joblib.externals.cloudpickle import dumps
    content = dumps(value)
    stream.write(struct.pack("<Q", len(content)))
    stream.write(content)
    stream.flush()


def receive(stream):
    """Read one value; EOFError when the other side is gone."""
    head = stream.read(8)
    if len(head) < 8:
        raise EOFError("it ended without an answer")
    return pickle.loads(stream.read(struct.unpack("<Q", head)[0]))

"""The `distribute` command: runs a training script in several processes."""

import os
import signal
import socket
import subprocess
import sys
import time

from mm_keras.utils.extras import INSTALL


def run(options):
    """Start the processes that belong to this machine; end them all if one fails."""
    if not os.path.isfile(options.script):
        raise FileNotFoundError(f"There is no script {options.script}.")
    if (options.index is None) != (options.address is None):
        raise ValueError(
            "For several machines pass both --index and --address, for this machine alone neither."
        )
    try:
        import jax  # noqa: F401
    except ImportError:
        raise ImportError(f"Training in several processes runs on JAX: {INSTALL['jax']}") from None
    indices = range(options.processes) if options.index is None else [options.index]
    address = options.address or f"127.0.0.1:{_free_port()}"
    command = [
        sys.executable,
        "-m",
        "mm_keras.training.distributed",
        options.script,
        *options.arguments,
    ]
    processes = [
        subprocess.Popen(
            command,
            stdout=None if index in (0, options.index) else subprocess.DEVNULL,
            env={
                **os.environ,
                "KERAS_BACKEND": "jax",
                "KERAS_DISTRIBUTION_JOB_ADDRESSES": address,
                "KERAS_DISTRIBUTION_NUM_PROCESSES": str(options.processes),
                "KERAS_DISTRIBUTION_PROCESS_ID": str(index),
            },
        )
        for index in indices
    ]
    # On SIGTERM, leave through `finally`, which ends the processes.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        while True:
            codes = [process.poll() for process in processes]
            if any(codes) or None not in codes:
                return next((code for code in codes if code), 0)
            time.sleep(0.1)
    finally:
        for process in processes:
            if process.poll() is None:
                process.kill()
            process.wait()


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]

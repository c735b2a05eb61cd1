"""The options of `distribute`."""

import argparse

from mm_keras.cli.parser.options import Help, positive


def add_distribute(commands):
    command = commands.add_parser(
        "distribute",
        help="run a training script in several processes, on one machine or many",
        formatter_class=Help,
        description="Run a script that trains with mm_keras.training.shard_batches(...) in several "
        "processes (JAX backend). The weights are those of training in one process.",
    )
    command.add_argument("script", help="a Python script")
    command.add_argument("arguments", nargs=argparse.REMAINDER, help="arguments for the script")
    command.add_argument(
        "--processes", type=positive, default=2, help="number of processes on all machines together"
    )
    command.add_argument(
        "--index",
        type=int,
        help="on several machines: the index of this machine's process (0, 1, ...)",
    )
    command.add_argument(
        "--address", help="on several machines: HOST:PORT on which process 0 listens"
    )

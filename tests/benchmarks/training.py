"""Texts and image files to a trained model, streamed on two workers, against a naive script.

For 20,000 pairs the naive script needs more memory than most machines have. So it runs at two
sizes, and the cost per pair is taken from their difference and extrapolated. Wall time; both may
use two cores. The gain grows with the images: starting TensorFlow and training take as long in
both.
"""

import tempfile

from tests.benchmarks._measure import Row, in_process, memories


def rows(full):
    count = 20_000 if full else 2_000
    for side, sizes, times, share in (
        (640, (count // 20, count // 10), 6, 8),
        (256, (count // 10, count // 5), None, None),
    ):
        with tempfile.TemporaryDirectory() as folder:
            in_process("-m", "tests.benchmarks._training", "prepare", folder, count, side)
            ours = in_process("-m", "tests.benchmarks._training", "ours", folder, 2, threads=2)
        small, large = (naive(size, side) for size in sizes)
        wall, cpu, memory = (
            extrapolated(count, sizes, getattr(small, fact), getattr(large, fact))
            for fact in ("wall", "cpu", "memory")
        )
        yield Row(
            f"{count:,} pairs, JPEG {side} px, to a trained model",
            ours.wall,
            f"naive script, from {sizes[0]:,} and {sizes[1]:,}",
            wall,
            times if full else None,
            memories(ours.memory, memory),
        )
        yield Row("   its CPU time", ours.cpu, "the same", cpu)
        yield Row(
            "   its peak memory",
            ours.memory,
            "the same",
            memory,
            share if full else None,
            unit="MB",
        )


def naive(count, side):
    with tempfile.TemporaryDirectory() as folder:
        in_process("-m", "tests.benchmarks._training", "prepare", folder, count, side)
        return in_process("-m", "tests.benchmarks._training", "naive", folder, threads=2)


def extrapolated(count, sizes, small, large):
    return large + (large - small) / (sizes[1] - sizes[0]) * (count - sizes[1])

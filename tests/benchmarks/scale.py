"""Growth of time and memory with the number of pairs: TFIDF + HOG + training, streamed."""

import tempfile

from tests.benchmarks._measure import Row, in_process


def rows(full):
    sizes = (20_000, 100_000) if full else (2_000, 8_000)
    small, large = (measured(size) for size in sizes)
    for size, run in zip(sizes, (small, large)):
        yield Row(
            f"{size:,} pairs through TFIDF + HOG + training",
            run.memory,
            "allowed",
            2000,
            1,
            f"wall {run.wall:.0f} s",
            unit="MB",
        )
    yield Row(
        f"   memory per pair beyond {sizes[0]:,}",
        (large.memory - small.memory) / (sizes[1] - sizes[0]) * 1000,
        "allowed",
        2,
        1,
        unit="kB",
    )
    yield Row(
        "   time per pair beyond the start",
        (large.cpu - small.cpu) / (sizes[1] - sizes[0]),
        f"of the first {sizes[0]:,}",
        small.cpu / sizes[0],
    )


def measured(count):
    with tempfile.TemporaryDirectory() as folder:
        in_process("-m", "tests.benchmarks._training", "prepare", folder, count)
        return in_process("-m", "tests.benchmarks._training", "ours", folder)

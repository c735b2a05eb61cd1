"""Benchmarks: how fast mm_keras is, as ratios to a named alternative in the same run. `python -m tests.benchmarks`."""

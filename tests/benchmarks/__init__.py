"""Benchmarks: speed as a ratio to an alternative in the same run. `python -m tests.benchmarks`."""

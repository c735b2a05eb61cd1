"""Computes the result of a comparison from its jobs: tables, statistics and verdicts."""

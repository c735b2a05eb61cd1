"""From what the jobs returned to the result of a comparison: tables, statistics, verdicts."""

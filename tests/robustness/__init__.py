"""Large runs on damaged and hostile input: `python -m tests.robustness`. Not in the test suite."""

"""Progress: a bar where somebody watches, lines elsewhere, nothing for short work."""

import sys

import pytest

from mm_keras.utils.progress import Progress, show_progress, with_progress


@pytest.fixture
def clock(monkeypatch):
    """Lets time pass: set `clock[0]`."""
    now = [0.0]
    monkeypatch.setattr("mm_keras.utils.progress.time.monotonic", lambda: now[0])
    return now


def work(clock, seconds, shown=None):
    """Process 4 samples, `seconds` each; returns what is yielded."""
    results = []
    with show_progress(shown):
        for start, chunk in with_progress(enumerate("abcd"), 4, "text"):
            results.append((start, chunk))
            clock[0] += seconds
    return results


@pytest.mark.parametrize("terminal", [False, True])
@pytest.mark.parametrize("shown", [None, False, True])
def test_short_work_shows_nothing_and_chunks_are_passed_on(
    clock, monkeypatch, capsys, terminal, shown
):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal, raising=False)
    assert work(clock, 0.4, shown) == list(enumerate("abcd"))
    assert capsys.readouterr().err == ""


def test_long_work_is_a_line_every_ten_seconds_if_it_is_wanted(clock, capsys):
    work(clock, 6, True)
    assert capsys.readouterr().err.splitlines() == ["texts 2/4"]
    work(clock, 6)
    work(clock, 6, False)
    assert capsys.readouterr().err == ""


def test_in_a_terminal_it_is_a_bar_that_is_removed(clock, monkeypatch, capsys):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    work(clock, 3)
    output = capsys.readouterr().err
    assert "texts:" in output and "3/4" in output and output.endswith("\r")
    work(clock, 3, False)
    assert capsys.readouterr().err == ""


def test_chunks_of_chunks_count_the_outer_samples(clock, capsys):
    with show_progress(True), Progress(8, "image") as progress:
        for first in (0, 4):
            with progress.starting_at(first):
                work(clock, 11)
    assert capsys.readouterr().err.splitlines() == [f"images {n}/8" for n in (1, 2, 3, 4, 5, 6, 7)]

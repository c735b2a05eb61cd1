"""Which token patterns are loaded without trust: none that could take exponential time."""

import re
import time

import pytest

from mm_keras.saving.patterns import is_quick

QUICK = [
    r"(?u)\b\w\w+\b",
    r"(?u)\b(\w\w+)\b",
    r"\w+",
    r"\S+",
    r"[\w']+",
    r"[^\s,;]+",
    r"\b\w{3,}\b",
    r"\w{2,20}",
    "[a-z]{2,}",
    r"\b[a-zA-Z]\w*\b",
    r"[A-Z]?[a-z]+",
    r"\b[^\W\d_]+\b",
    r"\w+(?:'\w+)?|[^\w\s]",
    r"\w+(?:[-']\w+)*",
    r"[A-Za-z]+(?:[-'][A-Za-z]+)*",
    r"(?i)\b[a-zäöüß]{2,}(?:-[a-zäöüß]+)*\b",
    r"(?u)\b\w+(?:-\w+)+\b|\w+",
    r"\w+(?:[.@]\w+)+|\w+",
    r"[\w.-]+@[\w-]+\.\w+",
    r"#?\w+|[!?]",
    r"https?://\S+|\w+",
    r"\d+(?:\.\d+)?|\w+",
    r"[a-z]+(?:[0-9]+)?",
    r"(?<!\S)\S+(?!\S)",
    r"\b(?:rain|goal)s?\b",
    r"(?:[A-Z]\.)+|\w+(?:-\w+)*|\$?\d+(?:\.\d+)?%?|\.\.\.|[][.,;\"'?():_`-]",
]
SLOW = [
    r"(\w+)+!",
    r"(?:\w+-?)*!",
    r"(?:(?:\w+)?)*!",
    "(?:a|a)*b",
    "(a?){30}a{30}",
    r"(?:\w|.)" * 25 + "!",
    r"(?:a|ab)(?:c|bcd)" * 8,
    r"\w?" * 31 + "!",
    "(?:" + "e?" * 30 + "e" * 30 + "|zzz)",
    r"\w*\w*\w*\w*!",
    r".*.*.*.*!Q",
    r"(?s).+.+",
    r"\w+?\w+?!",
    r"\w+\d*x",
    r"\w*.\w*!",
    r"\w*\W*\w*!",
    r"\w*(?:x\w*){2}!",
    r"(?:'\w+)*'\w+!",
    r"(?:ab?a?)*c",
    r"(?i)[a-z]?[A-Z]?!",
    "[😀-😎]+[😀]+",
    r"(?=(?:\w|.)(?:\w|.))x",
    r"(?=\w+\w+!)x",
    r"(\w)\1",
    r"(?:a{100}){100}",
    "(?:(?:a{1,100}){1,100}){1,100}",
    "(",
    "a{99999999999}",
]


@pytest.mark.parametrize("pattern", QUICK)
def test_usual_token_patterns_need_no_trust(pattern):
    assert is_quick(pattern)


@pytest.mark.parametrize("pattern", SLOW)
def test_patterns_in_which_repeats_share_characters_need_trust(pattern):
    assert not is_quick(pattern)


def test_whether_a_pattern_is_quick_is_found_quickly():
    start = time.perf_counter()
    for pattern in ["a?b?c?" * 80, "".join(map(chr, range(200, 650))), r"\w?" * 160, "(" * 250]:
        is_quick(pattern)
    assert time.perf_counter() - start < 10


def test_no_pattern_of_random_parts_that_is_quick_takes_long():
    hypothesis = pytest.importorskip("hypothesis")
    st = hypothesis.strategies
    parts = [r"\w", ".", "e", "-", r"\W", "[a-e]", "(?:", ")", "|", "*", "+", "?", "{0,3}", "!"]

    @hypothesis.settings(max_examples=1500, deadline=None, derandomize=True)
    @hypothesis.given(st.lists(st.sampled_from(parts), min_size=1, max_size=60).map("".join))
    def check(expression):
        if is_quick(expression):
            start = time.perf_counter()
            re.findall(expression, ("e" * 40 + "-") * 10 + " ")
            assert time.perf_counter() - start < 2

    check()

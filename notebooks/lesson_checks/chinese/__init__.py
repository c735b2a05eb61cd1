"""The checks of the lessons in Chinese: the same logic, with every sentence translated."""

import re

from lesson_checks import Verdict

NEEDED = {
    "a whole number": "一个整数",
    "a dict of settings": "一个包含设置的字典",
    "the body of the function, and return the result": "函数体，并返回结果",
}
# Sentences of lesson_checks itself; {} stands for a value that is kept.
COMMON = {
    "The function returns nothing. Is `return` missing?": "函数没有返回值。是不是漏了 `return`？",
    "The answer is one of the letters {}, in quotes. Received: {}.": (
        "答案是这些字母中的一个，要带引号：{}。收到的是：{}。"
    ),
    "The sums of the rows have shape {}, and {} cannot be divided by that. "
    "Keep them as a column, {}: `keepdims=True`.": (
        "各行之和的形状是 {}，而形状为 {} 的数组不能除以它。"
        "请让它保持为一列，即 {}：`keepdims=True`。"
    ),
    "{} stopped with {}: {}": "{} 运行时出错，{}：{}",
}


def in_chinese(verdict, sentences):
    """The verdict with its sentence in Chinese; a sentence that is not known stays English.

    Args:
        verdict: Verdict of an English check.
        sentences: dict, English -> Chinese; {} stands for a value that is kept.
    """
    return Verdict(verdict.is_right, _translated(verdict.sentence, {**sentences, **COMMON}))


def _translated(sentence, sentences):
    kind, _, rest = sentence.partition(". ")
    if kind == "No answer yet":
        needed = rest.removeprefix("Replace the three dots with ").removesuffix(".")
        letters = re.fullmatch(r"one letter \((.+)\) in quotes", needed)
        chinese = f"一个带引号的字母（{letters[1]}）" if letters else NEEDED.get(needed, needed)
        return f"还没有答案。请把三个点换成{chinese}。"
    start = {"Right": "正确。", "Not yet": "还不对。"}[kind]
    for english, chinese in sentences.items():
        pattern = re.escape(english).replace(r"\{\}", "(.+?)")
        if match := re.fullmatch(pattern, rest, re.DOTALL):
            return start + chinese.format(*match.groups())
    return start + rest

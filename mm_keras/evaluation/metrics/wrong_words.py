"""Marks on the wrong words of a sentence."""

import re
from collections.abc import Sequence
from difflib import SequenceMatcher

from mm_keras.evaluation.metrics.sentences import sentence_tokens
from mm_keras.text.tokens import SENTENCE_PATTERN, normalize
from mm_keras.utils.scripts import WITHOUT_SPACES


def mark_errors(
    prediction: str, references: str | Sequence[str], omitted: str = "…"
) -> tuple[str, list[bool]]:
    """A sentence in lower case, and for each of its characters whether it is in a wrong word.

    The words are compared with the most similar reference, in its order. Where words of the
    reference are omitted, `omitted` is inserted.

    Example:
        >>> text, wrong = mark_errors("der Bogen ist rot", "der bogen rechts ist grün")
        >>> print(text + "\\n" + "".join("^" if is_wrong else " " for is_wrong in wrong))
        der bogen … ist rot
                  ^     ^^^
    """
    text = normalize(prediction)
    spans = [match.span() for match in re.finditer(SENTENCE_PATTERN, text)]
    tokens = [text[start:end] for start, end in spans]
    matchers = [
        SequenceMatcher(a=sentence_tokens(reference), b=tokens, autojunk=False)
        for reference in ([references] if isinstance(references, str) else references)
    ]
    space = "" if re.search(f"[{WITHOUT_SPACES}]", text) else " "
    wrong = [False] * len(text)
    for action, _, _, first, last in reversed(
        max(matchers, key=SequenceMatcher.ratio).get_opcodes()
    ):
        start = spans[first][0] if first < len(spans) else len(text)
        if action == "delete":
            inserted = omitted + space if first < len(spans) else space + omitted
            text = text[:start] + inserted + text[start:]
            wrong[start:start] = [character != " " for character in inserted]
        elif action != "equal":
            end = spans[last - 1][1]
            wrong[start:end] = [True] * (end - start)
    return text, wrong

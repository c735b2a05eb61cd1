"""Checks for the exercises of lesson 02, words to numbers."""

from lesson_checks import (
    as_numbers,
    no_result,
    not_yet,
    one_of,
    outcome,
    right,
    unanswered,
    whole_number,
)


def check_columns(answer):
    """Predict: the number of columns for the words and pairs of words of one sentence.

    >>> check_columns(4)
    Not yet. There are more. Single words have columns, and so do pairs of neighboring words.
    >>> check_columns(9)
    Not yet. There are fewer. Does a word that occurs twice get a second column?
    >>> check_columns("many")
    Not yet. A whole number is needed. Received: 'many'.
    """
    from mm_keras.text import BagOfWords

    if answer is ...:
        return unanswered("a whole number")
    number = whole_number(answer)
    if number is None:
        return not_yet(f"A whole number is needed. Received: {answer!r}.")
    (columns,) = BagOfWords(ngram_range=(1, 2)).fit(["The storm hits the coast"]).output_shape_
    if number < columns:
        return not_yet(
            "There are more. Single words have columns, and so do pairs of neighboring words."
        )
    if number > columns:
        return not_yet("There are fewer. Does a word that occurs twice get a second column?")
    return right("Distinct words plus distinct pairs: with pairs, a vocabulary grows quickly.")


def check_typo(extractor):
    """Change: an extractor with which a misspelled word is still close to the right word.

    >>> from mm_keras.text import BagOfWords
    >>> check_typo(BagOfWords())  # doctest: +NORMALIZE_WHITESPACE
    Not yet. The row of 'storrm' is all zeros: none of its terms is in the vocabulary. Which terms
    could the two spellings share?
    >>> check_typo(BagOfWords(analyzer="char"))  # doctest: +NORMALIZE_WHITESPACE
    Not yet. 'storrm' is no closer to 'storm at the coast' than to 'most motors roar'. Single
    letters say little.
    >>> check_typo("char")
    Not yet. An extractor such as BagOfWords(...) or TFIDF(...) is needed. Received: 'char'.
    """
    if extractor is ...:
        return unanswered("an extractor")
    if not hasattr(extractor, "fit_transform"):
        return not_yet(
            "An extractor such as BagOfWords(...) or TFIDF(...) is needed. "
            f"Received: {extractor!r}."
        )
    table, problem = outcome(extractor.fit_transform, ["storm at the coast", "most motors roar"])
    typo, problem = outcome(extractor.transform, ["storrm"]) if problem is None else (None, problem)
    if problem:
        return not_yet(f"The extractor {problem}")
    table, typo = (
        as_numbers(rows.toarray() if hasattr(rows, "toarray") else rows) for rows in (table, typo)
    )
    if table is None or typo is None or table.ndim != 2:
        return not_yet(
            f"An extractor that returns one row per text is needed. Received: {extractor!r}."
        )
    typo = typo[0]
    if not typo.any():
        return not_yet(
            "The row of 'storrm' is all zeros: none of its terms is in the vocabulary. "
            "Which terms could the two spellings share?"
        )
    near, far = table @ typo / (table**2).sum(axis=1) ** 0.5
    if near <= far:
        return not_yet(
            "'storrm' is no closer to 'storm at the coast' than to 'most motors roar'. "
            "Single letters say little."
        )
    return right("Character n-grams survive a typing error; the cost is many more columns.")


def check_leak(answer):
    """Explain: what is wrong with fitting on all reports.

    >>> check_leak("a")
    Not yet. Labels are not all that can leak. Over which reports does idf_ count?
    >>> check_leak("c")
    Not yet. A longer vocabulary adds columns. Do the words of the training reports lose theirs?
    >>> check_leak("b")
    Not yet. Each row is divided by its own length, whatever the extractor was fitted on.
    >>> check_leak("e")
    Not yet. The answer is one of the letters a, b, c, d, in quotes. Received: 'e'.
    """
    return one_of(
        answer,
        "d",
        "Vocabulary and weights are learned, so fit them on the training samples only.",
        {
            "a": "Labels are not all that can leak. Over which reports does idf_ count?",
            "c": "A longer vocabulary adds columns. "
            "Do the words of the training reports lose theirs?",
            "b": "Each row is divided by its own length, whatever the extractor was fitted on.",
        },
    )


def check_pairs(function):
    """Build: a function that cuts a string of Chinese characters into overlapping pairs.

    >>> check_pairs(list)
    Not yet. pairs('海岸') returns ['海', '岸']: each item must contain two neighbors.
    >>> check_pairs(lambda text: [text[i:i + 2] for i in range(0, len(text), 2)])
    Not yet. pairs('暴风雨') misses a pair: every character but the last begins one.
    >>> check_pairs(lambda text: [text[i:i + 2] for i in range(len(text))])
    ... # doctest: +NORMALIZE_WHITESPACE
    Not yet. pairs('海岸') returns more items than there are pairs. What happens at the last
    character?
    >>> check_pairs(lambda text: [text[i:i + 2] for i in range(len(text) - 1)])
    Not yet. pairs('雨') returns nothing: a single character is a word as well.
    >>> check_pairs(lambda text: text.missing)
    Not yet. pairs('海岸') stopped with AttributeError: 'str' object has no attribute 'missing'
    """
    from mm_keras.text import tokenize

    for text in ("海岸", "暴风雨", "雨", "暴风雨袭击海岸"):
        result, problem = outcome(function, text)
        expected = tokenize(text)
        if problem:
            return not_yet(f"pairs({text!r}) {problem}")
        if result is None or result is ...:
            return no_result(function)
        if isinstance(result, list) and result == expected:
            continue
        return not_yet(f"pairs({text!r}) {_pairs_hint(result, expected)}")
    return right(
        "Nearly every Chinese word of two characters is among them, and no dictionary is needed."
    )


def _pairs_hint(result, expected):
    if not isinstance(result, list):
        return f"must return a list. It returns {type(result).__name__}."
    if not result and len(expected) == 1:
        return "returns nothing: a single character is a word as well."
    if len(result) > len(expected) and all(pair in result for pair in expected):
        return "returns more items than there are pairs. What happens at the last character?"
    if sorted(map(str, result)) == sorted(expected):
        return "returns the right pairs in another order."
    if not any(len(str(item)) == len(expected[0]) for item in result):
        return f"returns {result}: each item must contain two neighbors."
    return "misses a pair: every character but the last begins one."

"""Metrics of sentences: BLEU, exact matches, CIDEr-D, and the words that fill slots.

The tokens of a sentence are its words, punctuation marks and single Chinese characters, in lower
case (`mm_keras.text.SENTENCE_PATTERN`). References are one sentence per prediction, or a list of
several, any of which is right.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from mm_keras.text.tokens import SENTENCE_PATTERN, tokenize

MAX_NGRAM = 4
SIGMA = 6.0  # of the length penalty of CIDEr-D, in words


def sentence_tokens(sentence):
    """The tokens of a sentence, list of str.

    Example:
        >>> sentence_tokens("Die Uhr ist rot."), sentence_tokens("红色的钟")
        (['die', 'uhr', 'ist', 'rot', '.'], ['红', '色', '的', '钟'])
    """
    return tokenize(sentence, token_pattern=SENTENCE_PATTERN)


def sentence_scores(
    predictions: Sequence[str], references: Sequence[str | Sequence[str]]
) -> dict[str, float]:
    """BLEU-1, BLEU-4, the share of exact matches, and the number of distinct predictions.

        BLEU-N = 100 BP (p_1 ... p_N)^(1/N), BP = min(1, exp(1 - r / c))

    over the whole test set: p_k is the share of predicted k-grams that occur in a reference (at
    most as often as there), c the number of predicted words and r that of the closest references.
    BLEU is not smoothed: it is 0 if no k-gram is right. A high BLEU does not mean that the words
    that matter are right: see `slot_accuracy`.

    Args:
        predictions: n sentences.
        references: n sentences, or n lists of sentences of which any is right.

    Returns:
        dict: "BLEU-1" and "BLEU-4" in [0, 100]; "exact" in [0, 1], the share of predictions that
        equal a reference; "distinct", an int.

    Raises:
        TypeError: one str instead of a list.
        ValueError: no sentences, or not one reference or list of references per prediction.

    Example:
        One wrong word at the end of five leaves four words of five, and one 4-gram of two.

        >>> scores = sentence_scores(["a small red bat there"], ["a small red bat here"])
        >>> scores["BLEU-1"], round(scores["BLEU-4"], 2)  # 100 (4/5 * 3/4 * 2/3 * 1/2)^(1/4)
        (80.0, 66.87)
        >>> sentence_scores(["a bat", "a bow"], ["a bat", ["bow", "a bow"]])["exact"]
        1.0

    Reference: K. Papineni, S. Roukos, T. Ward, W.-J. Zhu, BLEU: a method for automatic evaluation
    of machine translation, 2002 (computed by NLTK).
    """
    predicted, right = _tokenized(predictions, references)
    bleu = _bleu(predicted, right)
    return {
        "BLEU-1": bleu[0],
        "BLEU-4": bleu[-1],
        "exact": float(np.mean(_right(predicted, right))),
        "distinct": len(set(map(tuple, predicted))),
    }


def right_sentences(predictions, references):
    """Bool (n,), the predictions that equal a reference."""
    return np.array(_right(*_tokenized(predictions, references)))


def _right(predicted, right):
    return [tokens in several for tokens, several in zip(predicted, right)]


def _bleu(predicted, right):
    """BLEU-1 to BLEU-4."""
    from nltk.translate.bleu_score import brevity_penalty, closest_ref_length, modified_precision

    precisions = []
    for n in range(1, MAX_NGRAM + 1):
        # NLTK counts one n-gram in a sentence of fewer than n tokens, which has none.
        shares = [
            modified_precision(several, tokens, n)
            for tokens, several in zip(predicted, right)
            if len(tokens) >= n
        ]
        num_right = sum(share.numerator for share in shares)
        precisions.append(num_right / max(1, sum(share.denominator for share in shares)))
    lengths = [len(tokens) for tokens in predicted]
    closest = sum(map(closest_ref_length, right, lengths))
    penalty = brevity_penalty(closest, sum(lengths))
    return [
        float(100 * penalty * np.prod(precisions[:n]) ** (1 / n)) for n in range(1, MAX_NGRAM + 1)
    ]


def cider_d(
    predictions: Sequence[str], references: Sequence[str | Sequence[str]], average: bool = True
) -> float | np.ndarray:
    """CIDEr-D: agreement with the references, where rare n-grams count more.

    With g_n(s) the tf-idf vector of the n-grams of a sentence s, where idf is ln(number of samples
    / number of samples with the n-gram in a reference), a prediction p with m references r has

        10 / (4 m) sum_r sum_n exp(-(len(p) - len(r))^2 / (2 * 6^2))
                               min(g_n(p), g_n(r)) . g_n(r) / (|g_n(p)| |g_n(r)|)

    for n from 1 to 4. The result equals that of the package pycocoevalcap, which takes the number
    of pairs of neighboring words as the length.

    Args:
        predictions, references: as in `sentence_scores`.
        average: bool, whether to return the mean over the predictions.

    Returns:
        float in [0, 10], or, without `average`, float64 array (n,). N-grams that occur in the
        references of every sample count nothing, and sentences of fewer than four words stay
        below 10.

    Raises:
        TypeError, ValueError: as in `sentence_scores`.

    Example:
        >>> captions = ["a small red bat", "the large blue bow"]
        >>> cider_d(captions, captions)
        10.0
        >>> cider_d(captions, captions[::-1])
        0.0

    Reference: R. Vedantam, C. L. Zitnick, D. Parikh, CIDEr: consensus-based image description
    evaluation, 2015.
    """
    predicted, right = _tokenized(predictions, references)
    counts = [[_ngrams(tokens) for tokens in several] for several in right]
    samples_with = Counter(ngram for several in counts for ngram in set().union(*several))
    scores = []
    for tokens, several in zip(predicted, counts):
        first = _weighted(_ngrams(tokens), samples_with, len(right))
        others = [_weighted(reference, samples_with, len(right)) for reference in several]
        scores.append(10 * np.mean([_similarity(first, other) for other in others]))
    return float(np.mean(scores)) if average else np.array(scores)


def slot_accuracy(
    predictions: Sequence[str], slots: Mapping[str, Sequence[str]]
) -> dict[str, float]:
    """The share of sentences with the right word in each slot, such as the color.

    A slot is right if its right value is in the sentence, and no other value of the slot is.

    Args:
        predictions: n sentences.
        slots: dict, name -> n str, the right values: one or several words, in any case.

    Returns:
        dict, name -> float in [0, 1].

    Raises:
        TypeError: one str instead of a list.
        ValueError: no sentences, or not one value per sentence.

    Example:
        >>> captions = ["a red bat", "a red or blue bow"]
        >>> slot_accuracy(captions, {"color": ["red", "blue"], "word": ["bat", "bow"]})
        {'color': 0.5, 'word': 1.0}
    """
    return {
        name: float(np.mean(right_slots(predictions, values))) for name, values in slots.items()
    }


def right_slots(predictions, values):
    """Bool (n,), the sentences with the right value of one slot and no other; see `slot_accuracy`.

    A value that is a part of the right one ("red" of "dark red") is not another.
    """
    _check_lengths(predictions, values, "values")
    predicted = [sentence_tokens(sentence) for sentence in predictions]
    values = [sentence_tokens(value) for value in values]
    distinct = list(map(list, set(map(tuple, values))))
    return np.array(
        [
            _contains(tokens, right)
            and not any(
                _contains(tokens, other) and not _contains(right, other) for other in distinct
            )
            for tokens, right in zip(predicted, values)
        ]
    )


def _contains(tokens, part):
    """Whether a sequence of tokens occurs in another one, without gaps."""
    size = len(part)
    return any(tokens[i : i + size] == part for i in range(len(tokens) - size + 1))


def _tokenized(predictions, references):
    """Lists of tokens of the predictions, and for each the list of those of its references."""
    _check_lengths(predictions, references, "references")
    several = [[r] if isinstance(r, str) else list(r) for r in references]
    empty = [row for row, sentences in enumerate(several) if not sentences]
    if empty:
        raise ValueError(f"Each prediction needs a reference. Received: none at row {empty[0]}.")
    return (
        [sentence_tokens(sentence) for sentence in predictions],
        [[sentence_tokens(sentence) for sentence in sentences] for sentences in several],
    )


def _check_lengths(predictions, others, name):
    if isinstance(predictions, str) or isinstance(others, str):
        raise TypeError(f"Predictions and {name} are lists. Received: a str. Put it in a list.")
    if not len(predictions) or len(predictions) != len(others):
        raise ValueError(
            f"One or more predictions are needed, and as many {name}. Received: "
            f"{len(predictions)} predictions and {len(others)} {name}."
        )


def _ngrams(tokens):
    """Counter of the n-grams of 1 to 4 tokens."""
    return Counter(
        tuple(tokens[i : i + n])
        for n in range(1, MAX_NGRAM + 1)
        for i in range(len(tokens) - n + 1)
    )


def _weighted(counts, samples_with, num_samples):
    """(list of dicts n-gram -> tf-idf for n = 1 to 4, their lengths (4,), number of pairs)."""
    vectors = [{} for _ in range(MAX_NGRAM)]
    for ngram, count in counts.items():
        idf = np.log(num_samples / max(1, samples_with[ngram]))
        vectors[len(ngram) - 1][ngram] = count * idf
    lengths = [np.sqrt(sum(weight**2 for weight in vector.values())) for vector in vectors]
    return vectors, lengths, sum(count for ngram, count in counts.items() if len(ngram) == 2)


def _similarity(first, second):
    """The mean cosine of clipped tf-idf vectors, times the length penalty."""
    cosines = [
        sum(min(weight, b.get(ngram, 0.0)) * b.get(ngram, 0.0) for ngram, weight in a.items())
        / (length_a * length_b or 1.0)
        for a, b, length_a, length_b in zip(first[0], second[0], first[1], second[1])
    ]
    return np.mean(cosines) * np.exp(-((first[2] - second[2]) ** 2) / (2 * SIGMA**2))

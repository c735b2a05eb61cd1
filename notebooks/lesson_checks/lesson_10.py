"""Checks for the exercises of lesson 10, translation with images, and the claims of its text."""

from collections import Counter

from lesson_checks import as_numbers, no_result, not_yet, one_of, outcome, right, unanswered

NUM_PRODUCTS, NUM_AMBIGUOUS = 16, 12
CHINESE = "右边有一个大大的绿色的蝴蝶结"


def check_other_meaning(answer):
    """Predict: the share of right nouns where each image shows the other meaning of its word.

    >>> check_other_meaning(0)
    Not yet. Some words have one meaning only, and the text states them plainly.
    >>> check_other_meaning(0.5)  # doctest: +NORMALIZE_WHITESPACE
    Not yet. The images are not random: where there is another meaning, they always show it.
    >>> check_other_meaning(0.4)
    Not yet. Four of ten words have one meaning; but how many of the 16 products?
    >>> check_other_meaning("all")
    Not yet. A number from 0 to 1 is needed. Received: 'all'.
    """
    if answer is ...:
        return unanswered("a number from 0 to 1")
    number, problem = outcome(float, answer)
    if problem or not 0 <= number <= 1:
        return not_yet(f"A number from 0 to 1 is needed. Received: {answer!r}.")
    if abs(number - (NUM_PRODUCTS - NUM_AMBIGUOUS) / NUM_PRODUCTS) < 0.005:
        return right("Far fewer than without any image: a wrong hint is worse than none.")
    if number < 0.01:
        return not_yet("Some words have one meaning only, and the text states them plainly.")
    if abs(number - 0.4) < 0.01:
        return not_yet("Four of ten words have one meaning; but how many of the 16 products?")
    if number > 0.4:
        return not_yet(
            "The images are not random: where there is another meaning, they always show it."
        )
    return not_yet("Of which products is the noun still right, and how many of the 16 are they?")


def check_target(settings):
    """Change: settings of a Sequence whose token ids can be written back, and end with a 0.

    >>> check_target({"length": 10})  # doctest: +NORMALIZE_WHITESPACE
    Not yet. The words are 右边, 边有, 有一, ...: written one after the other, they repeat
    characters. Which setting says what a word is?
    >>> check_target({"length": 14, "token_pattern": "."})  # doctest: +NORMALIZE_WHITESPACE
    Not yet. All 14 positions are taken by words. The end of a sentence is a 0 after its last word.
    >>> check_target({"length": 10, "token_pattern": "."})
    Not yet. Of the sentence 右边有一个大大的绿色 is left, 10 of 14 words.
    >>> check_target({"length": 20, "token_pattern": ".", "padding": "pre"})
    ... # doctest: +NORMALIZE_WHITESPACE
    Not yet. The zeros come before the words. A model that writes from left to right needs them
    after the last word: which setting puts them there?
    >>> check_target({"lenght": 16})  # doctest: +ELLIPSIS
    Not yet. Sequence stopped with TypeError: ...got an unexpected keyword argument 'lenght'...
    >>> check_target(16)
    Not yet. A dict such as {"length": 10} is needed. Received: 16.
    """
    from mm_keras.text import Sequence

    if settings is ...:
        return unanswered("a dict of settings")
    if not isinstance(settings, dict):
        return not_yet(f'A dict such as {{"length": 10}} is needed. Received: {settings!r}.')
    target, problem = outcome(lambda: Sequence(**settings).fit([CHINESE]))
    if problem:
        return not_yet(f"Sequence {problem}")
    words = {token_id: word for word, token_id in target.vocabulary_.items()}
    ids = target.transform([CHINESE])[0]
    written = [words[token_id] for token_id in ids if token_id in words]
    if any(a[-1] == b[0] for a, b in zip(written, written[1:]) if len(a) > 1):
        return not_yet(
            f"The words are {', '.join(written[:3])}, ...: written one after the other, they "
            "repeat characters. Which setting says what a word is?"
        )
    if "".join(written) != CHINESE:
        return not_yet(
            f"Of the sentence {''.join(written)} is left, {len(written)} of {len(CHINESE)} words."
        )
    if ids[-1] != 0 and 0 in ids:
        return not_yet(
            "The zeros come before the words. A model that writes from left to right needs them "
            "after the last word: which setting puts them there?"
        )
    if ids[-1] != 0:
        return not_yet(
            f"All {len(ids)} positions are taken by words. The end of a sentence is a 0 after its "
            "last word."
        )
    return right("`mm.training.target_sequence` chooses both from the sentences.")


def check_score(answer):
    """Explain: what follows from equal BLEU with right and with wrong images.

    >>> check_score("d)")  # doctest: +NORMALIZE_WHITESPACE
    Not yet. A difference of 0.2 can be chance: other photos, dealt out again, would change BLEU as
    much.
    >>> check_score("b")
    Not yet. This is one model on one test set. What could BLEU not see in this lesson?
    >>> check_score("c")  # doctest: +NORMALIZE_WHITESPACE
    Not yet. BLEU depends on the task: here, 70 was possible with every second ambiguous noun wrong.
    >>> check_score("e")
    Not yet. The answer is one of the letters a, b, c, d, in quotes. Received: 'e'.
    """
    return one_of(
        answer,
        "a",
        "An average over all words hides what few of them owe to the image; measure those.",
        {
            "d": "A difference of 0.2 can be chance: other photos, dealt out again, would change "
            "BLEU as much.",
            "b": "This is one model on one test set. What could BLEU not see in this lesson?",
            "c": "BLEU depends on the task: here, 70 was possible with every second ambiguous noun "
            "wrong.",
        },
    )


PAIRS = [("bat", "Schläger")] * 3 + [("bat", "Fledermaus")] + [("lamp", "Lampe")] * 2


def check_ceiling(function):
    """Build: the best share of right translations of words alone.

    >>> check_ceiling(lambda pairs: 2 / 6)  # doctest: +NORMALIZE_WHITESPACE
    Not yet. For 3 x (bat, Schläger), 1 x (bat, Fledermaus), 2 x (lamp, Lampe) it gives 0.333: these
    are the words with one translation. The others are right now and then, too.
    >>> check_ceiling(lambda pairs: 0.875)  # doctest: +NORMALIZE_WHITESPACE
    Not yet. For 3 x (bat, Schläger), 1 x (bat, Fledermaus), 2 x (lamp, Lampe) it gives 0.875: the
    mean over the two words. Each sample counts once, so frequent words count more.
    >>> check_ceiling(lambda pairs: 5)  # doctest: +NORMALIZE_WHITESPACE
    Not yet. For 3 x (bat, Schläger), 1 x (bat, Fledermaus), 2 x (lamp, Lampe) it gives 5: a share
    is a number from 0 to 1.
    >>> check_ceiling(lambda pairs: "5/6")
    Not yet. One number is needed. It returns str.
    >>> check_ceiling(lambda pairs: print(len(pairs)))
    6
    Not yet. The function returns nothing. Is `return` missing?
    >>> check_ceiling(lambda pairs: pairs["bat"])  # doctest: +NORMALIZE_WHITESPACE
    Not yet. The function stopped with TypeError: list indices must be integers or slices, not str
    """
    if function is ...:
        return unanswered("a function")
    for pairs in (PAIRS, [("key", "Taste")], [("cup", f"Tasse {i}") for i in range(4)]):
        result, problem = outcome(function, list(pairs))
        if problem:
            return not_yet(f"The function {problem}")
        if result is None or result is ...:
            return no_result(function)
        number = as_numbers(result)
        if isinstance(result, str) or number is None or number.ndim != 0:
            return not_yet(f"One number is needed. It returns {type(result).__name__}.")
        hint = _ceiling_hint(float(number), pairs)
        if hint:
            counts = [f"{n} x ({word}, {noun})" for (word, noun), n in Counter(pairs).items()]
            return not_yet(f"For {', '.join(counts)} it gives {number:.3g}: {hint}")
    return right(
        "Compare a model of words alone with it: one that stays below is not fully trained, and "
        "makes the image look useful."
    )


def _ceiling_hint(number, pairs):
    """What is wrong with a ceiling, as the end of a sentence; None if nothing is."""
    counts = {}
    for word, translation in pairs:
        counts.setdefault(word, Counter())[translation] += 1
    best = [max(count.values()) for count in counts.values()]
    if abs(number - sum(best) / len(pairs)) < 1e-6:
        return None
    alone = sum(count.total() for count in counts.values() if len(count) == 1) / len(pairs)
    by_word = sum(b / count.total() for b, count in zip(best, counts.values())) / len(counts)
    if not 0 <= number <= 1:
        return "a share is a number from 0 to 1."
    if abs(number - alone) < 1e-6:
        return "these are the words with one translation. The others are right now and then, too."
    if abs(number - by_word) < 1e-6:
        return "the mean over the two words. Each sample counts once, so frequent words count more."
    return "count, for each word, how often its most frequent translation is the right one."


# --- the claims of the lesson, asserted in its cells ----------------------------------------------
# Scores are [BLEU, exact %, ambiguous nouns %, other nouns %].


def six_words_have_two_meanings(data):
    meanings = Counter(word for word, _ in set(zip(data.columns["word"], data.columns["shown"])))
    return sorted(meanings.values()) == [1] * 4 + [2] * 6


def are_german(translations):
    """Of a sentence about a bat (either one) and one about a lamp."""
    bat, lamp = translations
    end = " links ist klein und rot"
    return bat in ("der schläger" + end, "die fledermaus" + end) and lamp == "die lampe" + end


def articles_are_split(table):
    """Rows bat and pipe, columns der, die, das: both possible articles are probable."""
    (bat_m, bat_f, bat_n), (pipe_m, pipe_f, pipe_n) = table[:2]
    return min(bat_m, bat_f, pipe_f, pipe_n) > 0.1 and max(bat_n, pipe_m) < 0.1


def noun_fits(article, noun):
    return noun == {"der": "schläger", "die": "fledermaus"}[article]


def words_alone_guess(scores):
    _, exact, ambiguous, other = scores
    return 50 < exact < 72 and 38 < ambiguous < 62 and other > 98


def the_image_decides(with_image, words_alone):
    return with_image[0] > words_alone[0] + 15 and with_image[1] > 85 and with_image[3] > 90


def a_wrong_image_misleads(bars):
    """Shares (share, low, high): words alone, right, wrong and no image; again for other nouns."""
    words, image, wrong, none, *others = bars.values()
    intervals_apart = wrong[2] < words[1] and words[2] < image[1] and wrong[2] < none[1]
    return intervals_apart and others[2][2] < others[3][1] and none[0] < 0.62


def withholding_helps(table):
    careful, wrong, none = (table["careful" + end] for end in ("", ", wrong image", ", no image"))
    words, trusting = table["words alone"], table["trusting, wrong image"]
    as_words_alone = abs(none[1] - words[1]) < 8 and none[3] > 96
    return (
        as_words_alone
        and careful[2] > 90
        and wrong[2] < 62
        and all(wrong[k] > trusting[k] + 10 for k in range(4))
    )


def chinese_hides_even_more(table):
    image, none = table["with the image"], table["no image"]
    return image[2] > 90 and 38 < none[2] < 62 and none[3] > 96


def measure_words_fit(sentences):
    """A stick and an animal in the image: each with its own noun, and measure word if any."""
    stick, animal = sentences[:2]
    return "球棒" in stick and "蝙蝠" in animal and "一只" not in stick and "一根" not in animal

"""Short news reports from a small grammar: key phrases of one topic in shared sentences.

A report is a headline and some sentences. Each has one slot for a key phrase; everything else
(places, people, times, verbs) is drawn from the same lists for all topics. The words of two topics'
phrases never overlap, so a single phrase determines the topic, and all other words are independent
of it. The n-th phrase of a topic is drawn with a probability proportional to 1/n (Zipf's law), so a
small training set does not contain the rare ones.
"""

import numpy as np

# From frequent to rare, the same number for each topic.
PHRASES = {
    "weather": [
        "storm warning",
        "heavy rain",
        "ground frost",
        "thick fog",
        "snow shower",
        "heat wave",
        "strong wind",
        "thunder cloud",
        "spring flood",
        "icy drizzle",
    ],
    "sports": [
        "cup final",
        "penalty goal",
        "league match",
        "relay race",
        "tennis serve",
        "star striker",
        "team captain",
        "olympic medal",
        "football stadium",
        "marathon run",
    ],
    "finance": [
        "bank loan",
        "market slump",
        "share price",
        "interest rate",
        "stock rally",
        "profit margin",
        "pension fund",
        "merger bid",
        "bond auction",
        "currency swap",
    ],
    "politics": [
        "election campaign",
        "parliament vote",
        "coalition treaty",
        "cabinet meeting",
        "minister speech",
        "senate debate",
        "party congress",
        "ballot count",
        "tax reform",
        "embassy visit",
    ],
    "science": [
        "laboratory experiment",
        "telescope survey",
        "comet orbit",
        "genome study",
        "fossil discovery",
        "particle collision",
        "physics theory",
        "robot probe",
        "microscope sample",
        "quantum sensor",
    ],
    "culture": [
        "opera premiere",
        "museum exhibition",
        "film festival",
        "theatre play",
        "art gallery",
        "orchestra concert",
        "poetry reading",
        "dance ensemble",
        "novel chapter",
        "sculpture garden",
    ],
    "health": [
        "flu vaccine",
        "hospital ward",
        "virus outbreak",
        "doctor shortage",
        "cancer therapy",
        "blood donation",
        "nurse shift",
        "clinic surgery",
        "medicine trial",
        "patient record",
    ],
    "travel": [
        "train timetable",
        "airport terminal",
        "road tunnel",
        "ferry crossing",
        "railway bridge",
        "hotel booking",
        "tourist season",
        "bus lane",
        "passport queue",
        "highway junction",
    ],
    "neutral": [
        "daily news",
        "local story",
        "open question",
        "brief update",
        "usual routine",
        "general notice",
        "common topic",
        "ordinary affair",
        "small matter",
        "quiet day",
    ],
}

PLACES = [
    "the coast",
    "the old town",
    "the north",
    "the harbour",
    "the valley",
    "the capital",
    "the border region",
    "the east side",
    "the lake district",
    "the southern hills",
]
PEOPLE = [
    "Residents",
    "Reporters",
    "Neighbours",
    "Whole families",
    "Two experts",
    "Many readers",
    "A few guests",
    "Young people",
    "Some teachers",
]
TIMES = [
    "on Monday",
    "on Friday",
    "this morning",
    "late last night",
    "at the weekend",
    "earlier this week",
    "around noon",
    "in the evening",
]

HEADLINES = [
    "{Phrase} for {place}.",
    "{Phrase} near {place}.",
    "{Phrase} surprises {place}.",
    "{Phrase} reported from {place}.",
    "{Phrase} keeps {place} awake.",
    "All eyes on the {phrase} near {place}.",
    "What the {phrase} means for {place}.",
    "From {place}: {phrase}.",
]
SENTENCES = [
    "{People} heard about the {phrase} {time}.",
    "{People} from {place} say that the {phrase} came as a surprise.",
    "Nobody near {place} had expected the {phrase} {time}.",
    "The {phrase} was the talk of {place} {time}.",
    "{People} asked what will follow the {phrase}.",
    "According to first accounts, the {phrase} has upset many plans across {place}.",
    "{People} waited for hours, and the {phrase} was all they talked about.",
    '"We remember the last {phrase} well," {people} said {time}.',
]
ADDITIONS = [
    "Meanwhile, {people} from {place} wonder about the {phrase}.",
    "The {phrase}, too, caught the eye of {people} {time}.",
    "It comes only weeks after the {phrase} near {place}.",
    "There was also word of the {phrase} {time}.",
    "As for the {phrase}, {people} hope to learn more tomorrow.",
    "{People} compare it with the {phrase} near {place}.",
    "Page two tells more about the {phrase}.",
    "Apart from the {phrase}, life goes on as before across {place}.",
]


def write_reports(topics, num_clauses, rng):
    """One report per topic name, list of n str; each clause has a key phrase of the topic.

    The headline is followed by a sentence with the same phrase, then by an addition with another
    phrase, and so on in turn.

    Args:
        topics: sequence of n names, keys of `PHRASES`.
        num_clauses: int in [1, 10], the number of sentences, including the headline.
        rng: numpy Generator.
    """
    num_phrases = len(PHRASES["neutral"])
    shape = (len(topics), num_clauses)
    places, people, times, headlines, sentences, additions = (
        _draw(words, shape, rng)
        for words in (PLACES, PEOPLE, TIMES, HEADLINES, SENTENCES, ADDITIONS)
    )
    zipf = 1 / np.arange(1, num_phrases + 1)
    ranks = _sample_without_replacement(zipf, len(topics), rng)  # (n, num_phrases)
    reports = []
    for i, topic in enumerate(topics):
        clauses = []
        for c in range(num_clauses):
            if c == 0:
                template = headlines[i, c]
            else:
                template = sentences[i, c] if c % 2 else additions[i, c]
            clauses.append(
                _fill(
                    template,
                    PHRASES[topic][ranks[i, c // 2]],
                    places[i, c],
                    people[i, c],
                    times[i, c],
                )
            )
        reports.append(" ".join(clauses))
    return reports


def _fill(template, phrase, place, people, time):
    return template.format(
        phrase=phrase,
        Phrase=phrase[0].upper() + phrase[1:],
        place=place,
        People=people,
        people=people[0].lower() + people[1:],
        time=time,
    )


def _draw(words, shape, rng):
    return np.array(words)[rng.integers(len(words), size=shape)]


def _sample_without_replacement(weights, num_rows, rng):
    """Rows of all indices, drawn without replacement by weight (Gumbel trick)."""
    return np.argsort(-(np.log(weights) + rng.gumbel(size=(num_rows, len(weights)))), axis=1)

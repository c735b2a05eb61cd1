"""How sound and film relate to the class in a synthetic cinema, and who sees how much of it.

There are six events in three pairs. Each event is the other one of its pair played backwards, so
nobody can tell them apart without the order of the steps.
"""

from mm_keras.datasets.joint_tables.families import match, neutral_mixture
from mm_keras.datasets.joint_tables.joint_table import JointTable

# Each event and the same played backwards; the first of each pair is drawn, the other reversed.
PAIRS = (("rising", "falling"), ("approaching", "leaving"), ("speeding up", "slowing down"))
EVENTS = tuple(event for pair in PAIRS for event in pair)
NEUTRAL = "neutral"
BACKWARDS = {event: other for a, b in PAIRS for event, other in ((a, b), (b, a))}
UNORDERED = {event: f"{a} or {b}" for a, b in PAIRS for event in (a, b)}

SCHEMES = {
    "news": "six events, shown by the sound, the film, both or neither: the modalities are "
    "complementary",
    "match": "does the sound fit the motion? Only the combination is informative: one modality "
    "alone, or an additive model, is no better than chance",
}


def scheme_table(scheme: str) -> JointTable:
    """The JointTable of a scheme: class, event heard, event seen.

    Raises:
        ValueError: an unknown scheme; the message lists the schemes.

    Example:
        >>> table = scheme_table("match")
        >>> table.class_names, table.modalities
        (('contradicts', 'fits'), ('audio', 'video'))
        >>> table.text_names
        ('rising', 'falling', 'approaching', 'leaving')
    """
    if scheme not in SCHEMES:
        raise ValueError(f"`scheme` must be one of {', '.join(SCHEMES)}. Received: {scheme!r}.")
    if scheme == "news":
        table, class_names, symbols = neutral_mixture(len(EVENTS)), EVENTS, (*EVENTS, NEUTRAL)
    else:
        table, symbols = match(4), EVENTS[:4]
        class_names = table.class_names
    return JointTable(table.probabilities, class_names, symbols, symbols, ("audio", "video"))


def cinema_truth(table):
    """All best accuracies: of ordered steps, of unordered steps, and of films played backwards.

    Args:
        table: JointTable of the events heard and seen.

    Returns:
        dict, the keys of `JointTable.truth`, "text" (a caption says what the sound says),
        "unordered" and "backwards" (dicts, "audio", "video" or "both" -> accuracy).

    Example:
        >>> truth = cinema_truth(scheme_table("match"))
        >>> truth["both"], round(truth["unordered"]["both"], 3), truth["backwards"]["both"]
        (1.0, 0.833, 1.0)
    """
    unordered = table.with_renamed_symbols(UNORDERED)
    reversed_ = table.with_renamed_symbols(BACKWARDS)
    views = (*table.modalities, "both")
    return {
        **table.truth(),
        "text": table.accuracy("audio"),
        "unordered": {given: unordered.accuracy(given) for given in views},
        "backwards": {given: table.accuracy(given, test=reversed_) for given in views},
    }

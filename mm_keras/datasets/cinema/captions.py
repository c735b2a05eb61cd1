"""Closed captions of the sounds: a few short phrases per event, as subtitles show them.

Every caption determines its event. The two events of a pair share their nouns and differ in the
verb, so a caption says in words what sound and film show in the order of their steps.
"""

PHRASES = {
    "rising": "a tone climbs, a whistle goes up, a siren rises, the pitch gets higher",
    "falling": "a tone drops, a whistle goes down, a siren falls, the pitch gets lower",
    "approaching": "a hum swells, an engine comes closer, a motor grows louder, a drone draws near",
    "leaving": "a hum fades, an engine moves away, a motor grows quieter, a drone dies away",
    "speeding up": "clicks quicken, the ticking becomes faster, knocks speed up, taps accelerate",
    "slowing down": "clicks slacken, the ticking becomes slower, knocks slow down, taps decelerate",
    "neutral": "a steady note, an even note, a long note, the note stays the same",
}
CAPTIONS = {event: [f"[{words}]" for words in text.split(", ")] for event, text in PHRASES.items()}


def write_captions(events, rng):
    """One caption per event, list of str."""
    picks = rng.integers(len(CAPTIONS["neutral"]), size=len(events))
    return [CAPTIONS[event][pick] for event, pick in zip(events, picks)]

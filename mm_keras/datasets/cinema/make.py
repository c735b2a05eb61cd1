"""make_cinema: short synthetic films with sound, with exactly known best accuracies."""

import numpy as np

from mm_keras.datasets.cinema.captions import write_captions
from mm_keras.datasets.cinema.films import draw_films
from mm_keras.datasets.cinema.schemes import cinema_truth, scheme_table
from mm_keras.datasets.cinema.sounds import make_sounds
from mm_keras.datasets.data import MultimodalData

PIXEL_NOISE = 0.015  # standard deviations; 1 is the step from black to white,
SOUND_NOISE = 0.005  # and the largest amplitude


def make_cinema(
    num_samples: int = 1200,
    scheme: str = "news",
    seed: int = 0,
    size: int = 32,
    num_frames: int = 12,
    sample_rate: int = 8000,
    seconds: float = 1.0,
    audio_noise: float = 0.0,
    video_noise: float = 0.0,
) -> MultimodalData:
    """Short films with sound and captions, and the best accuracies that they allow.

    Something rises or falls, approaches or leaves, speeds up or slows down: six events in three
    pairs, and each event is exactly the other one of its pair played backwards. The sound shows
    an event by pitch, loudness or clicks, the film by position, size or speed; both have a neutral
    form, in which nothing changes. One frame is not enough, and neither are all of them in a random
    order. The text is a closed caption of the sound and carries the same event, so that a caption
    can stand in for the sound.

    `info["truth"]` has the keys of `JointTable.truth` for audio and video, "text" (as audio),
    and two dicts with the keys "audio", "video" and "both":

    - "unordered": the best accuracies if the steps of each modality are in a random order;
    - "backwards": the accuracies of a perfect model, trained on films that run forwards, on films
      and sounds that run backwards.

    For the default scheme: audio 0.79, video 0.58, both 0.92; unordered 0.42, 0.33 and 0.47;
    backwards 0.04, 0.08 and 0.02, where only guesses at neutral films are right.

    Args:
        num_samples: int >= 1, n.
        scheme: str, one of `SCHEMES`: "news" (which event?) or "match" (does the sound fit the
            motion?).
        seed: int >= 0; the same seed gives the same data.
        size: int >= 16, pixels along a side of the films.
        num_frames: int >= 2, frames per film.
        sample_rate: int >= 4000, samples of sound per second.
        seconds: float >= 0.25, duration of the sounds.
        audio_noise: float in [0, 1], the probability that a sound (and its caption) is that of
            another event of the scheme, chosen uniformly at random. The truth takes it into
            account.
        video_noise: float in [0, 1], the same for the film.

    Returns:
        MultimodalData with "video" (uint8 array (n, num_frames, size, size)), "audio" (float32
        array (n, sample_rate * seconds) in [-1, 1]), "text" (list of n str), labels, class names,
        the columns "sound" and "motion" (the events heard and seen), and `info`: name, scheme, all
        parameters and the truth, as JSON values.

    Raises:
        ValueError: an unknown scheme (the message lists them) or a parameter out of range.

    Example:
        >>> data = make_cinema(12)
        >>> data["video"].shape, data["audio"].shape
        ((12, 12, 32, 32), (12, 8000))
        >>> data.class_names[data.labels[0]], data.columns["sound"][0], data["text"][0]
        ('approaching', 'approaching', '[a motor grows louder]')
        >>> data.info["truth"]["both"], data.info["truth"]["unordered"]["both"]
        (0.916666666667, 0.466666666667)
    """
    parameters = {
        "num_samples": num_samples,
        "seed": seed,
        "size": size,
        "num_frames": num_frames,
        "sample_rate": sample_rate,
        "seconds": seconds,
        "audio_noise": audio_noise,
        "video_noise": video_noise,
    }
    _check(num_samples, size, num_frames, sample_rate, seconds)
    table = scheme_table(scheme).with_noise(audio_noise, video_noise)
    table_rng, text_rng, audio_rng, video_rng = np.random.default_rng(seed).spawn(4)
    labels, heard, seen = table.sample(num_samples, table_rng)
    sounds = [table.text_names[symbol] for symbol in heard]
    motions = [table.image_names[symbol] for symbol in seen]
    return MultimodalData(
        samples={
            "video": draw_films(motions, size, num_frames, PIXEL_NOISE, video_rng),
            "audio": make_sounds(sounds, sample_rate, seconds, SOUND_NOISE, audio_rng),
            "text": write_captions(sounds, text_rng),
        },
        labels=labels,
        class_names=table.class_names,
        ids=[f"film_{i:05d}" for i in range(num_samples)],
        columns={"sound": sounds, "motion": motions},
        info={"name": "cinema", "scheme": scheme, **parameters, "truth": cinema_truth(table)},
    )


def _check(num_samples, size, num_frames, sample_rate, seconds):
    for name, value, low in (
        ("num_samples", num_samples, 1),
        ("size", size, 16),
        ("num_frames", num_frames, 2),
        ("sample_rate", sample_rate, 4000),
        ("seconds", seconds, 0.25),
    ):
        if not low <= value < np.inf:
            raise ValueError(f"`{name}` must be at least {low}. Received: {value}.")

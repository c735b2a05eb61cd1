"""Short synthetic sounds, one kind per event, at random pitch and loudness, with noise."""

import numpy as np

from mm_keras.datasets.cinema.schemes import NEUTRAL, PAIRS

NUM_CLICKS = 14
CLICK = 0.012  # seconds


def rising(time, rng, n):
    """A tone of rising pitch (backwards: falling)."""
    low = rng.uniform(250, 350, (n, 1))  # Hz
    octaves = rng.uniform(1.2, 1.8, (n, 1))
    growth = octaves * np.log(2) / time[-1]
    return _tone(low * np.expm1(growth * time) / growth, rng)  # the integral of low * e^(growth t)


def approaching(time, rng, n):
    """A hum that becomes 30 dB louder (backwards: leaving)."""
    pitch = rng.uniform(100, 180, (n, 1))  # Hz
    hum = sum(_tone(k * pitch * time, rng) / k for k in (1, 2, 3, 4))
    return hum / 2 * 10 ** (1.5 * (time / time[-1] - 1))


def speeding_up(time, rng, n):
    """Clicks in ever shorter intervals, as of wheels on rails (backwards: slowing down)."""
    length = int(round(CLICK / time[1]))
    window = 0.5 - 0.5 * np.cos(2 * np.pi * (np.arange(length) + 0.5) / length)  # symmetric
    pitch = rng.uniform(900, 1500, n)[:, None, None]
    click = window * np.cos(2 * np.pi * pitch * time[1] * (np.arange(length) - (length - 1) / 2))
    when = np.sqrt((np.arange(NUM_CLICKS) + rng.random((n, 1))) / NUM_CLICKS)  # x = t^2
    start = np.floor(when * (len(time) - length)).astype(int)
    sound = np.zeros((n, len(time)))
    rows = np.arange(n)[:, None, None]
    np.add.at(sound, (rows, start[:, :, None] + np.arange(length)), click)
    return sound


def neutral(time, rng, n):
    """A tone of constant pitch and loudness."""
    return _tone(rng.uniform(250, 1000, (n, 1)) * time, rng)


SOUNDS = {"rising": rising, "approaching": approaching, "speeding up": speeding_up}


def make_sounds(events, sample_rate, seconds, noise, rng):
    """One sound per event, float32 array (n, sample_rate * seconds) in [-1, 1].

    Args:
        events: sequence of n names, `schemes.EVENTS` or "neutral".
        sample_rate: int >= 4000, samples per second.
        seconds: float >= 0.25, duration.
        noise: float, standard deviation of the noise, where 1 is the largest amplitude.
        rng: numpy Generator.
    """
    events = np.asarray(events, dtype=str)
    time = np.arange(round(sample_rate * seconds)) / sample_rate
    sounds = np.zeros((len(events), len(time)), np.float32)
    for forward, backward in (*PAIRS, (NEUTRAL, None)):
        for event in (forward, backward):
            rows = np.flatnonzero(events == event)
            sound = SOUNDS.get(forward, neutral)(time, rng, len(rows))
            sound = sound * rng.uniform(0.4, 0.8, (len(rows), 1))  # loudness
            sounds[rows] = sound if event == forward else sound[:, ::-1]
    sounds += np.float32(noise) * rng.standard_normal(sounds.shape, np.float32)
    return np.clip(sounds, -1, 1, out=sounds)


def _tone(turns, rng):
    """A sine at a random phase; `turns` is the number of periods so far, (n, samples)."""
    return np.sin(2 * np.pi * (turns + rng.random((len(turns), 1))))

"""Checks for the exercises of lesson 12, films and sounds."""

from lesson_checks import as_numbers, no_result, not_yet, one_of, outcome, right, unanswered


def check_reversed_film(answer):
    """Predict: a perfect model for "does the sound fit?" when only the films are reversed.

    >>> check_reversed_film(0.5)  # doctest: +NORMALIZE_WHITESPACE
    Not yet. There are fewer. Some pairs did not fit before, and fit once the film is reversed.
    >>> check_reversed_film(0)  # doctest: +NORMALIZE_WHITESPACE
    Not yet. There are more. A sound that rises and a film that approaches do not fit, in whichever
    direction the film runs.
    >>> check_reversed_film("none")
    Not yet. A number from 0 to 1 is needed. Received: 'none'.
    """
    if answer is ...:
        return unanswered("a number from 0 to 1")
    number, problem = outcome(float, answer)
    if problem or not 0 <= number <= 1:
        return not_yet(f"A number from 0 to 1 is needed. Received: {answer!r}.")
    accuracy = _accuracy_on_reversed_films()
    if number > accuracy + 0.01:
        return not_yet(
            "There are fewer. Some pairs did not fit before, and fit once the film is reversed."
        )
    if number < accuracy - 0.01:
        return not_yet(
            "There are more. A sound that rises and a film that approaches do not fit, "
            "in whichever direction the film runs."
        )
    return right("Far below guessing: a model can only be so wrong if it reads the order.")


def _accuracy_on_reversed_films():
    """The accuracy of the perfect model, from the joint table of the scheme "match"."""
    from mm_keras.datasets.cinema.schemes import BACKWARDS, scheme_table

    table = scheme_table("match")
    fits = table.class_names.index("fits")
    accuracy = 0.0
    for label, by_sound in enumerate(table.probabilities):
        for sound, by_motion in zip(table.text_names, by_sound):
            for motion, probability in zip(table.image_names, by_motion):
                says_fits = sound == BACKWARDS[motion]
                accuracy += probability * (says_fits == (label == fits))
    return float(accuracy)


def check_siren(extractor):
    """Change: an extractor that tells a rising siren from the same sound played backwards.

    >>> from mm_keras.audio import MFCC, LogMel
    >>> check_siren(MFCC(num_steps=1, sample_rate=8000))  # doctest: +NORMALIZE_WHITESPACE
    Not yet. Both directions still give the same array: which setting averages over the whole sound?
    >>> check_siren(LogMel(num_steps=1, sample_rate=8000))  # doctest: +NORMALIZE_WHITESPACE
    Not yet. Both directions still give the same array: which setting averages over the whole sound?
    >>> check_siren(MFCC(num_steps=0))
    Not yet. The extractor stopped with ValueError: num_steps must be an int >= 1. Received: 0.
    >>> check_siren("backwards")
    Not yet. An extractor such as MFCC(...) or LogMel(...) is needed. Received: 'backwards'.
    """
    import numpy as np

    from mm_keras.audio import LogMel

    if extractor is ...:
        return unanswered("an extractor")
    if not isinstance(extractor, LogMel):  # MFCC is one
        return not_yet(
            f"An extractor such as MFCC(...) or LogMel(...) is needed. Received: {extractor!r}."
        )
    time = np.arange(8000) / 8000
    siren = 0.5 * np.sin(2 * np.pi * (300 + 300 * time) * time)  # from 300 to 900 Hz
    arrays, problem = outcome(extractor.fit_transform, [siren, siren[::-1]])
    if problem:
        return not_yet(f"The extractor {problem}")
    if np.linalg.norm(arrays[0] - arrays[1]) < 0.05 * np.linalg.norm(arrays[0]):
        return not_yet(
            "Both directions still give the same array: "
            "which setting averages over the whole sound?"
        )
    return right("Two steps are enough to see a direction; more of them show when it happens.")


def check_both_reversed(answer):
    """Explain: why reversing film and sound says nothing about "does the sound fit?".

    >>> check_both_reversed("a")  # doctest: +NORMALIZE_WHITESPACE
    Not yet. Two things that fit still fit when both are reversed. What would a model answer that
    does read the order?
    >>> check_both_reversed("b")
    Not yet. The model gives the right answers. Is it the model that needs a change, or the test?
    >>> check_both_reversed("d")  # doctest: +NORMALIZE_WHITESPACE
    Not yet. Then step k of the sound still belongs to step k of the film, and a model can compare
    them step by step.
    >>> check_both_reversed(3)
    Not yet. The answer is one of the letters a, b, c, d, in quotes. Received: 3.
    """
    return one_of(
        answer,
        "c",
        "A control must change what the answer depends on: here, the order of one relative to the "
        "other.",
        {
            "a": "Two things that fit still fit when both are reversed. "
            "What would a model answer that does read the order?",
            "b": "The model gives the right answers. "
            "Is it the model that needs a change, or the test?",
            "d": "Then step k of the sound still belongs to step k of the film, "
            "and a model can compare them step by step.",
        },
    )


def check_steps(function):
    """Build: which frames of a film are its steps, from the first frame to the last.

    >>> check_steps(lambda num_frames, num_steps: list(range(num_steps)))
    ... # doctest: +NORMALIZE_WHITESPACE
    Not yet. frames_of_steps(25, 12) never reaches the last frame, 24: it ends with 11.
    >>> check_steps(lambda num_frames, num_steps: list(range(num_frames)))
    Not yet. frames_of_steps(25, 12) must give 12 frames. It gives 25.
    >>> check_steps(lambda num_frames, num_steps: [0] + [num_frames - 1] * (num_steps - 1))
    ... # doctest: +NORMALIZE_WHITESPACE
    Not yet. frames_of_steps(25, 12) begins and ends right, but the frames are not evenly spaced:
    step 1 must be frame 2, and it is 24.
    >>> check_steps(lambda num_frames, num_steps: 7)
    Not yet. A list of frame numbers is needed. Received: 7.
    >>> check_steps(lambda num_frames, num_steps: print(num_steps))
    12
    Not yet. The function returns nothing. Is `return` missing?
    >>> check_steps(lambda num_frames, num_steps: num_frames.missing)
    ... # doctest: +NORMALIZE_WHITESPACE
    Not yet. frames_of_steps(25, 12) stopped with AttributeError: 'int' object has no attribute
    'missing'
    """
    import numpy as np

    if function is ...:
        return unanswered("a function")
    for num_frames, num_steps in ((25, 12), (12, 12), (100, 16), (5, 8)):
        call = f"frames_of_steps({num_frames}, {num_steps})"
        result, problem = outcome(function, num_frames, num_steps)
        if problem:
            return not_yet(f"{call} {problem}")
        if result is None or result is ...:
            return no_result(function)
        frames = as_numbers(result)
        if frames is None or frames.ndim != 1:
            return not_yet(f"A list of frame numbers is needed. Received: {result!r}.")
        if len(frames) != num_steps:
            return not_yet(f"{call} must give {num_steps} frames. It gives {len(frames)}.")
        hint = _frames_hint(frames, np.linspace(0, num_frames - 1, num_steps).round())
        if hint:
            return not_yet(f"{call} {hint}")
    return right(
        "`mm.video.Frames` chooses the same ones; a short film repeats some of its frames."
    )


def _frames_hint(frames, expected):
    """What is wrong with the frames, as the end of a sentence; None if nothing is."""
    if (frames == expected).all():
        return None
    if frames[0] != 0:
        return f"must begin with the first frame, 0. It begins with {frames[0]:g}."
    if frames[-1] != expected[-1]:
        return f"never reaches the last frame, {expected[-1]:g}: it ends with {frames[-1]:g}."
    if (frames != frames.round()).any():
        return "gives numbers between two frames: round them."
    step = int((frames != expected).argmax())
    return (
        "begins and ends right, but the frames are not evenly spaced: "
        f"step {step} must be frame {expected[step]:g}, and it is {frames[step]:g}."
    )

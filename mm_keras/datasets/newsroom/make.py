"""make_newsroom: synthetic news reports with images, with exactly known best accuracies."""

import numpy as np

from mm_keras.datasets.data import MultimodalData
from mm_keras.datasets.joint_tables.joint_table import JointTable
from mm_keras.datasets.newsroom.reports import PHRASES, write_reports
from mm_keras.datasets.newsroom.scenes import draw_scenes
from mm_keras.datasets.newsroom.schemes import scheme_table


def make_newsroom(
    num_samples: int = 2000,
    scheme: str | JointTable = "news",
    seed: int = 0,
    size: int = 64,
    text_noise: float = 0.0,
    image_noise: float = 0.0,
    pixel_noise: float = 0.08,
    clauses: int = 3,
) -> MultimodalData:
    """Synthetic news reports with small gray images, and the best accuracies that they allow.

    Each sample is generated in two steps. First (class, text topic, scene) is drawn from the joint
    table of the scheme; then the topic becomes a report and the scene an image. The topic can be
    inferred from every report with certainty, and the scene from nearly every image (up to the
    default `pixel_noise`), so what holds for the table holds for the data. `info["truth"]` has the
    best accuracy of "majority", "text", "image" and "both", of the "additive" model (the limit of a
    linear model on concatenated inputs), of the decision-level "rules" applied to exact posteriors,
    of any other function of these two posteriors ("decisions"), and the mutual "information" in
    bits between the class and "text", "image" and "both". For the default scheme: text 0.79,
    image 0.58, both 0.92.

    The sample is stratified (`JointTable.sample`): classes, and topics and scenes within each
    class, occur in proportion to their probabilities, rounded up or down.

    Args:
        num_samples: int >= 1, n.
        scheme: str, one of `SCHEMES` ("news", "redundant", "unique", "match", "mixed",
            "misleading"), or a JointTable whose text and image symbols are named after topics
            ("weather", ..., "neutral": see `reports.PHRASES`).
        seed: int >= 0; the same seed gives the same bytes.
        size: int >= 16, pixels along a side of the images.
        text_noise: float in [0, 1], the probability that a report is about another topic of the
            scheme, chosen uniformly at random. The truth takes it into account.
        image_noise: float in [0, 1], the same for the scene of an image.
        pixel_noise: float in [0, 1], standard deviation of the noise of the gray values, where 1 is
            the step from black to white. The truth does not include it: far above the default,
            images become unreadable and accuracies fall below the truth.
        clauses: int in [1, 10], sentences per report.

    Returns:
        MultimodalData with "text" (list of n str), "image" (uint8 array (n, size, size)), labels,
        class names, the columns "text_topic" and "scene", and `info`: name, scheme, all parameters
        and the truth, as JSON values.

    Raises:
        ValueError: an unknown scheme (the message lists them) or a parameter out of range.

    Example:
        >>> data = make_newsroom(12, clauses=1)
        >>> data["text"][4]
        'Daily news for the coast.'
        >>> data.columns["text_topic"][4], data.columns["scene"][4]
        ('neutral', 'culture')
        >>> data.class_names[data.labels[4]]
        'culture'
        >>> data["image"].shape, data["image"].dtype.name
        ((12, 64, 64), 'uint8')
        >>> data.info["truth"]["both"]  # 0.9 if a modality shows it, plus 0.1 / 6 by chance
        0.916666666667
    """
    parameters = {
        "num_samples": num_samples,
        "seed": seed,
        "size": size,
        "text_noise": text_noise,
        "image_noise": image_noise,
        "pixel_noise": pixel_noise,
        "clauses": clauses,
    }
    _check(num_samples, size, pixel_noise, clauses)
    is_custom = isinstance(scheme, JointTable)
    table = (scheme if is_custom else scheme_table(scheme)).with_noise(text_noise, image_noise)
    _check_topics(table)
    table_rng, text_rng, image_rng = np.random.default_rng(seed).spawn(3)
    labels, text_symbols, image_symbols = table.sample(num_samples, table_rng)
    topics = [table.text_names[symbol] for symbol in text_symbols]
    scenes = [table.image_names[symbol] for symbol in image_symbols]
    return MultimodalData(
        samples={
            "text": write_reports(topics, clauses, text_rng),
            "image": draw_scenes(scenes, size, pixel_noise, image_rng),
        },
        labels=labels,
        class_names=table.class_names,
        ids=[f"news_{i:05d}" for i in range(num_samples)],
        columns={"text_topic": topics, "scene": scenes},
        info={
            "name": "newsroom",
            "scheme": "custom" if is_custom else scheme,
            **parameters,
            "truth": table.truth(),
        },
    )


def _check(num_samples, size, pixel_noise, clauses):
    for name, value, low, high in (
        ("num_samples", num_samples, 1, np.inf),
        ("size", size, 16, np.inf),
        ("pixel_noise", pixel_noise, 0, 1),
        ("clauses", clauses, 1, 10),
    ):
        if not low <= value <= high:
            raise ValueError(f"`{name}` must be in [{low}, {high}]. Received: {value}.")


def _check_topics(table):
    unknown = sorted({*table.text_names, *table.image_names} - set(PHRASES))
    if unknown:
        raise ValueError(
            f"Text and image symbols must be named after topics: {', '.join(PHRASES)}. "
            f"Received: {', '.join(unknown)}."
        )

"""Extraction (`transform`) on two workers against one: same rows, wall time on two idle cores."""

import tempfile
import time

import numpy as np

from mm_keras.image import HOG, SIFT
from mm_keras.text import TFIDF
from mm_keras.utils.parallel import use_workers
from tests.benchmarks._measure import Row, in_turns
from tests.benchmarks._samples import reports, write_photos

EXTRACTORS = {
    "read JPEG 640 px + HOG": ("image", lambda: HOG()),
    "SIFT visual words": ("image", lambda: SIFT(num_words=64, size=128)),
    "TFIDF, stemmed": ("text", lambda: TFIDF(stem="porter")),
}


def rows(full):
    count = 2_000 if full else 600
    with tempfile.TemporaryDirectory() as folder:
        data = {
            "text": list(reports((10 if full else 20) * count)),
            "image": write_photos(folder, count, distinct=200),
        }
        for what, (modality, make) in EXTRACTORS.items():
            samples = data[modality]
            fitted, results, works = make().fit(samples), {}, {}
            for workers in (1, 2):

                def work(workers=workers, fitted=fitted, samples=samples, results=results):
                    with use_workers(workers):
                        results[workers] = fitted.transform(samples)

                works[workers] = work
            best = in_turns(works, rounds=4, clock=time.perf_counter)
            one, two = (
                rows.toarray() if hasattr(rows, "toarray") else rows
                for rows in (results[1], results[2])
            )
            np.testing.assert_array_equal(one, two)
            yield Row(
                f"{what}, {len(samples):,} samples, two workers",
                best[2],
                "one worker",
                best[1],
                1.6,
            )

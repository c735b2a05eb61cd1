"""A second run with a feature cache against the first, in separate processes: fit and transform.

Users wait for wall-clock time. Nine tenths of the second run are reading the files and SHA-256,
which cost the same whatever is extracted and run on all cores; a first run extracts in one process.
The CPU-time row is for one core.
"""

import tempfile

from tests.benchmarks._measure import Row, in_process
from tests.benchmarks._samples import write_photos

CODE = """
import sys, time
from mm_keras import Features
from mm_keras.image import HOG
from mm_keras.text import TFIDF
from tests.benchmarks._samples import reports
import sklearn.pipeline, scipy.sparse, PIL.Image, PIL.JpegImagePlugin, nltk
folder, count = sys.argv[1], int(sys.argv[2])
data = {"text": list(reports(count)), "image": [f"{folder}/{i:06d}.jpg" for i in range(count)]}
starts = time.process_time(), time.perf_counter()
features = Features(text=TFIDF(stem="porter"), image=HOG(), scale=None, cache=folder + "/cache")
rows = features._fit(data)
print(time.process_time() - starts[0], time.perf_counter() - starts[1])
print(float(rows["image"].sum()), float(rows["text"].sum()))
"""


def rows(full):
    count = 8_000 if full else 2_000
    with tempfile.TemporaryDirectory() as folder:
        write_photos(folder, count, distinct=200, linked=False)
        runs = [in_process("-c", CODE, folder, count).printed.split() for _ in range(4)]
    assert all(run[2:] == runs[0][2:] for run in runs)
    for column, what, required in (
        (1, f"second run, {count:,} JPEG + texts, wall time", 20),
        (0, "   its CPU time", None),
    ):
        second = min(float(run[column]) for run in runs[1:])
        yield Row(
            what,
            second,
            "first run (extracts and fills the cache)",
            float(runs[0][column]),
            required,
        )

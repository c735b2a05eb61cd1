"""A second run with a feature cache against the first, in fresh processes, fit and transform, text and pictures."""

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
start = time.process_time()
rows = Features(text=TFIDF(stem="porter"), image=HOG(), scale=None, cache=folder + "/cache")._fit(data)
print(time.process_time() - start, float(rows["image"].sum()), float(rows["text"].sum()))
"""


def rows(full):
    count = 8_000 if full else 2_000
    with tempfile.TemporaryDirectory() as folder:
        write_photos(folder, count, distinct=200, linked=False)
        runs = [in_process("-c", CODE, folder, count).printed.split() for _ in range(4)]
    assert all(run[1:] == runs[0][1:] for run in runs)
    again = min(float(run[0]) for run in runs[1:])
    yield Row(f"second run, {count:,} JPEG 640 px + reports", again, "first run (extracts, and fills the cache)", float(runs[0][0]), 20)

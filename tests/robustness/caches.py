"""Damaged cache files: rows are always those of a run without a cache."""

import shutil

import numpy as np

COUNT = 600


def prepare(folder):
    import mm_keras as mm
    from tests.robustness._damage import damaged

    data = mm.datasets.make_newsroom(24, seed=0)

    def extract(cache):
        features = mm.Features(
            text=mm.text.TFIDF(), image=mm.image.HOG(pixels_per_cell=(16, 16)), cache=cache
        )
        return features.fit_transform(data)

    expected = extract(None)
    extract(folder / "whole")
    files = sorted(path for path in (folder / "whole").rglob("*") if path.is_file())

    def case(number, random):
        cache = folder / "damaged"
        shutil.rmtree(cache, ignore_errors=True)
        shutil.copytree(folder / "whole", cache)
        file = cache / files[random.integers(len(files))].relative_to(folder / "whole")
        file.write_bytes(damaged(file.read_bytes(), random))
        found = extract(cache)
        same = all(np.array_equal(found[name], expected[name]) for name in expected)
        return "read" if same else ("wrong", file.name)

    return case

"""Streams with damaged files: every batch is the one that was written, or is refused in words."""

import shutil

import numpy as np

COUNT = 2_000


def prepare(folder):
    import mm_keras as mm
    from tests.robustness._damage import damaged

    data = mm.datasets.make_newsroom(60, seed=0)
    features = mm.Features(text=mm.text.TFIDF(), image=mm.image.HOG(pixels_per_cell=(16, 16)))
    stream = features.fit_stream(data, folder / "stream", shuffle=False, batch_size=16)
    expected = features.transform(data)
    shutil.copytree(folder / "stream", folder / "whole")
    names = sorted(path.name for path in (folder / "whole").iterdir() if path.suffix != ".json")

    def case(number, random):
        for name in names:
            shutil.copy(folder / "whole" / name, folder / "stream" / name)
        file = folder / "stream" / names[number % len(names)]
        file.write_bytes(damaged(file.read_bytes(), random))
        rows = random.integers(0, 60, 16)
        try:
            found = stream.arrays(rows)
        except ValueError as error:
            return "refused" if "is damaged" in str(error) else ("crashed", str(error))
        same = all(np.array_equal(found[name], expected[name][rows]) for name in expected)
        return "read" if same else ("wrong", file.name)

    return case

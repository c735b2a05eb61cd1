"""Damaged, exchanged or missing cache files: right rows always, and damage is reported."""

import shutil
import warnings

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
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            arrays = features.fit_transform(data)
        return arrays, [warning for warning in caught if warning.category is mm.DataWarning]

    expected, _ = extract(None)
    extract(folder / "whole")
    names = sorted(
        path.relative_to(folder / "whole")
        for path in (folder / "whole").rglob("*")
        if path.is_file()
    )

    def case(number, random):
        cache = folder / "damaged"
        shutil.rmtree(cache, ignore_errors=True)
        shutil.copytree(folder / "whole", cache)
        chosen = [cache / names[i] for i in random.permutation(len(names))]
        changed = 0
        if number % 4 < 3:  # one file, or several
            for file in chosen[: 1 if number % 4 < 2 else int(random.integers(2, len(names) + 1))]:
                content = file.read_bytes()
                file.write_bytes(damaged(content, random))
                changed += file.read_bytes() != content
        else:
            _exchange(chosen[0], chosen[1], int(random.integers(5)))
        found, caught = extract(cache)
        if not all(np.array_equal(found[name], expected[name]) for name in expected):
            return "wrong", str(chosen[0].relative_to(cache))
        if number % 4 < 3 and len(caught) != (changed > 0):
            return "wrong", f"{len(caught)} warnings for {changed} damaged files"
        return "read"

    return case


def _exchange(first, second, kind):
    """Exchange two files, or make the first one a folder, empty, a copy of the other, or gone."""
    if kind == 4:
        content = first.read_bytes()
        first.write_bytes(second.read_bytes())
        second.write_bytes(content)
        return
    first.unlink()
    if kind == 0:
        first.mkdir()
    elif kind == 1:
        first.touch()
    elif kind == 2:
        shutil.copy(second, first)

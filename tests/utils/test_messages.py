"""Reports of bad samples agree in number."""

import pytest

import mm_keras as mm
from mm_keras.utils.messages import report_bad


@pytest.mark.parametrize(
    "names, message",
    [
        (["a"], "1 class had no image: a. It is left out. Its row is zero."),
        (["a", 2], "2 classes had no image: a, row 2. They are left out. Their rows are zero."),
    ],
)
def test_one_sample_is_reported_in_the_singular(names, message):
    with pytest.warns(mm.DataWarning) as caught:
        report_bad(names, "had no image", "They are left out. Their rows are zero.", noun="class")
    assert [str(warning.message) for warning in caught] == [message]

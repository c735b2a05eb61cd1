"""TextFile: a list of texts on disk."""

import pytest

from mm_keras.datasets import TextFile

TEXTS = ["Regen", "雨 ☔", None, 'a\nb,"c"', "", "last"]


def test_it_reads_as_the_list_that_was_written(tmp_path):
    file = TextFile.write(tmp_path / "texts", iter(TEXTS))
    expected = [text or None for text in TEXTS]
    assert list(file) == expected and file[:] == expected and len(file) == 6
    assert (
        file[1:4] == expected[1:4]
        and file[::-2] == expected[::-2]
        and file[5:2] == []
        and file[-1] == "last"
    )
    assert list(TextFile(tmp_path / "texts")) == expected
    with pytest.raises(IndexError):
        file[6]


def test_more_texts_than_fit_in_the_write_buffer(tmp_path):
    file = TextFile.write(tmp_path / "texts", map(str, range(70_000)))
    assert [file[number] for number in (0, 65_535, 65_536, 69_999)] == [
        "0",
        "65535",
        "65536",
        "69999",
    ]


def test_a_failed_write_keeps_the_old_file(tmp_path):
    TextFile.write(tmp_path / "texts", ["old"])
    with pytest.raises(ZeroDivisionError):
        TextFile.write(tmp_path / "texts", (str(1 // number) for number in (1, 0)))
    assert list(TextFile(tmp_path / "texts")) == ["old"]
    with pytest.raises(FileNotFoundError):
        TextFile(tmp_path / "absent")

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


def test_only_texts_are_written_and_missing_ones_are_empty(tmp_path):
    file = TextFile.write(tmp_path / "texts", ["a", float("nan"), None])
    assert list(file) == ["a", None, None]
    for texts in ("one text", b"bytes"):
        with pytest.raises(TypeError, match="needs a list of texts"):
            TextFile.write(tmp_path / "other", texts)
    with pytest.raises(TypeError, match="float 1.5 at position 1"):
        TextFile.write(tmp_path / "other", ["a", 1.5])
    assert not (tmp_path / "other").exists()


def test_no_damaged_text_is_believed(tmp_path):
    whole = TextFile.write(tmp_path / "texts", TEXTS)
    content, expected = (tmp_path / "texts").read_bytes(), list(whole)
    for place in range(len(content)):
        for damaged in (
            content[:place],
            content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :],
        ):
            (tmp_path / "damaged").write_bytes(damaged)
            with pytest.raises(ValueError, match="damaged"):
                assert list(TextFile(tmp_path / "damaged")) != expected
                pytest.fail(f"byte {place}")


def test_files_of_the_former_version_are_refused_in_words(tmp_path):
    (tmp_path / "texts").write_bytes(b"ab")
    (tmp_path / "texts.ends").write_bytes(bytes(16))
    with pytest.raises(ValueError, match="written by version 0.1.0. Write the texts again"):
        TextFile(tmp_path / "texts")

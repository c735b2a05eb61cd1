"""Slips of the finger: the error names what was probably meant."""

import pytest
from PIL import Image

from mm_keras.cli.main import main


@pytest.fixture
def here(tmp_path, monkeypatch):
    """The current folder, with a folder of data and a saved classifier in its output folder."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my_data").mkdir()
    (tmp_path / "my_data" / "pairs.csv").write_text("headline,subgroup\na,b\n")
    (tmp_path / "pairs.csv").write_text("id,text,image,subgroup\n1,a,b,c\n")
    Image.new("L", (2, 2)).save(tmp_path / "image.png")
    (tmp_path / "output" / "classifier").mkdir(parents=True)
    (tmp_path / "output" / "classifier" / "classifier.json").write_text("{}")
    return tmp_path


@pytest.mark.parametrize(
    "command, hint",
    [
        ("articel", "Did you mean 'article'"),
        ("article --lvel feature", "Did you mean '--level'"),
        ("compare --group-duplicate-s", "Did you mean '--group-duplicates'"),
        ("article --head cnnn", "Did you mean 'cnn'"),
        ("article --operator prodcut", "Did you mean 'product'"),
        ("article --data newsrom", "Did you mean 'newsroom'"),
        ("article --data my_dat", "Did you mean 'my_data'"),
        ("article --data my_data --text-column headline text", "needs one text column. Received: "),
        (
            "compare --data my_data --image-column none --text-column titel",
            "--text-column headline",
        ),
        (
            "compare --data my_data --text-column headline --image-column none "
            "--label-column Subgrup",
            "--label-column subgroup",
        ),
        ("compare --data pairs.csv --text-column titel", "--text-column text"),
        ("compare --data pairs.csv", "--label-column subgroup"),
        ("compare --data image.png", "image.png is not a CSV file"),
        ("compare --data output", "names the columns, e.g. text,image,label"),
        ("compare --settings 4", "choose from 1, 2, 3"),
        ("predict output --text x", "Did you mean output/classifier"),
        ("help comapre", "Did you mean 'compare'"),
    ],
)
def test_the_error_names_what_was_probably_meant(here, command, hint, capsys):
    try:
        assert main(command.split()) == 2
    except SystemExit as error:  # of argparse
        assert error.code == 2
    assert hint in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["help", "predict"], ["predict", "--help"]])
def test_help_is_a_command_and_an_option(arguments, capsys):
    with pytest.raises(SystemExit, match="0"):
        main(arguments)
    assert "Classify one sample" in capsys.readouterr().out


def test_a_name_that_resembles_nothing_has_no_hint(here, capsys):
    assert main(["article", "--data", "qqqqqq"]) == 2
    assert "Did you mean" not in capsys.readouterr().err

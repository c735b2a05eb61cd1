"""load_pairs: tables as spreadsheets write them, user errors, and files that must not be opened."""

import csv
import errno
import os
import struct
import unicodedata
import warnings
import zlib

import numpy as np
import pytest
from PIL import Image

from mm_keras.datasets import load_pairs
from mm_keras.image import read_image
from mm_keras.utils.messages import DataWarning
from tests import ROOT

FOUR = (
    "text,image,label\n"
    "rain,a.png,weather\ngoal,b.png,sports\nsnow,c.png,weather\ndraw,d.png,sports\n"
)


def image(path, color=128, size=(4, 3), **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", size, color).save(path, **options)


@pytest.fixture
def folder(tmp_path):
    """A folder with four images a.png ... d.png and a table that names them."""
    for name in "abcd":
        image(tmp_path / f"{name}.png")
    (tmp_path / "pairs.csv").write_text(FOUR, encoding="utf-8")
    return tmp_path


def load(folder, content, **options):
    """`load_pairs` of a table with this content, str or bytes."""
    content = content if isinstance(content, bytes) else content.encode("utf-8")
    (folder / "pairs.csv").write_bytes(content)
    return load_pairs(folder, **options)


def with_image(folder, name, **options):
    """The image samples when the first row names this file."""
    return load(folder, FOUR.replace("a.png", name), **options)["image"]


def test_a_plain_table(folder):
    data = load_pairs(folder)
    assert data["text"] == ["rain", "goal", "snow", "draw"] and data.class_names == (
        "sports",
        "weather",
    )
    assert data["image"] == [str(folder / f"{name}.png") for name in "abcd"]
    assert data.labels.tolist() == [1, 0, 1, 0] and data.labels.dtype == np.int64
    assert data.ids == ["0", "1", "2", "3"] and dict(data.columns) == {}
    assert dict(data.info) == {"name": folder.name, "source": str(folder / "pairs.csv")}


def test_the_file_itself_and_a_relative_path(folder, monkeypatch):
    (folder / "pairs.csv").rename(folder / "mine.csv")
    assert load_pairs(folder / "mine.csv").info["name"] == "mine"
    monkeypatch.chdir(folder)
    assert os.path.samefile(load_pairs("mine.csv")["image"][0], "a.png")
    (folder / "mine.csv").rename(folder / "pairs.csv")
    assert load_pairs(".").info["name"] == folder.name


def test_columns_by_other_names(folder):
    table = FOUR.replace("text,image,label", "caption,file,topic")
    data = load(folder, table, text="caption", image="file", label="topic")
    assert (
        data["text"][0] == "rain"
        and data.class_names == ("sports", "weather")
        and dict(data.columns) == {}
    )


def test_further_columns_are_kept(folder):
    table = (
        "id,text,image,label,fold,text_de\n"
        "x1,rain,a.png,w, train,Regen\nx2,goal,b.png,s,test ,Tor\nx3,,,w,test,\nx4,a,,s,test,\n"
    )
    with pytest.warns(DataWarning, match="is not used: 'fold'. Pass split='fold'"):
        data = load(folder, table)
    assert data.ids == ["x1", "x2", "x3", "x4"]
    assert dict(data.columns) == {
        "id": ["x1", "x2", "x3", "x4"],
        "fold": [" train", "test ", "test", "test"],
        "text_de": ["Regen", "Tor", "", ""],
    }
    data = load(folder, table, text="text_de", split="fold", id=None)
    assert data["text"] == ["Regen", "Tor", None, None] and data.ids[0] == "0"
    assert data.columns["split"] == ["train", "test", "test", "test"]
    assert data.columns["text"] == ["rain", "goal", "", "a"] and data.columns["id"][0] == "x1"


def test_modalities_and_labels_that_are_not_loaded(folder):
    assert load_pairs(folder, image=None).modalities == ("text",)
    assert load_pairs(folder, text=None).modalities == ("image",)
    data = load_pairs(folder, label=None)
    assert (
        data.labels is None
        and data.num_classes == 0
        and data.columns["label"] == ["weather", "sports"] * 2
    )
    assert load(folder, "text\nrain\nsnow\n", image=None, label=None)["text"] == ["rain", "snow"]
    with pytest.raises(ValueError, match="At least one of text, image"):
        load_pairs(folder, text=None, image=None)


def test_empty_cells_are_missing_modalities(folder):
    data = load(folder, "text,image,label\n,a.png,w\n  ,b.png,s\nsnow,,w\ndraw, ,s\n")
    assert data["text"] == [None, None, "snow", "draw"] and data["image"][2:] == [None, None]


def test_labels_are_trimmed_sorted_and_one_spelling(folder):
    decomposed = unicodedata.normalize("NFD", "Météo")
    data = load(
        folder, f"text,label\na, Météo\nb,{decomposed} \nc,10\nd,10\ne,9\nf,9\n", image=None
    )
    assert data.class_names == ("10", "9", "Météo") and data.labels.tolist() == [2, 2, 0, 0, 1, 1]


def test_several_labels_in_one_cell(folder):
    data = load(
        folder,
        "text,label\na,wind | rain\nb,rain\nc,\nd,wind|wind|\n",
        image=None,
        label_separator="|",
    )
    assert data.class_names == ("rain", "wind") and data.is_multi_label
    assert data.labels.tolist() == [[1, 1], [1, 0], [0, 0], [0, 1]]
    with pytest.raises(ValueError, match="No sample has a label"):
        load(folder, "text,label\na,|\nb,\n", image=None, label_separator="|")


# ---------------------------------------------------------------- what spreadsheets write


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_delimiters_line_ends_and_byte_order_marks(folder, delimiter, line_end, mark):
    table = FOUR.replace("rain", '"rain, ""then""; sun\tshine"').split("\n")
    table = line_end.join(
        [
            table[0].replace(",", delimiter),
            table[1].replace(",a.png,", f"{delimiter}a.png{delimiter}"),
            *(line.replace(",", delimiter) for line in table[2:]),
        ]
    )
    data = load(folder, mark + table.encode("utf-8"))
    assert data["text"][0] == 'rain, "then"; sun\tshine' and data.labels.tolist() == [1, 0, 1, 0]


def test_the_header_decides_about_the_delimiter(folder):
    data = load(folder, "a, b or c;text;label\n1,5;x;w\n2,5;y;s\n3;z;w\n4;z;s\n", image=None)
    assert data["text"] == ["x", "y", "z", "z"] and data.columns["a, b or c"] == [
        "1,5",
        "2,5",
        "3",
        "4",
    ]


def test_spaces_after_the_delimiter_and_lines_without_content(folder):
    table = (
        '\n text , image, label \n"rain, then sun", a.png, w\n\n,,\n'
        'goal, "b.png", s\nsnow,c.png,w\ndraw,d.png,s\n ,,\n'
    )
    data = load(folder, table)
    assert (
        data["text"][0] == "rain, then sun"
        and len(data) == 4
        and data["image"][1].endswith("b.png")
    )


def test_cells_that_spreadsheets_leave_out_or_add(folder):
    """Trailing empty cells are optional; a column without a name is named by its position."""
    data = load(
        folder,
        "text,image,label,note,\n"
        "rain,a.png,w\ngoal,b.png,s,good\nsnow,c.png,w,,,\ndraw,d.png,s,,x\n",
    )
    assert data.columns["note"] == ["", "good", "", ""] and data.columns["column 5"] == [
        "",
        "",
        "",
        "x",
    ]


def test_long_cells_with_line_breaks(folder):
    long = "one\ntwo " * 50_000
    limit = csv.field_size_limit()
    data = load(folder, f'text,label\n"{long}",w\nb,s\nc,w\nd,s\n', image=None)
    assert data["text"][0] == long and csv.field_size_limit() == limit


def test_a_first_line_with_the_delimiter(folder):
    for line in ("sep=;\n", '"sep=;"\r\n', "SEP=;;;\n"):
        data = load(folder, line + "text;label\na,b;w\nc,d;s\ne;w\nf;s\n", image=None)
        assert data["text"] == ["a,b", "c,d", "e", "f"]
    with pytest.raises(ValueError, match=r"needs 2 cells .* 1 row .* line 3 \(1\)"):
        load(folder, "sep=^\ntext^label\na;w\n", image=None)


def test_without_labels_every_row_is_a_sample(folder):
    content = "id,text,image\na,rain,a.png\n,,\n\nc,,\n , ,\ne,sun,\n"
    data = load(folder, content, label=None)
    assert data["text"] == ["rain", None, None, None, "sun"]
    assert data.ids == ["a", "no id", "c", "no id #2", "e"]
    one_column = load(folder, 'text\nrain\n""\n\nsun\n', image=None, label=None)
    assert one_column["text"] == ["rain", None, None, "sun"]


# ---------------------------------------------------------------- ids and classes


def test_repeated_ids_are_numbered_and_the_column_is_kept(folder):
    ids = ["x", "x", "x #2", "y", "x", "y "]
    rows = "".join(f"{id},t{k},{'ws'[k % 2]}\n" for k, id in enumerate(ids))
    with pytest.warns(
        DataWarning, match=r"5 samples had the id of another sample: x, x #3, y.* \(--group id\)"
    ):
        data = load(folder, "id,text,label\n" + rows, image=None, strict=True)
    assert data.ids == ["x", "x #3", "x #2", "y", "x #4", "y #2"]
    assert data.columns["id"] == ["x", "x", "x #2", "y", "x", "y"]


def test_two_files_share_the_numbers_of_their_classes(folder):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        data = load(
            folder, "text,label\na,cow\nb,bee \n", image=None, class_names=["cow", "ant", "bee"]
        )
    assert data.class_names == ("cow", "ant", "bee") and data.labels.tolist() == [0, 2]
    assert not caught  # a small test set need not be split
    several = load(
        folder,
        "text,label\na,\nb,bee|cow\n",
        image=None,
        label_separator="|",
        class_names="cow bee".split(),
    )
    assert several.labels.tolist() == [[0, 0], [1, 1]]
    with pytest.raises(
        ValueError, match=r"must be in class_names: ant, bee. Received .* other classes: cow \(2\)"
    ):
        load(folder, "text,label\na,cow\nb,bee\nc,cow\n", image=None, class_names=["ant", "bee"])


# ---------------------------------------------------------------- user errors


@pytest.mark.parametrize(
    "content, message",
    [
        (
            "",
            "pairs.csv has no samples. Received: an empty file. "
            "Needed: a header line with 'text', 'image', 'label'",
        ),
        ("\n \n", "Received: an empty file"),
        ("text,image,label\n", "Received: only a header line"),
        (
            "caption,file,label\na,b,c\n",
            "needs the columns 'text', 'image', .* Received: 'caption', 'file', 'label'. "
            r"Missing: 'text', 'image'. Pass the name of the column, e.g. "
            r"load_pairs\(path, text='caption'\) or, on the command line, --text-column caption, "
            "or text=None",
        ),
        (
            "text,image,label,text\na,b,c,d\n",
            "column names of pairs.csv must be distinct. Received more than once: 'text'",
        ),
        (
            "text,image,label\na,,w\nb,w\nc,,s\n",
            r"needs 3 cells in each row.* 1 row with another number of cells: line 3 \(2\)",
        ),
        (
            'text,image,label\n"x\ny",,w\nb, c,,w\nc,d,,s\n',
            r"2 rows with another number of cells: line 4 \(4\), line 5 \(4\)",
        ),
        (
            'text,image,label\na,,w\n"b,,s\nc,w\n',
            "broken cell in the row that starts in line 3 .*quotes inside must be doubled.*"
            "--quoting none",
        ),
        (
            "text,image,label\nneige,,m\nété,,m\n".encode("latin-1"),
            r"Received: another encoding, first in line 3 \(byte 0xe9\)",
        ),
        (b"\xef\xbb\xbftext,image,label\n\xe9,,m\n", "first in line 2"),
        (
            FOUR.encode("utf-16"),
            "Received: UTF-16. Name its encoding, e.g. encoding=.utf-16.*CSV UTF-8",
        ),
        (
            "text,image,label\na,,\nb,, \n",
            "the cells of the column 'label' are empty. For data without labels, pass label=None",
        ),
    ],
)
def test_tables_that_are_refused(folder, content, message):
    with pytest.raises(ValueError, match=message):
        load(folder, content)


def test_a_missing_column_of_numbers_is_named_with_a_similar_one(folder):
    content = "text,price,label\na,1,w\nb,2,w\n"
    with pytest.raises(ValueError, match=r"Missing: 'prise'. Did you mean 'price'\?$"):
        load(folder, content, image=None, numbers=["prise"])
    with pytest.raises(ValueError, match=r"image=None \(--image-column none\) if there is none"):
        load(folder, content)


@pytest.mark.parametrize("options", [{"id": "name"}, {"split": "fold"}])
def test_columns_asked_for_by_name_must_exist(folder, options):
    with pytest.raises(ValueError, match=f"Missing: '{next(iter(options.values()))}'"):
        load_pairs(folder, **options)


def test_paths_that_do_not_exist(folder):
    with pytest.raises(FileNotFoundError, match="There is no folder or CSV file"):
        load_pairs(folder / "elsewhere")
    (folder / "pairs.csv").rename(folder / "other.csv")
    with pytest.raises(
        FileNotFoundError,
        match="needs a file pairs.csv. Received: other.csv. If the CSV file has another name",
    ):
        load_pairs(folder)


def test_rows_without_a_label_are_dropped_with_a_warning(folder):
    table = FOUR + '"two\nlines",a.png,\nlate,a.png, \n'
    with pytest.warns(
        DataWarning, match="2 samples had no label: line 6, line 8. Such rows are dropped."
    ) as caught:
        data = load(folder, table)
    assert len(data) == 4 and len(caught) == 1 and caught[0].filename.endswith("test_pairs.py")
    with pytest.raises(ValueError, match="2 samples had no label"):
        load_pairs(folder, strict=True)
    assert len(load_pairs(folder, label=None)) == 6


def test_classes_that_cannot_be_used(folder):
    with pytest.warns(
        DataWarning,
        match="1 sample had no other sample of the same class: culture. A class needs at least two",
    ):
        data = load(folder, FOUR + "play,,culture\n", strict=True)
    with pytest.raises(ValueError, match="Received one of: culture"):
        data.split()
    with pytest.warns(
        DataWarning,
        match="2 samples had the same label 'w': row 0, row 1. "
        "A classifier needs at least two classes.",
    ):
        load(folder, "text,image,label\na,,w\nb,,w\n")


# ---------------------------------------------------------------- images


def test_images_that_do_not_exist(folder):
    with pytest.warns(
        DataWarning,
        match="2 samples had .* not exist: gone.png, images. Their images are treated as missing",
    ) as caught:
        (folder / "images").mkdir()
        data = load(folder, FOUR.replace("a.png", "gone.png").replace("b.png", "images"))
    assert (
        data["image"][:2] == [None, None]
        and data["image"][2].endswith("c.png")
        and len(caught) == 1
    )
    with pytest.raises(ValueError, match="gone.png"):
        load_pairs(folder, strict=True)


def png_with_header(width, height):
    """A PNG of a few bytes whose header specifies a huge image: a decompression bomb."""

    def chunk(kind, content):
        return (
            struct.pack(">I", len(content))
            + kind
            + content
            + struct.pack(">I", zlib.crc32(kind + content))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    "content, reason",
    [
        (b"", "empty file"),
        (b"no image at all", "not an image"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "convert drawings to PNG"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), ""),
        (b"\xff\xd8\xff\xe0", ""),
        (b"GIF89a", ""),
        (png_with_header(10_001, 10_000), "10001 x 10000 pixels, more than 100,000,000"),
        (png_with_header(100_000, 100_000), "more than 100,000,000 pixels"),
        (png_with_header(0, 10), ""),
    ],
)
def test_images_that_cannot_be_read(folder, content, reason):
    (folder / "bad.png").write_bytes(content)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        data = load(folder, FOUR.replace("a.png", "bad.png").replace("b.png", "bad.png"))
    # Pillow's own warnings are not passed on.
    (message,) = (str(warning.message) for warning in caught)
    assert (
        message.startswith("2 samples had a file that cannot be read as an image: bad.png (")
        and reason in message
    )
    assert data["image"][:2] == [None, None] and data["image"][2] is not None
    with pytest.raises(ValueError, match="cannot be read as an image"):
        load_pairs(folder, strict=True)


def test_large_images_below_the_limit_are_accepted(folder):
    (folder / "large.png").write_bytes(png_with_header(10_000, 10_000))
    assert with_image(folder, "large.png")[0].endswith("large.png")


def test_the_limit_is_that_of_the_reader(folder, monkeypatch):
    (folder / "large.png").write_bytes(png_with_header(30, 10))
    monkeypatch.setenv("MM_KERAS_MAX_PIXELS", "200")
    with pytest.raises(ValueError, match="30 x 10 pixels, more than 200"):
        read_image(folder / "large.png")
    with pytest.warns(DataWarning, match="30 x 10 pixels, more than 200"):
        assert with_image(folder, "large.png")[0] is None


def test_animated_images_are_reported_and_accepted(folder):
    frames = [Image.new("L", (4, 4), color) for color in (0, 255)]
    frames[0].save(folder / "move.gif", save_all=True, append_images=frames[1:])
    frames[0].save(folder / "pages.tif", save_all=True, append_images=frames[1:])
    with pytest.warns(
        DataWarning,
        match="2 samples had an animated or multi-page image: move.gif, pages.tif. The first",
    ) as caught:
        images = load(
            folder, FOUR.replace("a.png", "move.gif").replace("b.png", "pages.tif"), strict=True
        )["image"]
    assert images[0].endswith("move.gif") and len(caught) == 1


def test_images_of_all_usual_formats_are_accepted(folder):
    for name, mode in [
        ("a.jpg", "L"),
        ("b.jpg", "CMYK"),
        ("c.webp", "RGBA"),
        ("d.bmp", "RGB"),
        ("e.png", "I;16"),
        ("f.gif", "P"),
        ("g.tif", "F"),
        ("h.png", "1"),
    ]:
        Image.new(mode, (5, 5)).save(folder / name)
        assert with_image(folder, name)[0] == str(folder / name)
    frames = [Image.new("RGB", (8, 8)), Image.new("RGB", (4, 4))]
    # A format written by phones.
    frames[0].save(folder / "camera.jpg", format="MPO", save_all=True, append_images=frames[1:])
    assert with_image(folder, "camera.jpg")[0].endswith("camera.jpg")


def test_nothing_is_decoded(folder, monkeypatch):
    monkeypatch.setattr(Image.Image, "load", None)
    assert None not in load_pairs(folder)["image"]


@pytest.mark.parametrize(
    "name",
    [
        "images\\été 1%20.png",
        "./images/./été 1%20.png",
        "images/../images/été 1%20.png",
        unicodedata.normalize("NFD", "images/été 1%20.png"),
    ],
)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_spellings_of_file_names(folder, name, form):
    image(folder / "images" / unicodedata.normalize(form, "été 1%20.png"))
    assert os.path.isfile(with_image(folder, name)[0])


@pytest.mark.parametrize(
    "name",
    [
        "../secret.png",
        "images/../../secret.png",
        "..\\secret.png",
        "..",
        "/etc/hostname",
        "C:\\secret.png",
        "\\\\server\\secret.png",
        "link.png",
        "linked/secret.png",
        "../nothing.png",
    ],
)
def test_images_outside_the_folder_are_refused(tmp_path, name):
    folder = tmp_path / "data"
    for letter in "abcd":
        image(folder / f"{letter}.png")
    image(tmp_path / "secret.png")
    (folder / "images").mkdir()
    (folder / "link.png").symlink_to(tmp_path / "secret.png")
    (folder / "linked").symlink_to(tmp_path, target_is_directory=True)
    with pytest.raises(
        ValueError, match="must be in the folder of the CSV file.* Received 1 outside of it"
    ):
        with_image(folder, name)


def test_absolute_names_inside_the_folder_and_names_with_a_colon(folder):
    image(folder / "a:1.png")
    assert with_image(folder, "a:1.png")[0] == str(folder / "a:1.png")
    assert with_image(folder, str(folder / "b.png"))[0] == str(folder / "b.png")


def test_a_lack_of_file_handles_is_no_broken_image(folder, monkeypatch):
    def fail(*_, **__):
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(Image, "open", fail)
    with pytest.raises(OSError, match="Too many open files"):
        load(folder, FOUR)


def test_links_within_the_folder_and_a_linked_folder(tmp_path):
    for letter in "abcd":
        image(tmp_path / "data" / f"{letter}.png")
    (tmp_path / "data" / "link.png").symlink_to(tmp_path / "data" / "b.png")
    (tmp_path / "short").symlink_to(tmp_path / "data", target_is_directory=True)
    assert with_image(tmp_path / "short", "link.png")[0] == str(tmp_path / "short" / "link.png")


@pytest.mark.parametrize("name", ["a\0b.png", "x" * 5000, "https://example.org/a.png", "*.png"])
def test_names_that_no_file_can_have(folder, name):
    with pytest.warns(DataWarning, match="does not exist"):
        assert with_image(folder, name)[0] is None


def test_the_folder_is_questioned_if_no_file_exists(folder):
    with pytest.warns(DataWarning, match=r"relative to '.*': is it the right folder\?"):
        load(folder, FOUR.replace(".png", ".jpg"))
    with pytest.warns(DataWarning, match=r"relative to '.*'\.$"):
        load(folder, FOUR.replace("a.png", "a.jpg"))


def test_pipes_are_not_opened(folder):
    os.mkfifo(folder / "pipe.png")
    with pytest.warns(DataWarning, match="does not exist"):
        assert with_image(folder, "pipe.png")[0] is None


def test_many_images_in_many_tasks(folder):
    names = [f"n{k}.png" for k in range(600)]
    for name in names:
        os.link(folder / "a.png", folder / name)
    (folder / "n7.png").unlink()
    (folder / "n7.png").write_bytes(b"broken")
    table = "text,image,label\n" + "".join(f"t,{name},{k % 2}\n" for k, name in enumerate(names))
    with pytest.warns(DataWarning, match=r"1 sample had a file .*: n7.png \(not an image in"):
        images = load(folder, table)["image"]
    assert images == [None if k == 7 else str(folder / name) for k, name in enumerate(names)]


# ---------------------------------------------------------------- whole data sets


def test_the_committed_newsroom():
    data = load_pairs(ROOT / "datasets" / "newsroom")
    assert (
        len(data) == 120
        and data.num_classes == 6
        and None not in data["image"]
        and data.info["name"] == "newsroom"
    )
    assert set(data.columns["split"]) == {"train", "test"}


@pytest.mark.parametrize(
    "name, num_samples, num_classes, text",
    [
        ("openstax_figures", 2943, 10, "text"),
        ("openstax_figures", 2943, 10, "caption"),
        ("emoji_noto", 1384, 8, "name_zh"),
    ],
)
def test_real_data_sets(shared_data, name, num_samples, num_classes, text):
    data = load_pairs(shared_data / name, text=text, strict=True)
    assert (
        len(data) == num_samples
        and data.num_classes == num_classes
        and len(set(data.ids)) == num_samples
    )
    assert None not in data["text"] and None not in data["image"] and data.info["name"] == name
    assert {"train", "test"} == set(data.columns["split"]) and "label" not in data.columns
    assert ("text" in data.columns) == (text != "text")
    with open(shared_data / name / "pairs.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row[text] for row in rows] == data["text"]
    assert [row["label"] for row in rows] == [data.class_names[label] for label in data.labels]


alone = pytest.mark.filterwarnings("ignore:.* no other sample of the same class")


@alone
def test_numbers_categories_vectors_and_several_texts_are_modalities(folder):
    (folder / "pairs.csv").write_text(
        "title,body,price,color,vector,label\n"
        'a,b,1.5,red,"[1, 2]",w\nc,,,blue,,s\n,d,x,,"[3, 4]",w\n'
    )
    options = {"numbers": "price", "categories": ["color"], "vectors": "vector"}
    with pytest.warns(DataWarning, match="1 sample had cells .*: line 4. .*'x' in 'price'"):
        data = load_pairs(folder, text=["title", "body"], image=None, **options)
    assert data.modalities == ("text_title", "text_body", "numbers", "categories", "vectors")
    assert data["text_body"] == ["b", None, "d"] and data["numbers"] == [[1.5], [None], [None]]
    assert data["categories"] == [["red"], ["blue"], [None]]
    assert data["vectors"] == [[1, 2], None, [3, 4]]
    assert data.info["columns"]["numbers"] == ["price"] and "vector" not in data.columns
    for bad in ({"numbers": "price"}, {"vectors": "color"}):
        with pytest.raises(ValueError, match=r"sample.? had .*: line"):
            load_pairs(folder, text="title", image=None, strict=True, **bad)


@alone
def test_vectors_of_a_file_have_one_row_per_sample(folder):
    (folder / "pairs.csv").write_text("text,label\na,w\nb,\nc,s\n")
    np.save(folder / "v.npy", np.arange(6.0).reshape(3, 2))
    data = load_pairs(folder, label=None, image=None, vectors=folder / "v.npy")
    assert data["vectors"][1] == [2, 3]
    with pytest.warns(DataWarning, match="had no label"):
        data = load_pairs(folder, image=None, vectors=folder / "v.npy")
    np.testing.assert_array_equal(data["vectors"], [[0, 1], [4, 5]])
    (folder / "v.npy").write_bytes(b"")
    with pytest.raises(ValueError, match="is not an .npy file"):
        load_pairs(folder, image=None, vectors=folder / "v.npy")
    np.save(folder / "v.npy", np.ones((2, 2)))
    with pytest.raises(ValueError, match="one row for each of the 3 samples. Received: float64"):
        load_pairs(folder, image=None, vectors=folder / "v.npy")


@alone
def test_encoding_and_delimiter_can_be_named(folder):
    content = "text,image,label\n下雨,,天气\n进球,,体育\n".encode("gbk")
    (folder / "pairs.csv").write_bytes(content)
    with pytest.raises(ValueError, match="--encoding gbk"):
        load_pairs(folder)
    assert load_pairs(folder, encoding="gbk").class_names == ("体育", "天气")
    with pytest.raises(ValueError, match="must be one that Python knows"):
        load_pairs(folder, encoding="gkb")
    with pytest.raises(ValueError, match="must be one that Python knows"):
        load_pairs(folder, encoding="hex")
    marked = "\ufefftext,image,label\n雨,,w\n雪,,s\n".encode("utf-16-le")
    assert load(folder, marked, encoding="utf-16-le")["text"] == ["雨", "雪"]
    (folder / "pairs.csv").write_text("text~label\na, b; c~x\nd~y\n")
    assert load_pairs(folder, image=None, delimiter="~")["text"] == ["a, b; c", "d"]
    with pytest.raises(ValueError, match="one character"):
        load_pairs(folder, image=None, delimiter="ab")

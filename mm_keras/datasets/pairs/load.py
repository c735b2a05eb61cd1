"""load_pairs: your own data, from a folder with pairs.csv and files of images, sounds or films."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mm_keras.datasets.data import MultimodalData
from mm_keras.datasets.pairs.csv_table import read_table
from mm_keras.datasets.pairs.image_files import ABSENT, BROKEN, MOVING, find_files, find_images
from mm_keras.datasets.pairs.labels import clean_name, encode, note_on_look_alikes, read_labels
from mm_keras.datasets.splits import find_split_column, report_split_columns
from mm_keras.datasets.tables import modality_names, row_samples
from mm_keras.utils.labels import check_class_names
from mm_keras.utils.messages import report_bad, some_of
from mm_keras.utils.modality_labels import modality_label

# (role, column): these columns may be missing, unless another column name is given.
OPTIONAL = {("id", "id"), ("split", "split")}
NO_ID = "no id"
VECTORS = "\0vectors"  # a column with the rows of an .npy file
MODALITIES = ("text", "image", "audio", "video")


def load_pairs(
    path: str | Path,
    text: str | Sequence[str] | None = "text",
    image: str | Sequence[str] | None = "image",
    label: str | None = "label",
    id: str | None = "id",
    split: str | None = "split",
    label_separator: str | None = None,
    class_names: Sequence[str] | None = None,
    quoting: str = "auto",
    strict: bool = False,
    audio: str | None = None,
    video: str | None = None,
    numbers: str | Sequence[str] = (),
    categories: str | Sequence[str] = (),
    vectors: str | Path | None = None,
    encoding: str = "utf-8",
    delimiter: str | None = None,
) -> MultimodalData:
    """Load samples from a CSV file with one line per sample: text, name of an image file, label.

        text,image,label
        Waves hit the pier.,images/pier.jpg,weather
        "Two goals, one late",images/goal.jpg,sports

    The file has a header line, from which the delimiter (comma, semicolon, tab or vertical bar) is
    detected. Images are in the folder of the CSV file or below, with names relative to it. Only
    their headers are checked here; extractors read the images when they need them.

    Problems are always reported. An empty cell of a text, image, number, category or vector is
    missing (None). An image that does not exist, is broken, or has more than 100 million pixels
    becomes None, with one warning that counts and names them, and so do cells that are not numbers
    or vectors where these are needed. A row without a label is dropped with a warning. Stray quotes
    are reported. `strict=True` turns these warnings into errors. The following are never errors:
    animated images (the first frame is used), repeated ids, labels that look alike, classes with a
    single sample (they cannot be split), data with one class.

    Args:
        path: str or Path, the folder with pairs.csv, or the CSV file itself.
        text: str, the column with the texts; None to load no texts. Several columns become
            modalities of their own: ["title", "body"] are "text_title" and "text_body".
        image: str, the column with the names of the image files; None to load no images; likewise
            several.
        label: str, the column with the class names; None for data without labels, for prediction:
            then rows without content are samples too.
        id: str, the column with the sample ids. Repeated ids, as of five captions of one image, are
            numbered: "a", "a #2", ... If None, or if there is no column "id", the samples are
            numbered from 0.
        split: str, the column with the split of each sample (train, test), which becomes the column
            "split". A column "Split" is found, too.
        label_separator: None, or str such as "|" if a cell may hold any number of labels
            ("rain|wind"), including none. Cells that are lists (['rain', 'wind']) need none.
        class_names: list of str, for labels with the same numbers as in other data:
            `load_pairs("test.csv", class_names=train.class_names)`. Default: the names found, in
            alphabetical order.
        quoting: str, "minimal": cells with a delimiter, quote or line break are quoted, as
            csv.writer does it; "none": quotes are ordinary characters, as in many .tsv files;
            "auto": "minimal", unless the file can only be read line by line.
        strict: bool, whether to raise instead of warning about bad samples. Default: False.
        audio: str, the column with the names of sound files; None (default) to load no sounds.
        video: str, the column with the names of films: files, or folders with one image per frame;
            None (default) to load no films. Sounds and films are not opened here.
        numbers, categories: lists of str, columns that become the modality "numbers" and
            "categories", for `mm.tabular.Numbers` and `Categories`.
        vectors: str, a column with vectors made elsewhere, such as "[0.1, 0.2]"; or the path of an
            .npy file with one row per sample, relative to the working directory, not to the CSV
            file. They become the modality "vectors".
        encoding: str, e.g. "gbk" or "latin-1". Default: UTF-8, with or without byte order mark.
        delimiter: str, one character; None (default) to detect it.

    Returns:
        MultimodalData: text (list of str or None), image, audio, video (lists of paths or None),
        numbers (lists of float or None), categories (lists of str or None), vectors (lists of
        float, rows of the .npy file, or None), as far as they are loaded;
        labels with the class names (int (n,), or 0/1 (n, num_classes) with `label_separator` or
        lists), ids, and all other columns by name in `columns` (lists of str); the id column too.

    Raises:
        FileNotFoundError: no such folder or file.
        ValueError: another encoding, broken quotes, missing columns, rows of the wrong length, no
            samples, labels that are not in `class_names`, files outside the folder; bad samples if
            `strict`.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> folder = Path(tempfile.mkdtemp())
        >>> _ = (folder / "pairs.csv").write_text(
        ...     "headline;topic\\nRain, then sun;weather\\nTwo goals;sports\\n"
        ...     "Snow;weather\\nA draw;sports\\n"
        ... )
        >>> data = load_pairs(folder, text="headline", image=None, label="topic")
        >>> data
        MultimodalData: 4 samples of text, 2 classes (sports 2, weather 2)
        >>> data["text"][0], data.labels
        ('Rain, then sun', array([1, 0, 1, 0]))
    """
    texts, media = modality_names("text", text), {}
    for kind, given in {"image": image, "audio": audio, "video": video}.items():
        media |= modality_names(kind, given)
    vector_file = _vector_file(vectors)
    groups = {
        "numbers": [numbers] if isinstance(numbers, str) else list(numbers),
        "categories": [categories] if isinstance(categories, str) else list(categories),
        "vectors": [vectors] if vectors is not None and vector_file is None else [],
    }
    if not (texts or media or vector_file or any(groups.values())):
        raise ValueError(
            "At least one of text, image, audio, video, numbers, categories and vectors is needed. "
            "Received: none. Pass a column name."
        )
    file = _csv_file(Path(path))
    roles = {**texts, **media, "label": label, "id": id, "split": split}
    roles |= {f"{kind} {name}": name for kind, names in groups.items() for name in names}
    needed = {
        role: column
        for role, column in roles.items()
        if column is not None and (role, column) not in OPTIONAL
    }
    optional = [column for role, column in OPTIONAL if roles[role] == column]
    columns, lines, notes = read_table(
        file,
        needed,
        optional,
        quoting,
        keep_empty=label is None,
        strict=strict,
        encoding=encoding,
        delimiter=delimiter,
    )
    if vector_file is not None:
        columns[VECTORS] = _read_vectors(vector_file, len(lines))
    labels, names = None, ()
    if label is not None:
        columns, lines, labels, names, label_notes = _read_labels(
            columns, lines, label, label_separator, class_names, strict
        )
        notes += label_notes
    samples = {
        modality: [cell if cell.strip() else None for cell in columns[column]]
        for modality, column in texts.items()
    }
    for modality, column in media.items():
        samples[modality], file_notes = _files(file.parent, columns[column], modality, strict)
        notes += file_notes
    vectors = VECTORS if vector_file is not None else vectors
    rows, groups = row_samples(
        columns,
        groups["numbers"],
        groups["categories"],
        vectors,
        [f"line {line}" for line in lines],
        strict,
    )
    samples |= rows
    columns.pop(VECTORS, None)
    ids = None
    if id in columns:
        columns[id] = [cell.strip() for cell in columns[id]]
        ids, note = _distinct_ids(columns[id], id)
        notes.append(note)
    if labels is not None and labels.ndim == 1 and class_names is None:
        notes += _notes_on_classes(labels, names, ids or range(len(labels)))
    for note in notes:
        report_bad(*note)
    used = (*texts.values(), *media.values(), label, *groups.get("vectors", ()))
    others = {name: cells for name, cells in columns.items() if name not in used}
    if split == "split":
        report_split_columns(others)
        split = find_split_column(others)
    if split in others:
        others["split"] = [cell.strip() for cell in others.pop(split)]
    info = {"name": _name(file), "source": str(file)}
    if groups:
        info["columns"] = groups
    return MultimodalData(samples, labels, names, ids, others, info)


def column_names(
    path: str | Path,
    quoting: str = "auto",
    encoding: str = "utf-8",
    delimiter: str | None = None,
    needed: dict[str, str] | None = None,
) -> list[str]:
    """Column names in the header line of a folder's pairs.csv, or of a CSV file.

    Raises ValueError if a column of `needed`, dict, role -> column, is not among them.
    """
    file, options = _csv_file(Path(path)), {"encoding": encoding, "delimiter": delimiter}
    return list(read_table(file, needed or {}, MODALITIES, quoting, keep_empty=True, **options)[0])


def _vector_file(vectors):
    """The path of an .npy file, or None if `vectors` is the name of a column."""
    is_file = isinstance(vectors, Path) or str(vectors).lower().endswith(".npy")
    return Path(vectors) if is_file else None


def _read_vectors(file, num_samples):
    """The rows of an .npy file, list of arrays."""
    try:
        array = np.load(file, allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise ValueError(f"{str(file)!r} is not an .npy file with numbers ({error}).") from None
    if array.ndim != 2 or array.dtype.kind not in "fiu" or len(array) != num_samples:
        raise ValueError(
            f"{str(file)!r} needs an array of numbers with one row for each of the {num_samples:,} "
            f"samples. Received: {array.dtype} {array.shape}."
        )
    return list(array)


def _csv_file(path):
    """The CSV file at a path; if there is none, FileNotFoundError with the files found instead."""
    if path.is_file():
        return path
    if not path.is_dir():
        raise FileNotFoundError(f"There is no folder or CSV file {str(path)!r}.")
    if not (path / "pairs.csv").is_file():
        others = sorted(
            file.name for file in path.iterdir() if file.suffix.lower() in (".csv", ".tsv", ".txt")
        )
        raise FileNotFoundError(
            f"The folder {str(path)!r} needs a file pairs.csv. "
            f"Received: {some_of(others) or 'none'}. "
            "If the CSV file has another name, pass its path. Its first line names the columns, "
            "e.g. text,image,label; each further line is one sample."
        )
    if not (path / "pairs.csv").resolve().is_relative_to(path.resolve()):
        raise ValueError(
            f"pairs.csv in the folder {str(path)!r} must be in this folder. Received: a "
            "symbolic link that leads out of it. If you trust it, pass the path of the CSV file."
        )
    return path / "pairs.csv"


def _name(file):
    return file.resolve().parent.name if file.name == "pairs.csv" else file.stem


def _read_labels(columns, lines, column, separator, class_names, strict):
    """(columns and lines without unlabeled rows, labels, class names, notes for `report_bad`)."""
    names, multi_label, notes = read_labels(columns[column], lines, column, separator)
    labeled = [row for row, row_names in enumerate(names) if row_names]
    if not labeled:
        raise ValueError(
            f"No sample has a label: the cells of the column {column!r} are empty. "
            "For data without labels, pass label=None."
        )
    if not multi_label:
        dropped = sorted(set(range(len(lines))).difference(labeled))
        notes.append(
            (
                [f"line {lines[row]}" for row in dropped],
                "had no label",
                "Such rows are dropped. For data without labels, pass label=None.",
                strict,
            )
        )
        columns = {name: [cells[row] for row in labeled] for name, cells in columns.items()}
        names, lines = [names[row] for row in labeled], [lines[row] for row in labeled]
    notes.append(note_on_look_alikes(names, lines))
    if class_names is not None:
        class_names = list(map(clean_name, check_class_names(class_names)))
    class_names, labels = encode(names, multi_label, class_names)
    return columns, lines, labels, class_names, notes


def _files(folder, names, modality, strict):
    """The paths, and a list of arguments of `report_bad`."""
    kind = modality.partition("_")[0]
    if kind != "image":
        paths = find_files(folder, names, folders=kind == "video")
        absent = [name for name in map(str.strip, names) if name and paths[name] is None]
        note = (
            absent,
            f"had the name of a file ({modality_label(modality)}) that does not exist",
            f"Their files are treated as missing (None). {_where(folder, names, absent)}",
            strict,
        )
        return [paths.get(name.strip()) for name in names], [note]
    paths, problems = find_images(folder, names)
    return paths, [
        (
            problems[ABSENT],
            ABSENT,
            f"Their images are treated as missing (None). "
            f"{_where(folder, names, problems[ABSENT])}",
            strict,
        ),
        (problems[BROKEN], BROKEN, "Their images are treated as missing (None).", strict),
        (problems[MOVING], MOVING, "The first frame or page is used."),
    ]


def _where(folder, names, absent):
    none_found = len(absent) == sum(bool(name.strip()) for name in names)
    question = ": is it the right folder?" if none_found else "."
    return f"Names are relative to {str(folder)!r}{question}"


def _distinct_ids(cells, column):
    """The ids, numbered where they repeat ("a", "a #2"), and arguments of `report_bad`."""
    cells = [cell or NO_ID for cell in cells]
    counts, seen, ids = Counter(cells), Counter(), []
    for cell in cells:
        seen[cell] += 1
        name = cell
        while seen[cell] > 1 and (name := f"{cell} #{seen[cell]}") in counts:
            seen[cell] += 1  # another sample has this id
        ids.append(name)
    return ids, (
        [name for name, cell in zip(ids, cells) if counts[cell] > 1 and cell != NO_ID],
        "had the id of another sample",
        f"Repeated ids are numbered. The column {column!r} keeps them as they are, to group by "
        f"(--group {column}).",
    )


def _notes_on_classes(labels, class_names, ids):
    """A list of arguments of `report_bad`."""
    counts = np.bincount(labels)
    notes = [
        (
            [class_names[k] for k in np.flatnonzero(counts == 1)],
            "had no other sample of the same class",
            "A class needs at least two samples to be split into training and test data.",
        )
    ]
    if len(class_names) == 1:
        notes.append(
            (
                ids,
                f"had the same label {class_names[0]!r}",
                "A classifier needs at least two classes.",
            )
        )
    return notes

"""load_pairs: your own (text, image, label) data, from a folder with pairs.csv and images."""

import unicodedata
from collections import Counter
from pathlib import Path

import numpy as np

from mm_keras.datasets.data import MultimodalData
from mm_keras.datasets.pairs.csv_table import read_table
from mm_keras.datasets.pairs.image_files import ABSENT, BROKEN, MOVING, find_images
from mm_keras.utils.messages import report_bad, some_of

# (role, column): these columns may be missing, unless another column name is given.
OPTIONAL = {("id", "id"), ("split", "split")}


def load_pairs(
    path: str | Path,
    text: str | None = "text",
    image: str | None = "image",
    label: str | None = "label",
    id: str | None = "id",
    split: str | None = "split",
    label_separator: str | None = None,
    strict: bool = False,
) -> MultimodalData:
    """Load samples from a CSV file with one line per sample: text, name of an image file, label.

        text,image,label
        Waves hit the pier.,images/pier.jpg,weather
        "Two goals, one late",images/goal.jpg,sports

    The file is UTF-8 with a header line, from which the delimiter (comma, semicolon or tab) is
    detected. Images are in the folder of the CSV file or below, with names relative to it. Only
    their headers are checked here; extractors read the images when they need them.

    Problems are always reported. An empty text or image cell is a missing modality (None). An image
    that does not exist, is broken, or has more than 100 million pixels becomes None, with one
    warning that counts and names them; a row without a label is dropped with a warning.
    `strict=True` turns these warnings into errors. The following are never errors: animated images
    (the first frame is used), classes with a single sample (they cannot be split), data with one
    class.

    Args:
        path: str or Path, the folder with pairs.csv, or the CSV file itself.
        text: str, the column with the texts; None to load no texts.
        image: str, the column with the names of the image files; None to load no images.
        label: str, the column with the class names; None for data without labels, for prediction.
        id: str, the column with distinct sample ids. If None, or if there is no column "id", the
            samples are numbered from 0.
        split: str, the column with the split of each sample (train, test), which becomes the column
            "split".
        label_separator: None, or str such as "|" if a cell may hold any number of labels
            ("rain|wind"), including none.
        strict: bool, whether to raise instead of warning about bad samples. Default: False.

    Returns:
        MultimodalData: text (list of str or None), image (list of paths or None), labels with the
        class names in alphabetical order (int (n,), or 0/1 (n, num_classes) with
        `label_separator`), ids, and all other columns by name in `columns` (lists of str).

    Raises:
        FileNotFoundError: no such folder or file.
        ValueError: not UTF-8, broken quotes, missing columns, rows of the wrong length, no samples,
            duplicate ids, images outside the folder; bad samples if `strict`.

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
    if text is None and image is None:
        raise ValueError(
            "At least one of text and image is needed. Received: text=None, image=None. "
            "Pass a column name."
        )
    file = _csv_file(Path(path))
    roles = {"text": text, "image": image, "label": label, "id": id, "split": split}
    needed = {
        role: column
        for role, column in roles.items()
        if column is not None and (role, column) not in OPTIONAL
    }
    columns, lines = read_table(
        file, needed, optional=[column for role, column in OPTIONAL if roles[role] == column]
    )
    notes = []  # arguments of `report_bad`
    if label is not None and label_separator is None:
        columns, note = _labeled_rows(columns, lines, label, strict)
        notes.append(note)
    samples = {}
    if text is not None:
        samples["text"] = [cell if cell.strip() else None for cell in columns[text]]
    if image is not None:
        samples["image"], image_notes = _images(file.parent, columns[image], strict)
        notes += image_notes
    labels, class_names = (None, ()) if label is None else _labels(columns[label], label_separator)
    ids = _ids(columns[id], id) if id in columns else None
    if labels is not None and label_separator is None:
        notes += _notes_on_classes(labels, class_names, ids or range(len(labels)))
    for note in notes:
        report_bad(*note)
    others = {
        name: cells for name, cells in columns.items() if name not in (text, image, label, id)
    }
    if split in others:
        others["split"] = [cell.strip() for cell in others.pop(split)]
    return MultimodalData(
        samples, labels, class_names, ids, others, info={"name": _name(file), "source": str(file)}
    )


def column_names(path: str | Path) -> list[str]:
    """Column names in the header line of a folder's pairs.csv, or of a CSV file."""
    return list(read_table(_csv_file(Path(path)), {}, ("text", "image"))[0])


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
            "If the CSV file has another name, pass its path."
        )
    return path / "pairs.csv"


def _name(file):
    return file.resolve().parent.name if file.name == "pairs.csv" else file.stem


def _labeled_rows(columns, lines, label, strict):
    """The columns without unlabeled rows, and the arguments of `report_bad` about these rows."""
    keep = [row for row, cell in enumerate(columns[label]) if cell.strip()]
    if not keep:
        raise ValueError(
            f"All cells of the column {label!r} are empty. "
            "For data without labels, pass label=None."
        )
    dropped = sorted(set(range(len(lines))) - set(keep))
    note = (
        [f"line {lines[row]}" for row in dropped],
        "had no label",
        "Such rows are dropped. For data without labels, pass label=None.",
        strict,
    )
    return {name: [cells[row] for row in keep] for name, cells in columns.items()}, note


def _images(folder, names, strict):
    """The paths, and a list of arguments of `report_bad`."""
    paths, problems = find_images(folder, names)
    return paths, [
        (
            problems[ABSENT],
            ABSENT,
            f"Such images become None. Names are relative to {str(folder)!r}.",
            strict,
        ),
        (problems[BROKEN], BROKEN, "Such images become None.", strict),
        (problems[MOVING], MOVING, "The first frame or page is used."),
    ]


def _labels(cells, separator):
    """(labels, class names): int array (n,), or 0/1 (n, num_classes) if there is a separator."""
    # Composed and decomposed accents are the same class.
    cells = [unicodedata.normalize("NFC", cell) for cell in cells]
    lists = [cell.split(separator) if separator else [cell] for cell in cells]
    sets = [[name.strip() for name in names if name.strip()] for names in lists]
    class_names = sorted(set().union(*sets))
    if not class_names:
        raise ValueError("No sample has a label. For data without labels, pass label=None.")
    index = {name: k for k, name in enumerate(class_names)}
    if not separator:
        return np.array([index[name] for (name,) in sets]), class_names
    labels = np.zeros((len(cells), len(class_names)), np.int64)
    for row, names in enumerate(sets):
        labels[row, [index[name] for name in names]] = 1
    return labels, class_names


def _ids(cells, column):
    ids = [cell.strip() for cell in cells]
    duplicates = [name for name, count in Counter(ids).items() if count > 1]
    if duplicates:
        raise ValueError(
            f"The values of the column {column!r} must be distinct. Received more than once: "
            f"{some_of(map(repr, duplicates))}. Pass id=None to number the samples instead."
        )
    return ids


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

"""CSV files: whole ones written in odd ways must be read exactly; damaged ones are read or refused
in words; of tables that were written without quotes no row is lost in silence."""

import csv
import io
import warnings

from tests.robustness._damage import damaged

COUNT = 9_000
WORDS = [
    "rain",
    "Sturm",
    "雨",
    'a "quote"',
    '"',
    '5"',
    '"open',
    "semi; colon",
    "comma, comma",
    "bar | bar",
    "tab\there",
    "new\nline",
    " spaces ",
    "it's",
    "½",
    "🙂",
    "=1+1",
    "é",
    "e\u0301",
    "\u2028",
    "x" * 500,
]


def prepare(folder):
    import mm_keras as mm

    def load(**options):
        """(texts, labels, warnings) of the table."""
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", mm.DataWarning)
            data = mm.datasets.load_pairs(folder, image=None, **options)
        labels = [data.class_names[label] for label in data.labels]
        return [text or "" for text in data["text"]], labels, [str(w.message) for w in caught]

    def case(number, random):
        size = int(random.integers(2, 12))
        texts = [" ".join(random.choice(WORDS, int(random.integers(1, 5)))) for _ in range(size)]
        labels = [f"class {i % 2}" for i in range(size)]
        kind = ("whole", "damaged", "unquoted")[number % 3]
        if kind == "unquoted":
            return _unquoted(folder, texts, labels, load, bool(random.integers(2)))
        stream = io.StringIO()
        writer = csv.writer(
            stream,
            delimiter=str(random.choice([",", ";", "\t", "|"])),
            quoting=int(random.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC])),
            lineterminator=str(random.choice(["\n", "\r\n"])),
        )
        writer.writerows([["text", "label"], *zip(texts, labels)])
        content = stream.getvalue().encode(str(random.choice(["utf-8", "utf-8-sig"])))
        (folder / "pairs.csv").write_bytes(content if kind == "whole" else damaged(content, random))
        try:
            found = load()
        except ValueError as error:
            if kind == "damaged":
                return "refused"
            return "wrong", f"a whole file was refused: {error}"[:200]
        if kind == "whole" and found[:2] != ([_or_empty(text) for text in texts], labels):
            return "wrong", f"samples differ: {found[:2]}"[:200]
        return "read"

    return case


def _unquoted(folder, texts, labels, load, as_unquoted):
    """Tab-separated, without any quoting; read as such, or with the default, which may refuse."""
    texts = [text.replace("\t", " ").replace("\n", " ") for text in texts]
    lines = ["\t".join(cells) for cells in [("text", "label"), *zip(texts, labels)]]
    (folder / "pairs.csv").write_bytes("\n".join(lines).encode("utf-8"))
    try:
        found, found_labels, messages = load(**({"quoting": "none"} if as_unquoted else {}))
    except ValueError as error:
        return ("wrong", str(error)[:200]) if as_unquoted else "refused"
    if as_unquoted and (found, found_labels) != ([_or_empty(text) for text in texts], labels):
        return "wrong", f"samples differ: {found}"[:200]
    if len(found) != len(texts) and not any("quote" in message for message in messages):
        return "wrong", f"{len(found)} of {len(texts)} samples, in silence: {texts}"[:300]
    return "read"


def _or_empty(text):
    return text if text.strip() else ""

"""CSV files: intact ones are read exactly, damaged ones are read or refused."""

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
    "semi; colon",
    "comma, comma",
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

    def case(number, random):
        size = int(random.integers(2, 12))
        texts = [" ".join(random.choice(WORDS, int(random.integers(1, 5)))) for _ in range(size)]
        labels = [f"class {i % 2}" for i in range(size)]
        stream = io.StringIO()
        writer = csv.writer(
            stream,
            delimiter=str(random.choice([",", ";", "\t"])),
            quoting=int(random.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC])),
            lineterminator=str(random.choice(["\n", "\r\n"])),
        )
        writer.writerows([["text", "label"], *zip(texts, labels)])
        content = stream.getvalue().encode(str(random.choice(["utf-8", "utf-8-sig"])))
        whole = number % 3 == 0
        (folder / "pairs.csv").write_bytes(content if whole else damaged(content, random))
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                data = mm.datasets.load_pairs(folder, image=None)
        except ValueError as error:
            return ("wrong", f"a whole file was refused: {error}"[:200]) if whole else "refused"
        if whole and [(text or "").strip() for text in data["text"]] != [
            text.strip() for text in texts
        ]:
            return "wrong", f"texts differ: {data['text']}"[:200]
        return "read"

    return case

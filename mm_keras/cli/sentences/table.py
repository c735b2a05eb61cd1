"""The table of `translate` and `caption`: a row of scores for each way to write sentences."""

from dataclasses import dataclass

import numpy as np

from mm_keras.evaluation.metrics import cider_d, sentence_scores
from mm_keras.evaluation.metrics.sentences import right_sentences, right_slots

WIDTH = 37  # of the names in the table
LEGEND = {
    "BLEU-1": "right words, 0 to 100",
    "BLEU-4": "right groups of up to four words, 0 to 100",
    "CIDEr-D": "the same, where rare words count more, 0 to 10",
    "exact": "share of sentences that equal a reference",
}
FORMATS = {"BLEU-1": ".1f", "BLEU-4": ".1f", "CIDEr-D": ".2f"}  # of the others: .3f


@dataclass
class Slot:
    """A column of the table: the share of sentences with the right value of a slot.

    Attributes:
        values: list of n str, the right values, see `slot_accuracy`.
        rows: bool (n,), the test samples that count.
    """

    values: list
    rows: np.ndarray


@dataclass
class Row:
    """A line of the table.

    Attributes:
        name: str.
        scores: dict, column -> float, or None where it is not known.
        sentences: list of n str; None for best possible scores.
    """

    name: str
    scores: dict
    sentences: list | None = None


class Table:
    """Computes the scores of sentences, and prints each row as soon as it is known.

    Args:
        references: list of n lists of str.
        columns: names of the scores of all sentences: "BLEU-1", "BLEU-4", "CIDEr-D", "exact".
        slots: dict, name -> Slot, the other columns.

    Attributes:
        rows: dict, key -> Row, in the order of the table.
    """

    def __init__(self, references, columns, slots):
        self.references, self.slots = references, slots
        self.columns = (*columns, *slots)
        self.rows = {}

    def header(self):
        """The lines above the table."""
        lines = [f"{name}: {LEGEND[name]}" for name in self.columns if name in LEGEND]
        if self.slots:
            lines.append(f"{', '.join(self.slots)}: share of sentences with this word right")
        titles = "".join(f"{name:>{_width(name)}}" for name in self.columns)
        return [*lines, "", f"{'':{WIDTH}}{titles}"]

    def add(self, key, name, sentences):
        """Add a row for the sentences of all test samples."""
        scores = sentence_scores(sentences, self.references)
        scores |= {
            column: float(self.per_sample(sentences, column).mean()) for column in self.slots
        }
        if "CIDEr-D" in self.columns:
            scores["CIDEr-D"] = cider_d(sentences, self.references)
        self._print(key, Row(name, {column: scores[column] for column in self.columns}, sentences))

    def add_best(self, key, name, scores):
        """Add a row of best possible scores, dict, column -> float."""
        self._print(key, Row(name, {column: scores.get(column) for column in self.columns}))

    def per_sample(self, sentences, column):
        """The score of each test sample that counts: bool, or float for CIDEr-D."""
        if column == "CIDEr-D":
            return cider_d(sentences, self.references, average=False)
        if column == "exact":
            return right_sentences(sentences, self.references)
        slot = self.slots[column]
        return right_slots(sentences, slot.values)[slot.rows]

    def _print(self, key, row):
        self.rows[key] = row
        cells = "".join(f"{_cell(column, row):>{_width(column)}}" for column in self.columns)
        print(f"   {row.name:{WIDTH}}{cells}", flush=True)

    def record(self):
        """The rows for results.json."""
        return [
            {"key": key, "name": row.name.strip(), **row.scores} for key, row in self.rows.items()
        ]


def _width(column):
    return max(len(column), 5) + 3


def _cell(column, row):
    score = row.scores[column]
    return "-" if score is None else format(score, FORMATS.get(column, ".3f"))

"""The table of `search`: how often the right sample is found, in both directions, and a verdict."""

from dataclasses import dataclass

import numpy as np

from mm_keras.evaluation.metrics import bootstrap_interval, retrieval_scores, wilson_interval
from mm_keras.evaluation.significance import holm, mcnemar
from mm_keras.utils.formatting import format_p

NEED_LABELS = ("sm", "scm")  # methods
ALPHA = 0.05
MOST = 10  # the k of R@k, unless there are fewer samples
MAX_CHANCE = 0.5  # of R@k, for a test that can tell a search from chance
WIDTH = 33  # of the names in the table
DIRECTIONS = ("text -> image", "image -> text")
CHANCE, MOVED, SHUFFLED = "chance", "images of other samples", "trained on shuffled pairs"
CONTROLS = {CHANCE: "by chance", MOVED: f"with {MOVED}", SHUFFLED: SHUFFLED}


@dataclass
class Row:
    """A line of the table.

    Attributes:
        name: str.
        scores: dict, direction -> dict, "R@1", "R@10", "rank" -> float array (queries,), by item;
            "mAP" likewise, by class, if there are classes.
    """

    name: str
    scores: dict

    def means(self, direction):
        """The median of the ranks, the means of the other scores."""
        return {
            name: float(np.median(values) if name == "rank" else np.mean(values))
            for name, values in self.scores[direction].items()
        }


class Table:
    """Prints each row as soon as it is known.

    Args:
        by_item: bool (n, n), whether text i and image j belong together.
        by_class: bool (n, n), whether text i and image j are of one class; None without classes.

    Attributes:
        rows: dict, key -> Row, in the order of the table.
    """

    def __init__(self, by_item, by_class=None):
        self.by_item, self.by_class = by_item, by_class
        self.k = min(MOST, len(by_item))
        self.score = f"R@{self.k}"
        self.rows = {}

    def header(self):
        """The lines above the table."""
        parts = f"{'by item':>21}{'by class':>10}"
        title = f"{'R@1':>7}{self.score:>7}{'rank':>7}{'mAP':>10}"
        return [
            f"by item: only what belongs to a query is right. R@1, {self.score}: share of queries",
            f"   that find it first, or among the first {self.k}; rank: its median rank",
            "by class: all samples of a query's class are right. mAP: mean average precision",
            f"{'':{WIDTH}}{DIRECTIONS[0]:>31}{DIRECTIONS[1]:>31}",
            f"{'':{WIDTH}}{parts}{parts}",
            f"{'':{WIDTH}}{title}{title}",
        ]

    def add(self, key, name, similarities):
        """A row for similarities (texts, images)."""
        scores = {}
        for direction, turn in zip(DIRECTIONS, (np.asarray, np.transpose)):
            rows = turn(similarities)
            scores[direction] = _by_item(rows, turn(self.by_item), self.k)
            if self.by_class is not None:
                scores[direction]["mAP"] = _average_precisions(rows, turn(self.by_class))
        self._print(key, Row(name, scores))

    def add_chance(self):
        """A row for a random order: exact expectations, not one random order."""
        scores = {}
        for direction, axis in zip(DIRECTIONS, (1, 0)):
            scores[direction] = chance = _chance(self.by_item, axis, self.k)
            del chance["mAP"]
            if self.by_class is not None:
                chance["mAP"] = _chance(self.by_class, axis, 1)["mAP"]
        self._print(CHANCE, Row("random order (chance)", scores))

    def add_best(self):
        """A row for data where a text or image shows all that makes another one the right one."""
        scores = {
            direction: _by_item(self.by_item, self.by_item, self.k) for direction in DIRECTIONS
        }
        self._print("best", Row("best possible", scores))

    def _print(self, key, row):
        self.rows[key] = row
        parts = [f"{row.name:{WIDTH}}"]
        for direction in DIRECTIONS:
            means = row.means(direction)
            by_class = f"{means['mAP']:>10.3f}" if "mAP" in means else f"{'-':>10}"
            by_item = f"{means['R@1']:>7.3f}{means[self.score]:>7.3f}{means['rank']:>7.1f}"
            parts.append(by_item + by_class)
        print(f"   {''.join(parts)}", flush=True)

    def record(self):
        """The rows for results.json."""
        return [
            {"key": key, "name": row.name.strip(), **{d: row.means(d) for d in DIRECTIONS}}
            for key, row in self.rows.items()
        ]

    def verdict(self, main):
        """Sentences: is the row `main` better than chance and both controls, in each direction?"""
        found = {d: self.rows[main].scores[d][self.score].astype(bool) for d in DIRECTIONS}
        p_values = holm([p for d in DIRECTIONS for p in self._p_values(d, found[d])])
        sentences, works = [], []
        for direction, ps in zip(DIRECTIONS, (p_values[:3], p_values[3:])):
            share, query = found[direction].mean(), direction.split(" ")[0]
            low, high = wilson_interval(int(found[direction].sum()), len(found[direction]))
            controls = {key: self.rows[key].means(direction)[self.score] for key in CONTROLS}
            listed = [
                f"{CONTROLS[key]} {100 * controls[key]:.1f}% ({format_p(p)})"
                for key, p in zip(CONTROLS, ps)
            ]
            sentences.append(
                f"{direction}: {100 * share:.1f}% of the {query}s (95% interval {100 * low:.1f} "
                f"to {100 * high:.1f}) find what belongs to them among the first {self.k}; "
                f"{', '.join(listed)}."
            )
            if max(ps) < ALPHA and share > max(controls.values()):
                works.append(direction)
        sentences.append(_conclusion(works))
        chance = max(self.rows[CHANCE].means(d)[self.score] for d in DIRECTIONS)
        if not works and chance > MAX_CHANCE:
            sentences.append(
                f"With {len(self.by_item)} test samples, chance reaches {100 * chance:.0f}%: "
                "too few to tell a search from chance. Use more test samples."
            )
        return sentences

    def _p_values(self, direction, found):
        """p values of three tests: against chance, and against both controls."""
        from scipy.stats import binomtest

        chance = min(self.rows[CHANCE].means(direction)[self.score], 1.0)
        controls = [self.rows[key].scores[direction][self.score] for key in (MOVED, SHUFFLED)]
        # If the chance differs between queries, the variance is smaller: p is conservative.
        return [
            binomtest(int(found.sum()), len(found), chance).pvalue,
            *(mcnemar(found, control.astype(bool))["p"] for control in controls),
        ]

    def best_by_item(self, methods):
        """The method with the highest R@k, averaged over both directions; the first of equals."""
        return max(
            methods, key=lambda key: sum(self.rows[key].means(d)[self.score] for d in DIRECTIONS)
        )

    def verdict_by_class(self, methods):
        """A sentence on the method with the highest mAP from text to image, with an interval."""
        best = max(methods, key=lambda key: self.rows[key].means(DIRECTIONS[0])["mAP"])
        parts = []
        for direction in DIRECTIONS:
            scores = self.rows[best].scores[direction]["mAP"]
            low, high = bootstrap_interval(np.mean, scores, num_resamples=500)
            chance = self.rows[CHANCE].means(direction)["mAP"]
            parts.append(
                f"{direction} mAP {scores.mean():.3f} (95% interval {low:.3f} to {high:.3f}, "
                f"{chance:.3f} by chance)"
            )
        return f"By class, the best row is {self.rows[best].name}: {', '.join(parts)}."


def _conclusion(works):
    if len(works) == 2:
        return (
            "Conclusion: the search has learned which texts and images belong together. In both "
            "directions it finds more than by chance, than with images of other samples, and than "
            "after training on shuffled pairs."
        )
    if works:
        return (
            f"Conclusion: only {works[0]} is shown to work. There it finds more than by chance and "
            "than both controls; for the other direction this is not shown."
        )
    return (
        "Conclusion: it is not shown that the search works. It does not find more than by chance "
        "and than both controls (p values are corrected for six comparisons)."
    )


def _by_item(similarities, relevant, k):
    """dict, "R@1", "R@k", "rank" -> float array, one value per query."""
    rows = [
        retrieval_scores(row[np.newaxis], is_right[np.newaxis], (1, k))
        for row, is_right in zip(similarities, relevant)
    ]
    names = {"R@1": "R@1", f"R@{k}": f"R@{k}", "rank": "median rank"}
    return {key: np.array([row[name] for row in rows]) for key, name in names.items()}


def _average_precisions(similarities, relevant):
    return np.array(
        [
            retrieval_scores(row[np.newaxis], is_right[np.newaxis], ())["mAP"]
            for row, is_right in zip(similarities, relevant)
        ]
    )


def _chance(relevant, axis, k):
    """The expected scores of queries with R relevant of N items in random order.

    R@k = 1 - C(N - R, k) / C(N, k); the rank of the first is (N + 1) / (R + 1); the average
    precision is ((R - 1) / (N - 1) (N - H_N) + H_N) / N with H_N = 1 + 1/2 + ... + 1/N.
    """
    num_relevant, num_items = relevant.sum(axis=axis), relevant.shape[axis]
    positions = np.arange(k)
    harmonic = (1 / np.arange(1, num_items + 1)).sum()
    rest = np.clip(num_items - num_relevant[:, np.newaxis] - positions, 0, None)
    none_found = np.cumprod(rest / (num_items - positions), axis=1)  # (queries, k)
    repeated = (num_relevant - 1) / max(num_items - 1, 1)
    return {
        "R@1": 1 - none_found[:, 0],
        f"R@{k}": 1 - none_found[:, -1],
        "rank": (num_items + 1) / (num_relevant + 1),
        "mAP": (repeated * (num_items - harmonic) + harmonic) / num_items,
    }

"""Section with the accuracy in subgroups of the samples."""

from mm_keras.comparison.report import words
from mm_keras.comparison.results.subgroups import SMALL
from mm_keras.utils.formatting import format_points
from mm_keras.utils.markup import table, tag, user_text

MAX_GROUPS = 30  # per column; the largest ones


def subgroups(result, data):
    """One table per column that `by` names: the best unimodal and the best fused contender."""
    title = "Scores by subgroup"
    if not result.get("subgroups"):
        return title, "no column was given: pass by, or --by COLUMN"
    names = [c["name"] for c in words.best_contenders(result)]
    if not names:
        return title, "there is no contender to show"
    text = (
        "Groups with fewer than "
        f"{SMALL} samples are marked: their intervals are wide. The intervals cover the variation "
        "due to the test samples only. Each holds by itself; they are not corrected for the number "
        "of groups. With twenty groups, expect one to differ by chance."
    )
    tables = [_table(part, names) for part in result["subgroups"]]
    return title, [tag("p", text), tables]


def _table(part, names):
    largest = sorted(part["groups"], key=lambda group: -group["num_samples"])[:MAX_GROUPS]
    rows = [_row(group, names) for group in part["groups"] if group in largest]
    caption = ["Accuracy by ", user_text(part["column"], "strong"), ", with 95% intervals."]
    if len(part["groups"]) > len(largest):
        others = len(part["groups"]) - len(largest)
        caption.append(f" The {others:,} smaller groups are in subgroups.csv.")
    else:
        caption.append(" All contenders are in subgroups.csv.")
    header = ["group", "samples", *[tag("code", name) for name in names]]
    if len(names) == 2:
        header.append("difference (points)")
    return table(caption, header, [(None, rows)])


def _row(group, names):
    value = "(blank)" if group["value"] is None else user_text(group["value"])
    count = [f"{group['num_samples']:,}", tag("span", "small", class_="small")]
    scores = [group["scores"][name] for name in names]
    cells = [words.with_interval(score["accuracy"], score["interval"]) for score in scores]
    if len(names) == 2:
        cells.append(_difference(scores[1]["difference"]))
    return [value, count if group["small"] else count[0], *cells]


def _difference(difference):
    low, high = map(format_points, difference["interval"])
    return [
        format_points(difference["difference"]),
        tag("span", f"{low} to {high}", class_="small"),
    ]

"""Section with the sentences of the checks that warn."""

from mm_keras.utils.markup import tag, user_text


def checks(result, data):
    """One sentence per warning: what it means and what to do."""
    title, warnings = "Warnings of the checks", result.get("checks")
    if warnings is None:
        return title, "the checks were not made in this run"
    if not warnings:
        return title, (
            "no word, column or modality reveals a class, the best contenders are not much better "
            "on training samples, and no chosen setting is at the edge of those tried"
        )
    return title, [tag("ul", [tag("li", user_text(row["sentence"])) for row in warnings])]

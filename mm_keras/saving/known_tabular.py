"""The extractors of tables in saved files: their settings and their learned values."""

from mm_keras.saving.rules import Known, array, either, exactly, integer, series, size, words

COLUMNS = either(exactly(None), words)
POSITIVE = integer(1)


def _numbers_fit(saved):
    learned = saved.attributes
    missing = learned["missing_"].tolist()
    return (
        bool((learned["scale_"] > 0).all())
        and missing == sorted(set(missing))
        and all(0 <= k < saved.sizes["d"] for k in missing)
        and saved.sizes["k"] == saved.sizes["d"] + len(missing)
    )


def _lists_of_words(value, sizes):
    return isinstance(value, list) and value and all(words(names, sizes) for names in value)


def _categories_fit(saved):
    names = saved.attributes["categories_"]
    return saved.sizes["k"] == sum(len(some) + 1 for some in names) and all(
        list(some) == sorted(set(some)) for some in names
    )


TABULAR = {
    "Numbers": Known(
        {"columns": COLUMNS},
        {
            "mean_": array("d"),
            "scale_": array("d"),
            "missing_": array("m", kinds="i"),
            "output_shape_": series(size("k")),
        },
        fits=_numbers_fit,
    ),
    "Categories": Known(
        {"columns": COLUMNS, "min_count": POSITIVE, "max_categories": POSITIVE},
        {"categories_": _lists_of_words, "output_shape_": series(size("k"))},
        fits=_categories_fit,
    ),
    "Vectors": Known({}, {"output_shape_": series(size("k"))}),
}

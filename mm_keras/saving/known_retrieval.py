"""The embeddings of mm_keras.retrieval in saved files: their settings and their learned values."""

from mm_keras.saving.rules import Known, array, either, exactly, integer, number, words


def _per_modality(*shape):
    """A dict of two modalities; "d" is a size of its own for each, the others are shared."""

    def rule(value, sizes):
        return (
            isinstance(value, dict)
            and len(value) == 2
            and all(type(name) is str for name in value)
            and all(
                array(*(f"{name} d" if length == "d" else length for length in shape))(item, sizes)
                for name, item in value.items()
            )
        )

    return rule


MAPS = {"weights_": _per_modality("d", "k"), "biases_": _per_modality("k")}


def _same_modalities(saved):
    return [*saved.attributes["weights_"]] == [*saved.attributes["biases_"]]


RETRIEVAL = {
    "mm_keras.retrieval:CCA": Known(
        {
            "num_components": integer(1),
            "shrinkage": number(0),
            "rank": either(exactly(None), integer(1)),
        },
        {**MAPS, "correlations_": array("k")},
        fits=_same_modalities,
    ),
    "mm_keras.retrieval:SemanticMatching": Known(
        {"C": number(0)},
        {**MAPS, "classes_": either(array("k", kinds="biuf"), words)},
        fits=_same_modalities,
    ),
}

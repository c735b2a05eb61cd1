"""The extractors of mm_keras in saved files, and the scaling of their output."""

from mm_keras.saving.known_images import FILMS, IMAGES
from mm_keras.saving.known_sounds import SOUNDS
from mm_keras.saving.known_tabular import TABULAR
from mm_keras.saving.known_texts import TEXTS
from mm_keras.saving.rules import Known, array, either, exactly, number

# The lengths of `mean_` and `scale_` are compared with the features by `loading`.
SCALE = either(array(), array("k"))
SCALER = Known(
    {"method": exactly("block", "standardize", "normalize", None), "variance": number(0)},
    {"mean_": SCALE, "scale_": SCALE},
    shape=lambda saved: None,
    fits=lambda saved: bool((saved.attributes["scale_"] > 0).all()),
)

EXTRACTORS = {
    **{
        f"mm_keras.{package}:{name}": known
        for package, table in (
            ("text", TEXTS),
            ("image", IMAGES),
            ("audio", SOUNDS),
            ("video", FILMS),
            ("tabular", TABULAR),
        )
        for name, known in table.items()
    },
    "mm_keras.features:BlockScaler": SCALER,
}

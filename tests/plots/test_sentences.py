"""The plot of sentences; `figure_checks.drawn` checks its texts."""

import numpy as np
import pytest
from matplotlib.colors import to_hex

from mm_keras import plots
from mm_keras.plots.sentences import WRONG
from tests.plots.figure_checks import CHINESE, LONG, REPORT, drawn

RNG = np.random.default_rng(0)
IMAGES = [RNG.integers(0, 256, (30, 60, 3), dtype=np.uint8), None, "no_such_file.png"]


def tinted(axes):
    """The words of an axes that lie on a tint."""
    boxes = [patch.get_bbox() for patch in axes.patches]
    assert all(to_hex(patch.get_facecolor()) == WRONG.lower() for patch in axes.patches)
    return [
        text.get_text()
        for text in axes.texts
        if any(box.contains(*np.add(text.get_position(), (0.1, 0))) for box in boxes)
    ]


def test_sentences_stand_beside_their_images_with_wrong_words_tinted():
    sources = ["the bat is red", "", "a key"]
    references = ["der Schläger ist rot", ["eine Uhr", "die Uhr"], "ein Schlüssel"]
    predictions = {
        "text alone": ["die fledermaus ist rot", "die uhr", "taste"],
        "with image": ["der schläger ist rot", "", "ein schlüssel ist"],
    }
    figure = plots.sentence_grid(IMAGES, references, predictions, sources)
    texts = drawn(figure)
    assert [texts.count(name) for name in ("source", "reference", *predictions)] == [3] * 4
    assert {"no image", "not readable", "text)", "Schläger", "fledermaus"} <= set(texts)
    np.testing.assert_array_equal(figure.axes[0].images[0].get_array(), IMAGES[0])
    words = [tinted(axes) for axes in figure.axes[1::2]]
    assert words == [["die", "fledermaus"], ["…"], ["taste", "ist"]]


@pytest.mark.parametrize("num_samples, num_columns", [(0, 2), (1, 2), (2, 1), (3, 2)])
@pytest.mark.parametrize("text", ["a bat", REPORT, LONG * 9, CHINESE, "$5" * 60])
def test_texts_of_any_length_are_legible(text, num_samples, num_columns):
    figure = plots.sentence_grid(
        IMAGES[:1] * num_samples,
        [text] * num_samples,
        {"a caption with a long name": [text[::-1]] * num_samples},
        num_columns=num_columns,
    )
    assert len(figure.axes) == 2 * num_samples
    drawn(figure)


def test_sentences_without_words_are_drawn_as_no_text():
    figure = plots.sentence_grid([None], [" "], {"caption": [""]}, [" \n"])
    assert drawn(figure).count("text)") == 3 and tinted(figure.axes[1]) == []
    figure = plots.sentence_grid([None], [""], {"caption": [""]})
    assert drawn(figure).count("text)") == 2


def test_every_image_needs_its_sentences():
    with pytest.raises(ValueError, match="2 images need as many sentences. Received: .*'with': 1"):
        plots.sentence_grid([None, None], ["a", "b"], {"with": ["a"]})

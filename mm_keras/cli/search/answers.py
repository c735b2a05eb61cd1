"""Queries of the `search` command, and their printed answers."""

from dataclasses import dataclass

from mm_keras.cli.streams import in_one_line
from mm_keras.datasets import MultimodalData
from mm_keras.utils.formatting import shorten, shorten_name
from mm_keras.utils.messages import collected


@dataclass
class Answer:
    """What a Retriever found for a query.

    Attributes:
        query: str, a text or the name of an image file.
        modality: str, "text" or "image".
        results: list of (id, similarity), the most similar first; [] if nothing is known of it.
        is_guess: bool, whether parts of words are known, but no word of the text.
    """

    query: str
    modality: str
    results: list
    is_guess: bool = False

    def print(self, names=None, right=()):
        """The query, then a line for each result.

        Args:
            names: dict, id -> what is printed; default: the ids themselves.
            right: ids that are marked with "*".
        """
        note = "   (no known word; found by parts of words)" if self.is_guess else ""
        print(f"   {in_one_line(shorten(self.query, 90))}{note}")
        for number, (key, similarity) in enumerate(self.results, 1):
            mark = "*" if key in right else " "
            # The id in a saved retriever ends with the name of the image file.
            name = shorten(names[key], 80) if names else shorten_name(key, 80)
            print(f"    {mark} {number:>2}  {similarity:.3f}  {in_one_line(name)}")
        if not self.results:
            print("       nothing found: nothing in the query is known")


def answers(retriever, texts=None, images=None, k=5):
    """list of Answers to the texts, then to the images (names of files)."""
    found = []
    if texts:
        texts = list(dict.fromkeys(texts))
        queries = MultimodalData({"text": texts}, ids=texts)  # so that warnings name the text
        results = retriever.search(data=queries, k=k)
        guesses = _no_known_words(retriever.features, texts)
        for text, answer, is_guess in zip(texts, results, guesses):
            found.append(Answer(text, "text", answer, is_guess and bool(answer)))
    if images:
        results = retriever.search(images=images, k=k)
        found += [Answer(image, "image", answer) for image, answer in zip(images, results)]
    return found


def _no_known_words(features, texts):
    """Whether the first text extractor of a union, that of whole words, knows nothing of a text."""
    union = getattr(features.extractors["text"], "transformer_list", None)
    if union is None:
        return [False] * len(texts)
    (_, words), *_ = union
    with collected():  # the Retriever reports texts of which nothing at all is known
        return [not words.transform([text]).sum() for text in texts]

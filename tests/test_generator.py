"""Generator: greedy decoding, bad samples, and what it learns from descriptions of products."""

import re

import keras
import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

import mm_keras as mm
from mm_keras import DataWarning
from mm_keras.datasets.shop.words import PRODUCTS
from mm_keras.evaluation.metrics import slot_accuracy
from mm_keras.evaluation.metrics.sentences import right_slots
from mm_keras.text.tokens import join_tokens
from mm_keras.training.generation import target_sequence, train_generator, withheld
from mm_keras.utils.messages import collected

SENTENCES = ["the red bat", "a red clock", "the clock", "a bat, red"]


def model_of(probabilities, length, num_ids):
    """A Keras model of the text's ids and "previous"; it is not trained."""
    ids = keras.Input((length,), name="text", dtype="int32")
    previous = keras.Input((length,), name="previous", dtype="int32")
    return keras.Model({"text": ids, "previous": previous}, probabilities(ids, previous, num_ids))


def copy(ids, previous, num_ids):
    return keras.ops.one_hot(ids, num_ids) + 0 * keras.ops.one_hot(previous, num_ids)


def next_id(ids, previous, num_ids):
    return keras.ops.one_hot(previous + 1, num_ids) + 0 * keras.ops.one_hot(ids, num_ids)


def generator_of(probabilities, sentences=SENTENCES, length=6):
    target = target_sequence(sentences, length)
    features = mm.Features(text=target).fit({"text": sentences})
    return mm.Generator(features, model_of(probabilities, length, target.num_ids_), target)


def test_a_model_that_copies_writes_the_source():
    generator = generator_of(copy)
    assert generator.predict(texts=SENTENCES) == SENTENCES == generator.predict(SENTENCES)
    num_words = len(generator.target.vocabulary_)
    assert repr(generator) == f"Generator: text -> sentences of {num_words} words"
    assert generator.predict({"text": SENTENCES[::-1]}, batch_size=3) == SENTENCES[::-1]
    assert generator.generate(generator.features.transform({"text": SENTENCES})) == SENTENCES
    assert generator.predict(texts=[]) == []


def test_each_word_is_chosen_after_the_ones_before_it():
    generator = generator_of(next_id, ["e", "d d", "c c c", "b b b b"], length=5)
    assert generator.predict(texts=["e", "b"]) == ["b c d e"] * 2  # 2, 3, 4, 5, and no word 6


def test_chinese_is_joined_without_spaces():
    sentences = ["右边的字母很大，是黄色的", "一个iPhone手机", "红色的 LED 灯 50%"]
    generator = generator_of(copy, sentences, length=16)
    assert generator.predict(texts=sentences) == [
        "右边的字母很大,是黄色的",
        "一个iphone手机",
        "红色的led灯50%",
    ]


def test_sentences_are_joined_as_they_are_written():
    for sentence in (
        "woman: red hair, curly",
        "a well-known (old) clock",
        "don't stop!",
        "큰 종",
        "लाल घंटी, बड़ी",
        "جَرَس أحمر",
        "ระฆังสีแดง",
    ):
        tokens = mm.text.tokenize(sentence, token_pattern=mm.text.SENTENCE_PATTERN)
        assert join_tokens(tokens) == sentence


def test_bad_texts_are_told_once_and_an_unknown_word_is_never_written():
    generator = generator_of(copy)
    with pytest.warns(DataWarning) as notes:
        sentences = generator.predict(texts=["the red bat", "  ", None, "owl", "the owl bat owl"])
    assert sentences == ["the red bat", "", "", "", "the"]  # the copy has nothing but "unknown"
    assert [str(note.message) for note in notes] == [
        "3 samples contained nothing that the generator knows (no known word, no readable image): "
        "row 1, row 2, row 3. Their sentences do not depend on the sample.",
        "2 samples had unknown words (3 in all: owl): row 3, row 4. These words are ignored.",
    ]


def test_a_sentence_without_an_end_is_told_with_its_id():
    generator = generator_of(copy, length=3)
    data = mm.datasets.MultimodalData({"text": ["red bat", "the red bat"]}, ids=["one", "two"])
    with pytest.warns(DataWarning, match="1 sample got a sentence without an end .* 3 words: two"):
        assert generator.predict(data) == ["red bat", "the red bat"]


def test_features_model_and_target_must_fit_each_other():
    generator = generator_of(copy)
    features, model, target = generator.features, generator.model, generator.target
    with pytest.raises(NotFittedError):
        mm.Generator(features, model, mm.text.Sequence(6))
    for wrong, message in [
        (target_sequence(SENTENCES, 5), r"inputs text \(6,\), previous \(6,\).*previous \(5,\)"),
        (target_sequence(["a bat"], 6), r"must be \(6, 4\). Received: \(6, 8\)"),
        (target_sequence(SENTENCES, 6, padding="pre"), "padding='post'"),
        (mm.text.Sequence(6).fit(["红色的"]), "overlapping pairs .* 色的, 红色. Use Sequence"),
    ]:
        with pytest.raises(ValueError, match=message):
            mm.Generator(features, model, wrong)
    classifier = mm.fusion.unimodal_model(features.shapes, 3, "dense")
    with pytest.raises(ValueError, match=r"needs inputs text \(6,\). The features .* previous"):
        mm.Generator(features, classifier, target)


def test_other_arguments_are_refused(tmp_path):
    generator = generator_of(copy)
    with pytest.raises(ValueError, match="predict needs samples of text"):
        generator.predict(images=["a.png"])
    with pytest.raises(ValueError, match="batch_size"):
        generator.predict(texts=["a"], batch_size=0)
    with pytest.raises(ValueError, match=r"text \(6,\).* Received: text \(5,\)"):
        generator.generate({"text": np.zeros((2, 5), int)})
    with pytest.raises(ValueError, match="Received: none of these"):
        generator.generate({"image": np.zeros((2, 5))})
    stream = generator.features.stream({"text": SENTENCES}, tmp_path / "stream")
    with pytest.raises(TypeError, match="arrays in memory.* Received: a Stream"):
        generator.generate(stream)
    with pytest.raises(TypeError, match="Samples are .* Received: a Stream"):
        generator.predict(stream)


@pytest.mark.parametrize("raw", [True, False])
def test_a_generator_is_not_exported_as_a_classifier(tmp_path, raw):
    with pytest.raises(TypeError, match="Only a Classifier .* a Generator. Use its method save"):
        mm.serving.export(generator_of(copy), tmp_path / "model.keras", "keras", raw)
    assert not list(tmp_path.iterdir())


# --- training ---


def test_bad_targets_are_told_and_the_others_learned():
    sentences = ["rain", None, " ", "rain", "rain rain rain rain", "sun rain"] + ["rain"] * 6
    features = mm.Features(text=mm.text.BagOfWords()).fit({"text": ["wet"] * 12})
    arrays = features.transform({"text": ["wet"] * 12})
    target, calls = target_sequence(["rain"], length=3), []
    with pytest.warns(DataWarning) as notes:
        generator = train_generator(
            features,
            arrays,
            sentences,
            target,
            epochs=60,
            progress=lambda *arguments: calls.append(arguments[:3]),
            units=8,
        )
    assert (calls[0], calls[-1]) == (("generator", 1, 60), ("generator", 60, 60))
    assert [str(note.message) for note in notes] == [
        "2 samples had no target sentence: row 1, row 2. They are left out of the training.",
        "1 sample had a target sentence of more than 3 words (the longest has 4): row 4. It is "
        "cut. Pass a target with a greater length.",
        "1 sample had words in the target sentence that the target vocabulary does not have: row "
        "5. These words are not learned.",
    ]
    assert generator.predict(texts=["wet"]) == ["rain"]  # a vocabulary of one word


def test_what_cannot_be_trained_is_refused(tmp_path):
    features = mm.Features(text=mm.text.BagOfWords()).fit({"text": ["a", "b"]})
    arrays = features.transform({"text": ["a", "b"]})
    for arguments, message in [
        ({"sentences": ["a"]}, "2 rows of the arrays, 1 target sentences"),
        ({"sentences": [None, None]}, "vocabulary is empty"),
        ({"arrays": {}}, "Received: none of these"),
        ({"target": mm.text.Sequence(5).fit(["红色的"])}, "overlapping pairs"),
        ({"withhold": {"text": 0.3}}, "needs one of several modalities"),
        ({"withhold": {"image": 0.3}}, "'image': 0.3 for text"),
    ]:
        arguments = {"arrays": arrays, "sentences": ["a", "b"], **arguments}
        with pytest.raises(ValueError, match=message):
            train_generator(features, **arguments)
    with (
        pytest.warns(DataWarning, match="2 samples had no target sentence"),
        pytest.raises(ValueError, match="none with a word"),
    ):
        train_generator(features, arrays, [None, ""], target_sequence(["a"]))
    with pytest.raises(TypeError, match="withhold is a dict.* Received: 0.3"):
        train_generator(features, arrays, ["a", "b"], withhold=0.3)
    with pytest.raises(TypeError, match="a Stream"):
        train_generator(features, features.stream({"text": ["a"]}, tmp_path / "s"), ["a"])


def test_withheld_rows_are_zero_and_the_others_unchanged():
    arrays = {"text": np.ones((10, 2)), "image": np.arange(1, 21).reshape(10, 2)}
    result = withheld(arrays, {"image": 0.3}, seed=0)
    zero = ~result["image"].any(axis=1)
    assert zero.sum() == 3
    np.testing.assert_array_equal(result["image"][~zero], arrays["image"][~zero])
    assert result["text"] is arrays["text"] and arrays["image"].all()
    again, other = (withheld(arrays, {"image": 0.3}, seed)["image"] for seed in (0, 1))
    assert np.array_equal(again, result["image"]) and not np.array_equal(other, result["image"])


def test_a_target_has_room_for_the_end_of_the_longest_sentence():
    assert target_sequence(["a b c", None, "a, b"]).length == 4
    assert target_sequence(["a " * 99]).length == 40
    with pytest.raises(ValueError, match="vocabulary is empty"):
        target_sequence([None, ""])


# --- what is learned of the shop, where the best results are exactly known ---

NUM_TRAIN, NUM_TEST = 1000, 600


@pytest.fixture(scope="module")
def shop():
    """Training and test data, features, and the arrays of both."""
    data = mm.datasets.make_shop(NUM_TRAIN + NUM_TEST, seed=0)
    train, test = data[:NUM_TRAIN], data[NUM_TRAIN:]
    features = mm.training.default_features(train, "feature", "dense")
    return train, test, features, features.fit_transform(train), features.transform(test)


@pytest.fixture(scope="module")
def german(shop):
    train, _, features, arrays, _ = shop
    return train_generator(features, arrays, train.columns["de"], withhold={"image": 0.3})


def scores(sentences, test):
    """The share of right sentences, and of right nouns for ambiguous and for other words."""
    english = [product.english for product in PRODUCTS.values()]
    products = [PRODUCTS[test.class_names[label]] for label in test.labels]
    ambiguous = np.array([english.count(product.english) > 1 for product in products])
    right = right_slots(sentences, [product.german for product in products])
    exact = [a == b.lower() for a, b in zip(sentences, test.columns["de"])]
    return np.mean(exact), right[ambiguous].mean(), right[~ambiguous].mean()


def test_with_the_image_the_right_one_of_two_senses_is_translated(shop, german):
    _, test, _, _, unseen = shop
    exact, ambiguous, others = scores(german.generate(unseen), test)
    assert exact >= 0.9 and ambiguous >= 0.9 and others >= 0.95


def test_without_the_image_ambiguous_words_are_guessed(shop, german):
    train, test, features, arrays, unseen = shop
    missing = {**unseen, "image": np.zeros_like(unseen["image"])}
    alone = train_generator(features.only("text"), arrays, train.columns["de"], epochs=15)
    for generator in (german, alone):
        exact, ambiguous, others = scores(generator.generate(missing), test)
        assert 0.58 <= exact <= 0.67 and 0.43 <= ambiguous <= 0.57 and others >= 0.98


def test_wrong_images_mislead(shop, german):
    _, test, _, _, unseen = shop
    wrong = {**unseen, "image": np.roll(unseen["image"], 1, axis=0)}
    with collected():  # some sentences do not end
        sentences = german.generate(wrong)
    assert scores(sentences, test)[1] <= 0.57


def test_batches_do_not_matter_and_samples_give_the_sentences_of_their_arrays(shop, german):
    _, test, _, _, unseen = shop
    sentences = german.generate(unseen)
    assert german.generate(unseen, batch_size=7) == sentences
    assert german.predict(test[:9], batch_size=4) == sentences[:9]


def test_a_text_without_a_known_word_is_translated_from_the_image_alone(shop, german):
    _, test, _, _, _ = shop
    images = test["image"][:3]
    with pytest.warns(DataWarning) as notes:
        sentences = german.predict(texts=["", "xylophone", test["text"][2]], images=images)
    assert [re.sub(r"\. .*", "", str(note.message)) for note in notes] == [
        "2 samples had no known word: row 0, row 1",
        "1 sample had unknown words (1 in all: xylophone): row 1",
    ]
    assert sentences == german.predict(texts=[None, None, test["text"][2]], images=images)


def test_a_caption_has_the_right_word_in_every_slot(shop):
    train, test, features, arrays, unseen = shop
    slots = {name: test.columns[name] for name in ("word", "color", "size", "place")}
    image = features.only("image")
    generator = train_generator(image, arrays, train["text"], seed=1)
    assert min(slot_accuracy(generator.generate(unseen), slots).values()) >= 0.85
    order = np.roll(np.arange(NUM_TRAIN), 1)
    blind = train_generator(image, {"image": arrays["image"][order]}, train["text"], epochs=8)
    with collected():
        blind = slot_accuracy(blind.generate(unseen), slots)
    # The most probable word amplifies what image and words have in common by chance.
    assert blind == pytest.approx(test.info["truth"]["blind"], abs=0.12)

"""Labels learnt from examples: the same every time, sure only where it may be, and stored as data."""

import io
import json

import numpy as np
import pytest
from scipy import sparse

from botapp.understanding.faq.entry import FaqEntry
from botapp.understanding.faq.index import FaqIndex
from botapp.understanding.intent.calibration import USUAL, Trial, calibrate
from botapp.understanding.intent.examples import Example
from botapp.understanding.intent.grams import combinations_of_words, letter_grams, plain, word_grams
from botapp.understanding.intent.linear import LinearClassifier
from botapp.understanding.intent.preferences import preferences
from botapp.understanding.intent.scores import matthews, score_intents, score_rankings
from botapp.understanding.intent.stored import from_bytes, to_bytes
from botapp.understanding.intent.training import LinearTrainer, NothingToLearnError, in_words

THINGS = ("tea", "coffee", "bread", "milk", "honey", "cheese")
WAYS = {
    "price": ("how much is the {}", "what does {} cost", "price of {} please", "is the {} expensive"),
    "stock": ("do you have {}", "is there any {} left", "have you got {} today", "{} available?"),
    "return": ("I want to send the {} back", "can I return the {}", "take back my {}", "give back the {}"),
    "broken": ("the {} arrived broken", "my {} is damaged", "{} was smashed in the box", "spoilt {} in my parcel"),
}
EXAMPLES = [Example(way.format(thing), label) for label, ways in WAYS.items() for way in ways for thing in THINGS]


@pytest.fixture(scope="module")
def classifier() -> LinearClassifier:
    return LinearTrainer().train(EXAMPLES)


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("how much does the jam cost", "price"),
        ("HOW MUCH IST THE TEA??", "price"),
        ("hav you got any coffe", "stock"),
        ("can i return my cheeze", "return"),
        ("my honey is dammaged", "broken"),
    ],
)
def test_a_text_it_never_saw_gets_its_label_in_spite_of_slips(
    classifier: LinearClassifier, text: str, label: str
) -> None:
    guess = classifier.guess(text)
    assert (guess.label, guess.ranking[0]) == (label, label)
    assert guess.is_in_scope


@pytest.mark.parametrize("text", ["", "🙂🙂", "zzz qqq xxx", "what will the weather be in Lisbon", "Привет"])
def test_a_text_about_nothing_that_was_taught_is_out_of_scope(classifier: LinearClassifier, text: str) -> None:
    assert not classifier.guess(text).is_in_scope


def test_the_same_examples_in_any_order_make_the_same_bytes(classifier: LinearClassifier) -> None:
    again = LinearTrainer().train(list(reversed(EXAMPLES)))
    content = to_bytes(classifier, classifier.calibration)
    assert content == to_bytes(again, again.calibration)

    restored, calibration = from_bytes(content)
    assert restored is not None
    assert restored.guess("what does jam cost") == classifier.guess("what does jam cost")
    assert to_bytes(restored, calibration) == content


def test_a_model_that_an_earlier_version_stored_still_answers(classifier: LinearClassifier) -> None:
    with np.load(io.BytesIO(to_bytes(classifier, classifier.calibration))) as stored:
        arrays = dict(stored)
    header = json.loads(bytes(arrays["header"]))
    assert header.pop("cuts") == ["words", "letters"]
    arrays["header"] = np.frombuffer(json.dumps(header | {"form": 1}).encode(), dtype=np.uint8)
    written = io.BytesIO()
    np.savez_compressed(written, allow_pickle=False, **arrays)

    restored, _ = from_bytes(written.getvalue())
    assert restored is not None
    assert restored.guess("what does jam cost") == classifier.guess("what does jam cost")


@pytest.mark.parametrize("content", [b"", b"not a model", to_bytes(None, USUAL)[:-40]])
def test_bytes_that_are_no_classifier_are_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match="no stored classifier"):
        from_bytes(content)


def test_examples_of_what_is_out_of_scope_are_learnt_from_and_never_ranked() -> None:
    strange = [
        Example(f"tell me a {what}", "none of it") for what in ("joke", "story", "riddle", "poem", "tale", "lie")
    ]
    taught = LinearTrainer().train([*EXAMPLES, *strange], "none of it")
    guess = taught.guess("tell me a legend")
    assert (guess.label, guess.is_in_scope, "none of it" in guess.ranking) == (None, False, False)
    assert taught.guess("what does jam cost").label == "price"


def test_what_a_label_is_called_teaches_it_too() -> None:
    examples = [Example(f"number {number} is here", f"a_{number}") for number in ("one", "two", "three", "four")]
    examples += [Example("please hurry up", "yearly_postage"), Example("it takes for ever", "yearly_postage")]
    taught = LinearTrainer().train(examples)
    assert np.argmax(taught.scores("postage") - taught.biases) == taught.labels.index("yearly_postage")
    assert (taught.scores("postage") - taught.biases).max() > 0.5
    assert [in_words(name) for name in ("REFUND_STATUS", "RefundStatus", "refund-status", "12")] == [
        *["refund status"] * 3,
        "",
    ]


def test_many_examples_teach_which_words_stand_together() -> None:
    # Which of the two is meant shows in no word by itself: only in who does what.
    who, what = ("anna", "boris", "chloe", "derek"), ("sings", "paints", "writes", "dances")
    when = [f"{day} {hour}" for day in ("monday", "friday", "sunday") for hour in range(50)]
    examples = [
        Example(f"{name} again {moment} {does}", "odd" if (i + j) % 2 else "even")
        for i, name in enumerate(who)
        for j, does in enumerate(what)
        for moment in [f"{n}{time}" for n, time in enumerate(when)]
    ]
    taught = LinearTrainer().fit(examples)
    assert taught.guess("anna tomorrow evening paints").ranking[0] == "odd"
    assert taught.guess("derek tomorrow evening dances").ranking[0] == "even"

    content = to_bytes(taught, USUAL)
    restored, _ = from_bytes(content)
    assert restored is not None
    assert restored.guess("who paints").ranking == taught.guess("who paints").ranking
    assert to_bytes(restored, USUAL) == content


def test_of_many_examples_a_label_is_not_likelier_for_having_more_of_them() -> None:
    # All that the first is asked by, and a fifth of what the others are, though theirs are more.
    unclear = [Example("is there any tea", label) for label in ("seldom", "often", "always")]
    clear = [Example("coffee for us", "seldom"), Example("bread for me", "often"), Example("milk for them", "always")]
    numbers = (100, 220, 220, 1, 900, 900)
    taught = LinearTrainer().fit([e for e, n in zip([*unclear, *clear], numbers, strict=True) for _ in range(n)])
    assert taught.guess("is there any tea").ranking[0] == "seldom"
    assert [taught.guess(example.text).label for example in clear] == [example.label for example in clear]


def test_a_gram_is_preferred_by_the_label_whose_texts_have_it_however_many_they_are() -> None:
    rows = sparse.csr_matrix(np.array([[1, 0, 1], [1, 0, 1], [1, 0, 1], [0, 1, 1]], dtype=np.float32))
    found = preferences(rows, np.array(["a", "a", "a", "b"]), np.array(["a", "b"]))
    assert found[0, 0] > 0 > found[0, 1]
    assert found[1, 1] > 0 > found[1, 0]
    assert found[2] == pytest.approx([0, 0], abs=0.05)


def test_one_label_teaches_nothing() -> None:
    with pytest.raises(NothingToLearnError):
        LinearTrainer().train([Example("a", "x"), Example("b", "x"), Example("c", "none")], "none")


def test_confidence_is_the_chance_of_being_right() -> None:
    chance = np.random.default_rng(1)
    trials = []
    for _ in range(4000):
        top = float(chance.normal())
        is_right = bool(chance.random() < 1 / (1 + np.exp(-2 * top)))
        trials.append(Trial(top, 0.0, is_right, is_in_scope=True))
    fitted = calibrate(trials)
    assert fitted.confidence(1.0, 0.0) == pytest.approx(1 / (1 + np.exp(-2.0)), abs=0.03)
    assert fitted.confidence(-1.0, 0.0) == pytest.approx(1 / (1 + np.exp(2.0)), abs=0.03)
    assert calibrate([]) == USUAL


def test_texts_are_cut_alike_however_they_are_typed() -> None:
    ways = ("Don\u2019t find the CAFÉ at 7", "dont \uff46ind the cafe at 9", "DO NOT find the cafe at 1")
    assert {plain(way) for way in ways} == {"do not find the cafe at 0"}
    assert list(word_grams("new tea")) == ["\x1fnew", "\x1ftea", "\x1fnew tea"]
    assert list(combinations_of_words("card lost my card")) == ["card+lost", "card+my", "lost+my"]
    assert len(list(combinations_of_words(" ".join(map(str, range(1000, 2000)))))) == 40 * 39 / 2
    assert list(letter_grams("ab")) == [" a", "ab", "b ", " ab", "ab ", " ab "]


def test_figures_are_those_that_others_publish() -> None:
    truth, found = ["a", "a", "b", "none", "none"], ["a", "b", "b", "none", "a"]
    scores = score_intents(truth, found, "none")
    assert (scores.accuracy, scores.in_scope_accuracy, scores.out_of_scope_recall) == (0.6, 2 / 3, 0.5)
    assert score_intents(["a", "a", "a", "b"], ["a", "a", "b", "b"], None).mean_recall == pytest.approx((2 / 3 + 1) / 2)
    assert matthews(["y", "y", "n", "n"], ["y", "n", "n", "n"]) == pytest.approx(0.57735, abs=1e-5)
    assert matthews(["y", "y"], ["y", "y"]) == 0

    ranked = score_rankings([[True, False, True], [False, True, False]])
    assert ranked.mean_average_precision == pytest.approx(((1 + 2 / 3) / 2 + 1 / 2) / 2)
    assert (ranked.precision_at_1, ranked.mean_reciprocal_rank) == (0.5, 0.75)


def test_questions_are_found_by_how_they_are_asked_and_by_their_answers() -> None:
    entries = [
        FaqEntry("hours", "en", "When are you open?", "From eight to six."),
        FaqEntry("hours", "de", "Wann habt ihr offen?", "Von acht bis sechs."),
        FaqEntry("parcel", "en", "Where is my order?", "The tracking link is in your mail."),
    ]
    index = FaqIndex.learn(entries)
    for text, name, language in [
        ("whan ar you opn", "hours", "en"),
        ("wann offen", "hours", "de"),
        ("is there a tracking link", "parcel", "en"),
    ]:
        found = index.resemblance(text)
        best = int(np.argmax(found.scores))
        assert (index.names[best], index.nearest_language(found, best, "")) == (name, language)

"""What counts where the lists hear one thing and the message sounds like another."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from botapp.config_files import read_languages
from botapp.understanding.likeness import FORMS, OTHERS, OUT, Likeness, Weights
from botapp.understanding.understood import NOTHING
from botapp.understanding.wish import Understood, Wish, WithdrawalWords, load_withdrawal_words, understand

_TABLE: dict[str, Any] = {
    "stop": {"verbs": ["stop"], "guesses": ["enough"], "phrases": ["leave me alone"]},
    "about": {"messages": ["cards"]},
    "not_about": {"objects": ["boxes"]},
    "complaint": {"phrases": ["what rubbish"]},
    "person": {"phrases": ["somebody real"]},
    "mute": {"until_undone": ["quiet"]},
}
_SILENT: Sequence[int] = (0,)  # one group, which speaks for nothing


def _sounding(**odds: float) -> Likeness:
    """Every message sounds alike: by OUT, a form or another wish the logarithm of its odds."""
    return Likeness({name: Weights(_SILENT, _SILENT, 1.0, odds.get(name, -9.0)) for name in (OUT, *FORMS, *OTHERS)})


def _understood(text: str, **odds: float) -> Understood:
    return understand(text, None, load_withdrawal_words({"xx": _TABLE}, _sounding(**odds)))


@pytest.mark.parametrize(
    ("odds", "text", "is_asked"),
    [
        (0.7, "see how my cards look here", False),
        (0.8, "see how my cards look here", True),
        (0.7, "stop the boxes at the door please", False),
        (0.8, "stop the boxes at the door please", True),  # of which the lists know that something else shall end
    ],
)
def test_who_sounds_as_if_they_wanted_out_is_asked(odds: float, text: str, *, is_asked: bool) -> None:
    understood = _understood(text, out=odds)

    assert (understood.wish is Wish.STOP, understood.is_ambiguous) == (is_asked, is_asked)


def test_another_wish_counts_where_nothing_sounds_like_wanting_out() -> None:
    assert _understood("see how my cards look here", why=0.6, data=0.7).wish is Wish.DATA
    assert _understood("see how my cards look here", out=0.8, data=0.9).wish is Wish.STOP
    assert _understood("see how my cards look here", data=0.4).wish is None
    assert _understood("stop the boxes at the door please", data=0.6).wish is Wish.DATA


def test_a_form_counts_where_it_is_likelier_than_a_stop_of_all() -> None:
    def form(**odds: float) -> Wish | None:
        return _understood("see how my cards look here", out=1.0, **odds).wish

    assert form(topic_stop=0.1) is Wish.TOPIC_STOP
    assert form(topic_stop=0.1, mute=0.2) is Wish.MUTE
    assert form(topic_stop=-0.1) is Wish.STOP


def test_whoever_names_a_time_is_muted_until_then_and_told_so(words: WithdrawalWords) -> None:
    now = datetime(2026, 5, 4, 12, tzinfo=UTC)
    understood = understand("would you be so kind as to hush it for the next two hours", None, words, "en")

    assert (understood.wish, understood.is_ambiguous) == (Wish.MUTE, False)
    assert understood.mute_end(now, UTC) == now + timedelta(hours=2)


def test_what_another_wish_is_heard_in_and_sounds_only_like_wanting_out_is_asked_about_and_both_are_kept() -> None:
    understood = _understood("what rubbish those cards are", out=0.8)

    assert (understood.wish, understood.is_ambiguous, understood.also) == (Wish.STOP, True, (Wish.COMPLAINT,))
    assert understood.confidence == 0.5


@pytest.mark.parametrize("odds", [{"out": 0.7, "complaint": -1.0}, {"out": 0.8, "complaint": 0.1}])
def test_it_is_not_asked_about_where_it_sounds_like_that_wish_too(odds: dict[str, float]) -> None:
    assert _understood("what rubbish those cards are", **odds).wish is Wish.COMPLAINT


@pytest.mark.parametrize(("odds", "wish"), [(-1.9, Wish.COMPLAINT), (-2.1, None)])
def test_what_hardly_anybody_says_to_complain_is_no_complaint(odds: float, wish: Wish | None) -> None:
    assert _understood("what rubbish those cards are", complaint=odds).wish is wish


def test_a_stop_that_sounds_like_one_of_a_topic_is_one() -> None:
    assert _understood("stop the cards with the cakes", out=3.0, topic_stop=2.1).wish is Wish.TOPIC_STOP
    assert _understood("stop the cards with the cakes", out=3.0, topic_stop=1.9).wish is Wish.STOP


def test_a_stop_stays_one_whatever_it_says_of_times() -> None:
    """A mute covers no linked identity and withdraws no consent."""
    assert _understood("stop the cards when it rains", out=3.0, mute=9.0).wish is Wish.STOP


_EXTREMES = [
    {OUT: out, form: 99.0, other: 99.0} for out in (-99.0, -1.2, 0.0, 99.0) for form in FORMS for other in OTHERS
]


@pytest.mark.parametrize("odds", _EXTREMES)
def test_whatever_it_sounds_like_a_stop_of_which_the_lists_are_sure_is_silence_or_a_pause(
    odds: dict[str, float],
) -> None:
    understood = _understood("leave me alone with the cake", **odds)

    assert understood.wish in {Wish.STOP, Wish.TOPIC_STOP} or understood.is_ambiguous


@pytest.mark.parametrize("odds", _EXTREMES)
def test_whatever_it_sounds_like_nobody_is_stopped_or_started_by_that_alone(odds: dict[str, float]) -> None:
    understood = _understood("see how my cards look here", **odds)

    assert understood.wish not in {Wish.START, Wish.OPT_IN}
    assert understood.is_ambiguous or understood.wish not in {Wish.STOP, Wish.TOPIC_STOP}


def test_a_stop_that_sounds_like_another_wish_and_not_like_a_stop_is_that_wish_and_pauses() -> None:
    understood = _understood("leave me alone was said too soon", out=-1.1, **{"return": 0.1})

    assert (understood.wish, understood.is_ambiguous) == (Wish.RETURN, True)
    assert _understood("leave me alone was said too soon", out=-0.9, **{"return": 0.1}).wish is Wish.STOP


@pytest.mark.parametrize(
    ("odds", "wish", "pauses"), [(-1.1, Wish.WHY, False), (1.9, Wish.WHY, True), (2.1, Wish.STOP, True)]
)
def test_a_stop_of_which_the_lists_are_unsure_is_another_wish_unless_it_plainly_sounds_like_one(
    odds: float, wish: Wish, *, pauses: bool
) -> None:
    understood = _understood("that is enough of the cake", out=odds, why=0.1)

    assert (understood.wish, understood.is_ambiguous) == (wish, pauses)


def test_a_stop_that_the_lists_are_unsure_of_is_dropped_where_hardly_anyone_stops_so() -> None:
    assert _understood("that is enough of the cake", out=-1.4).is_ambiguous
    assert _understood("that is enough of the cake", out=-1.6).wish is None


@pytest.mark.parametrize(("odds", "wish"), [(-1.9, Wish.MUTE), (-2.1, None)])
def test_a_mute_that_the_lists_are_unsure_of_is_dropped_where_hardly_anyone_asks_so(
    odds: float, wish: Wish | None
) -> None:
    words = load_withdrawal_words(read_languages("optout"), _sounding(out=odds))

    assert understand("ask me again tomorrow evening", None, words).wish is wish


def test_a_mute_of_which_they_are_sure_is_never_dropped_and_never_shortened_to_a_pause() -> None:
    understood = _understood("quiet quiet quiet cards", out=-9.0)

    assert (understood.wish, understood.is_ambiguous) == (Wish.MUTE, False)


def test_what_the_lists_are_sure_of_is_never_dropped_and_only_asked_about_where_nobody_stops_so() -> None:
    assert not _understood("leave me alone with the cake", out=-1.9).is_ambiguous

    understood = _understood("leave me alone with the cake", out=-9.0)
    assert (understood.wish, understood.is_ambiguous, understood.confidence) == (Wish.STOP, True, 0.5)
    assert understood.method == "likeness", "so that no topic is ended by its name"


def test_another_wish_of_the_same_message_is_kept_where_a_stop_is_dropped() -> None:
    understood = _understood("enough of the cake, somebody real please", out=-2.1)

    assert (understood.wish, understood.also) == (Wish.PERSON, ())


@pytest.mark.parametrize("text", ["stop", "stop the cards", "please stop", "and more cards"])
@pytest.mark.parametrize("odds", [-9.0, 9.0])
def test_a_few_words_are_left_to_the_lists(odds: float, text: str) -> None:
    assert _understood(text, out=odds) == understand(text, None, load_withdrawal_words({"xx": _TABLE}, Likeness()))


def test_what_is_heard_only_once_a_slip_is_mended_is_none_where_it_does_not_sound_like_one() -> None:
    assert _understood("sotp all of those cards", out=-1.4).wish is Wish.STOP
    assert _understood("sotp all of those cards", out=-1.6).wish is None
    assert _understood("such rubbihs here", out=-9.0) == NOTHING


def test_a_long_message_is_left_to_the_lists_where_they_hear_something() -> None:
    told = "the weather is fine and so are we " * 9

    assert _understood(f"{told}. leave me alone", out=-9.0).is_ambiguous is False
    assert _understood(f"{told}. cards", data=9.0).wish is None
    assert _understood(f"{told}. cards", out=0.8).is_ambiguous

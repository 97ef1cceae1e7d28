"""A mute lasts as long as the person said, and a stop wins over it."""

from datetime import timedelta

import pytest

from botapp.understanding.wish import Wish, WithdrawalWords, understand

DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("text", "lasts"),
    [
        ("mute", None),
        ("Mute!", None),
        ("mute 3 days", 3 * DAY),
        ("mute 3days", 3 * DAY),
        ("mute for three days please", 3 * DAY),
        ("please mute me for a week", 7 * DAY),
        ("mute for the next 2 weeks", 14 * DAY),
        ("mute 1 month", 30 * DAY),
        ("mute 1 hour and 30 minutes", timedelta(minutes=90)),
        ("mute until tomorrow", DAY),
        ("mute, 2 days", 2 * DAY),
        ("mute while I am on holiday", None),
        ("silenciar 3 días", 3 * DAY),
        ("pause jusqu'à demain", DAY),
        ("stummschalten für zwei Wochen", 14 * DAY),
    ],
)
def test_a_mute_takes_the_duration_it_names(words: WithdrawalWords, text: str, lasts: timedelta | None) -> None:
    understood = understand(text, None, words)

    assert (understood.wish, understood.mute_for) == (Wish.MUTE, lasts)


@pytest.mark.parametrize(
    "text",
    [
        "not now",
        "pas maintenant",
        "nicht jetzt",
        "ahora no",
        "agora não",
        "non ora",
        "niet nu",
        "Not now, I am driving",
    ],
)
def test_not_now_is_a_mute_of_a_week(words: WithdrawalWords, text: str) -> None:
    understood = understand(text, None, words)

    assert (understood.wish, understood.mute_for) == (Wish.MUTE, 7 * DAY)


@pytest.mark.parametrize("text", ["mute 0 days", "mute 100000 days", "mute 9999 months", f"mute {'9' * 150} days"])
def test_a_duration_without_sense_mutes_until_undone(words: WithdrawalWords, text: str) -> None:
    understood = understand(text, None, words)

    assert (understood.wish, understood.mute_for) == (Wish.MUTE, None)


@pytest.mark.parametrize(
    ("text", "lasts"),
    [
        ("stop for 2 weeks", 14 * DAY),
        ("stop texting me until tomorrow", DAY),
        ("no me escriban hasta el lunes", 7 * DAY),
        ("arrêtez pendant trois jours", 3 * DAY),
    ],
)
def test_a_stop_that_says_how_long_is_a_mute(words: WithdrawalWords, text: str, lasts: timedelta) -> None:
    understood = understand(text, None, words)

    assert (understood.wish, understood.mute_for) == (Wish.MUTE, lasts)


@pytest.mark.parametrize(
    "text",
    [
        "stop today",  # from today on
        "stop texting me tomorrow",
        "Unsubscribe. For two weeks you have been writing to me",
        "stop for 0 days",
        "stop for 2 weeks or I report you",
        "not now, stop texting me",
        "mute this and stop texting me",
        "quiet! stop",
    ],
)
def test_in_doubt_between_a_mute_and_a_stop_it_is_a_stop(words: WithdrawalWords, text: str) -> None:
    understood = understand(text, None, words)

    assert (understood.wish, understood.mute_for) == (Wish.STOP, None)


@pytest.mark.parametrize(
    "text", ["mute the tv", "pause my order", "a quiet room", "quiet room", "is it quiet there?", "mute button?"]
)
def test_other_things_may_be_quiet(words: WithdrawalWords, text: str) -> None:
    assert understand(text, None, words).wish is None

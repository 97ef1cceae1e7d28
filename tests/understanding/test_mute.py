"""A mute lasts as long as the person said, by their own calendar, and a stop wins over it."""

from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import pytest
from dateutil import tz

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
        ("mute, 2 days", 2 * DAY),
        ("mute while I am on holiday", None),
        ("mute until after my exams", None),  # which we cannot know
        ("silenciar 3 días", 3 * DAY),
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


@pytest.mark.parametrize("text", ["Plus tard, je conduis", "später", "bitte später", "straks graag, ik rijd"])
def test_later_is_a_mute_of_a_day_where_it_is_said_alone(words: WithdrawalWords, text: str) -> None:
    understood = understand(text, None, words)

    assert (understood.wish, understood.mute_for) == (Wish.MUTE, DAY)


@pytest.mark.parametrize(
    "text",
    [
        "ich komme zehn Minuten später",
        "later",  # is a goodbye in English
        "I waited until Friday, after that your message came",
    ],
)
def test_what_comes_later_is_none(words: WithdrawalWords, text: str) -> None:
    assert understand(text, None, words).wish is None


@pytest.mark.parametrize("text", ["mute 0 days", "mute 100000 days", "mute 9999 months", f"mute {'9' * 150} days"])
def test_a_duration_without_sense_mutes_until_undone(words: WithdrawalWords, text: str) -> None:
    understood = understand(text, None, words)

    assert (understood.wish, understood.mute_for) == (Wish.MUTE, None)


@pytest.mark.parametrize(
    ("text", "lasts"),
    [
        ("stop for 2 weeks", 14 * DAY),
        ("arrêtez pendant trois jours", 3 * DAY),
        ("leave me alone two weeks", 14 * DAY),
        ("stop messaging me three days please", 3 * DAY),
        ("déjenme en paz dos semanas", 14 * DAY),
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
        "sick of your messages two weeks",
        "no messages on Friday",  # on this one, or on any
        "stop messaging me 24 hours a day",
        "stop texting me every two hours",
        "entretanto não quero mais mensagens",
        "don't text me at six",
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


# In Madrid it is Wednesday, the 14th of October 2026, half past eight in the evening.
_NOW = datetime(2026, 10, 14, 18, 30, tzinfo=UTC)
_MADRID = tz.gettz("Europe/Madrid") or UTC  # never UTC: the tests would fail


@pytest.mark.parametrize(
    ("text", "ends_at"),
    [
        ("mute until Monday 9am", "2026-10-19 09:00"),
        ("quiet for two weeks", "2026-10-28 19:30"),  # two weeks of 24-hour days: the clocks have gone back meanwhile
        ("ask me again tomorrow evening", "2026-10-15 18:00"),
        ("mute until tomorrow", "2026-10-15 09:00"),
        ("not today", "2026-10-15 20:30"),
        ("stop texting me until tomorrow", "2026-10-15 09:00"),
        ("no me escriban hasta el lunes", "2026-10-19 09:00"),
        ("no me molesten hasta el lunes a las 10", "2026-10-19 10:00"),
        ("pause jusqu'à demain", "2026-10-15 09:00"),
        ("recontactez-moi demain soir", "2026-10-15 18:00"),
        ("silence jusqu'à lundi 9h30", "2026-10-19 09:30"),
        ("stumm bis Montag 9 Uhr", "2026-10-19 09:00"),
        ("fragt mich morgen Abend nochmal", "2026-10-15 18:00"),
        ("schreibt mir erst nächste Woche wieder", "2026-10-19 09:00"),
        ("silenciar até sexta às 18h", "2026-10-16 18:00"),
        ("me pergunte de novo amanhã à noite", "2026-10-15 20:00"),
        ("silenzia fino a lunedì alle 9", "2026-10-19 09:00"),
        ("richiedimelo domani sera", "2026-10-15 18:00"),
        ("dempen tot maandag 9 uur", "2026-10-19 09:00"),
        ("vraag het me morgen avond nog eens", "2026-10-15 18:00"),
        ("mute until 10pm", "2026-10-14 22:00"),
        ("mute until 9:15", "2026-10-15 09:15"),
        ("mute until 3 November", "2026-11-03 09:00"),
        ("mute until March 5", "2027-03-05 09:00"),
        ("mute until the weekend", "2026-10-17 09:00"),
        ("mute until after the weekend", "2026-10-19 09:00"),
        ("mute until the 20th", "2026-10-20 09:00"),
        ("silence jusqu'au 5", "2026-11-05 09:00"),
        ("stumm bis zum 14.", "2026-11-14 09:00"),  # said on the 14th
        ("bis nächsten Mittwoch bitte Ruhe", "2026-10-21 09:00"),
        ("pas avant lundi svp", "2026-10-19 09:00"),
        ("niet voor maandag", "2026-10-19 09:00"),
        ("over twee weken mag je weer iets sturen", "2026-10-28 19:30"),
        ("fino a domani sera non scrivetemi", "2026-10-15 18:00"),
        ("mute until tonight", "2026-10-15 20:00"),  # it is later than eight already
        ("no me escriban hasta después de navidad", "2026-12-26 09:00"),
        ("silenzio fino a dopo le feste", "2027-01-07 09:00"),
        ("write back after Easter please", "2027-03-30 09:00"),  # Easter Monday is the 29th of March
        ("me chama só depois do carnaval", "2027-02-11 09:00"),  # Ash Wednesday is the 10th of February
        ("in a meeting all day text me on Thursday", "2026-10-15 09:00"),
        # Hours in words, as people say them; the last words of these phrases say until when.
        ("no me mandes nada hasta las diez", "2026-10-15 10:00"),
        ("no messages until ten", "2026-10-15 10:00"),
        ("don't write until seven tomorrow", "2026-10-15 07:00"),
        ("bitte nicht schreiben bis acht", "2026-10-15 08:00"),
        ("pas de messages jusqu'à huit heures", "2026-10-15 08:00"),
        ("não me escrevam até às sete", "2026-10-15 07:00"),
        ("non scrivetemi fino alle otto", "2026-10-15 08:00"),
        ("geen berichten tot negen uur", "2026-10-15 09:00"),
        ("no messages until 10", "2026-10-15 10:00"),
        ("no messages until six hours from now", "2026-10-15 02:30"),
        ("I am away until Friday, after that you can message me", "2026-10-16 09:00"),
        ("On holiday until Monday, please don't write before that", "2026-10-19 09:00"),
        ("we zijn op reis tot 3 november, daarna mag u mij weer schrijven", "2026-11-03 09:00"),
        ("não me mandem mensagem até o fim do mês", "2026-11-01 09:00"),
        ("no messages tonight please", "2026-10-15 09:00"),
        ("don't message me today", "2026-10-15 09:00"),
        ("pas de messages demain", "2026-10-16 09:00"),
        # Dates in figures.
        ("stumm bis zum 24.12.", "2026-12-24 09:00"),
        ("stumm bis 24.12.", "2026-12-24 09:00"),
        ("stumm bis zum 24. 12.", "2026-12-24 09:00"),
        ("stumm bis 24.12.2026", "2026-12-24 09:00"),
        ("stumm bis 24.12. um 18 Uhr", "2026-12-24 18:00"),
        ("keine Nachrichten bis zum 1.12.", "2026-12-01 09:00"),
        ("bitte keine Nachrichten bis 24.12.", "2026-12-24 09:00"),
        ("Ruhe bis 5.11.", "2026-11-05 09:00"),
        ("Ruhe bis 5.3.", "2027-03-05 09:00"),
        ("Ruhe bis 5.3.28", "2028-03-05 09:00"),
        ("pas de messages avant le 24/12", "2026-12-24 09:00"),
        ("no me escriban hasta el 24/12", "2026-12-24 09:00"),
        ("non scrivetemi fino al 24/12", "2026-12-24 09:00"),
        ("stil tot 24-12", "2026-12-24 09:00"),
        ("silêncio até dia 24/12", "2026-12-24 09:00"),
        ("silêncio até 5/11", "2026-11-05 09:00"),
        ("mute until 24/12", "2026-12-24 09:00"),
        ("mute until 12/24", "2026-12-24 09:00"),
        ("mute until 24/12/2026", "2026-12-24 09:00"),
        ("mute until 2026-12-24", "2026-12-24 09:00"),
        ("mute until 24 December 2027", "2027-12-24 09:00"),
        ("mute until 11/12", "2026-12-11 09:00"),  # the 12th of November is sooner
        ("mute until 10/11", "2027-10-11 09:00"),  # the 10th of November is sooner
        ("mute until 10/11/2026", "2026-11-10 09:00"),  # the 11th of October is over
        ("ask me again on 24/12", "2026-12-24 09:00"),
        ("fragt mich am 24.12. nochmal", "2026-12-24 09:00"),
        # The weekend is over on Monday morning.
        ("mute for the weekend", "2026-10-19 09:00"),
        ("no messages this weekend", "2026-10-19 09:00"),
        ("mute over the weekend", "2026-10-19 09:00"),
        ("stop texting me this weekend", "2026-10-19 09:00"),
        ("mute until next weekend", "2026-10-17 09:00"),
        ("ask me again this weekend", "2026-10-17 09:00"),
        ("silencio durante el fin de semana", "2026-10-19 09:00"),
        ("silence pendant le week-end", "2026-10-19 09:00"),
        ("pas de messages ce week-end", "2026-10-19 09:00"),
        ("pas de messages le week-end", "2026-10-19 09:00"),
        ("stil in het weekend", "2026-10-19 09:00"),
        ("am Wochenende keine Nachrichten", "2026-10-19 09:00"),
        ("keine Nachrichten am Wochenende", "2026-10-19 09:00"),
        ("niente messaggi nel fine settimana", "2026-10-21 20:30"),  # in no case too early
        ("silenzio per il fine settimana", "2026-10-19 09:00"),
        ("silêncio no fim de semana", "2026-10-19 09:00"),
        # A day or a part of one is over before we write again.
        ("mute tomorrow", "2026-10-16 09:00"),
        ("mute Friday", "2026-10-17 09:00"),
        ("mute next week", "2026-10-26 09:00"),
        ("mute this evening", "2026-10-15 09:00"),
        ("mute this afternoon", "2026-10-15 09:00"),
        ("mute for the evening", "2026-10-16 09:00"),  # of tomorrow, if this one is over
        ("no messages this afternoon", "2026-10-15 09:00"),
        ("no messages this evening please", "2026-10-15 09:00"),
        ("mute until this evening", "2026-10-15 18:00"),
        ("ask me again this evening", "2026-10-15 18:00"),
        ("heute Nachmittag keine Nachrichten bitte", "2026-10-15 09:00"),
        ("morgen keine Nachrichten", "2026-10-16 09:00"),
        ("silence cet après-midi", "2026-10-15 09:00"),
        ("pas de messages cet après-midi", "2026-10-15 09:00"),
        ("silencio esta tarde", "2026-10-15 09:00"),
        ("silenzio questo pomeriggio", "2026-10-15 09:00"),
        ("silêncio esta tarde", "2026-10-15 09:00"),
        ("stil vanmiddag", "2026-10-15 09:00"),
        ("geen berichten vanmiddag", "2026-10-15 09:00"),
        ("mute from 2pm to 4pm", "2026-10-15 16:00"),
        ("mute from 10pm to 7am", "2026-10-15 07:00"),
        ("stumm von 14 bis 16 Uhr", "2026-10-15 16:00"),
        ("stumm von 22 Uhr bis 7 Uhr", "2026-10-15 07:00"),
        ("silence de 14h à 16h", "2026-10-15 16:00"),
        ("silencio de 14h a 16h", "2026-10-15 16:00"),
        ("silêncio das 14h às 16h", "2026-10-15 16:00"),
        ("stil van 14 uur tot 16 uur", "2026-10-15 16:00"),
        ("stil van 22:00 tot 7:00", "2026-10-15 07:00"),
        # Half hours.
        ("mute until half past seven", "2026-10-15 07:30"),
        ("mute until half past 9 pm", "2026-10-14 21:30"),
        ("stumm bis halb acht", "2026-10-15 07:30"),
        ("keine Nachrichten bis halb acht", "2026-10-15 07:30"),
        ("stil tot half acht", "2026-10-15 07:30"),
        ("silencio hasta las siete y media", "2026-10-15 07:30"),
        ("silêncio até às sete e meia", "2026-10-15 07:30"),
        ("silenzio fino alle sette e mezza", "2026-10-15 07:30"),
        ("silence jusqu'à sept heures et demie", "2026-10-15 07:30"),
        ("mute until Dec 24th at 6pm", "2026-12-24 18:00"),
        ("mute until 24th December at 6pm", "2026-12-24 18:00"),
        ("mute until the 24th of December", "2026-12-24 09:00"),
        # Times of day in figures.
        ("stumm bis 10:11", "2026-10-15 10:11"),
        ("stumm bis 10.11 Uhr", "2026-10-15 10:11"),
        ("stumm bis 23.30", "2026-10-14 23:30"),
        ("silence jusqu'à 21h30", "2026-10-14 21:30"),
        ("geen berichten tot 21:30", "2026-10-14 21:30"),
        ("geen berichten tot 19:30", "2026-10-15 19:30"),
        ("stil tot 21.30 uur", "2026-10-14 21:30"),
        ("stuur me niets tot 21:00", "2026-10-14 21:00"),
        ("stil tot 11:00", "2026-10-15 11:00"),
        ("geen berichten tot 21:30 vandaag", "2026-10-14 21:30"),
        ("geen berichten tot 20 december", "2026-12-20 09:00"),
        ("geen berichten tot de 20e", "2026-10-20 09:00"),
    ],
)
def test_a_mute_ends_by_the_persons_own_calendar(words: WithdrawalWords, text: str, ends_at: str) -> None:
    understood = understand(text, None, words)
    end = understood.mute_end(_NOW, _MADRID)

    assert understood.wish is Wish.MUTE
    assert end is not None
    assert end.astimezone(_MADRID).strftime("%Y-%m-%d %H:%M") == ends_at


@pytest.mark.parametrize(
    "text",
    [
        "don't write to me until one of you apologises",
        "leave me alone until I have decided about the sofa",
        "no quiero mensajes hasta que termine el examen",
        "pas de messages avant la fin de mes examens",
        "keine Nachrichten bis die Prüfung vorbei ist",
        "sem mensagens até acabar a prova",
        "niente messaggi fino alla fine degli esami",
        "geen berichten tot het examen voorbij is",
    ],
)
def test_quiet_until_something_that_no_calendar_knows_lasts_until_undone(words: WithdrawalWords, text: str) -> None:
    understood = understand(text, None, words)
    assert (understood.wish, understood.mute_to, understood.mute_for) == (Wish.MUTE, None, None)


@pytest.mark.parametrize("text", ["mute until 24/25/26", "stumm bis zum 24./25.", "silence pendant 2 à 3 heures"])
def test_figures_that_are_no_date_end_no_mute(words: WithdrawalWords, text: str) -> None:
    understood = understand(text, None, words)
    assert (understood.wish, understood.mute_to, understood.mute_for) == (Wish.MUTE, None, None)


def test_a_number_that_is_no_hour_makes_no_mute_of_a_stop(words: WithdrawalWords) -> None:
    assert understand("don't write until I'm sixty", None, words).wish is Wish.STOP


# The second keeps its zones by another rule: without our care it would take a skipped time for one before the gap.
@pytest.mark.parametrize("zone", [_MADRID, ZoneInfo("Europe/Madrid")], ids=["dateutil", "zoneinfo"])
@pytest.mark.parametrize(
    ("now", "end"),
    [
        # The clocks go forward at two and back at three.
        (datetime(2026, 3, 28, 12, tzinfo=UTC), datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
        (datetime(2026, 10, 24, 12, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),
    ],
)
def test_a_time_that_the_clocks_skip_or_repeat_has_one_meaning(
    words: WithdrawalWords, now: datetime, end: datetime, zone: tzinfo
) -> None:
    assert understand("mute until Sunday 2:30 am", None, words).mute_end(now, zone) == end

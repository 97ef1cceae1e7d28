"""What the people of a world say is understood by production as the world means it."""

from datetime import timedelta
from random import Random

import pytest

from botapp.channels.messenger.envelope import parse
from botapp.channels.port import InboundEvent, Signal
from botapp.simulation.acts import ACTS, Act
from botapp.simulation.calendars import zone_of
from botapp.simulation.installed import load_knowledge
from botapp.simulation.mailbox import Mailbox
from botapp.simulation.trace import Said
from botapp.understanding.wish import Understood, Wish, understand

_TOLD = [act for act in ACTS.values() if act.tell is not None]
_WISHES = {
    Said.STOP: Wish.STOP,
    Said.MUTE: Wish.MUTE,
    Said.START: Wish.START,
    Said.YES: Wish.OPT_IN,
    Said.NO: Wish.OPT_OUT_OF_QUESTION,
    Said.DATA: Wish.DATA,
    Said.DELETE: Wish.DELETE_CONFIRMED,
    Said.PERSON: Wish.PERSON,
    Said.BOT: Wish.BOT,
    Said.TALK: None,
    Said.OTHER: None,
}


def _events(act: Act) -> list[tuple[InboundEvent, Understood, timedelta | None]]:
    """Many drawings of one act, as production reads them."""
    mailbox = Mailbox("1000", "c1", "c1", zone_of("UTC"), last_mid="m_9", question="v1")
    knowledge, found = load_knowledge(), []
    assert act.tell is not None
    for number in range(60):
        telling = act.tell(mailbox, f"m_{number}", Random(number))  # noqa: S311  to be reproducible is the point
        parties = {"sender": {"id": "c1"}, "recipient": {"id": "1000"}, "timestamp": 1_790_000_000_000 + number}
        item = {**parties, **telling.fields}
        body = {"object": "page", "entry": [{"id": "1000", "time": 1, "messaging": [item]}]}
        event = parse(body, knowledge.rules.opening_kinds).events[0]
        found.append((event, understand(event.text, event.payload, knowledge.words), telling.mute_for))
    return found


@pytest.mark.parametrize("act", _TOLD, ids=lambda act: act.name)
def test_an_act_opens_the_window_and_wants_an_answer_as_the_world_says(act: Act) -> None:
    for event, _, _ in _events(act):
        assert (event.signal is Signal.INTERACTION) == act.opens_window
        # A thank-you may be answered or left, so the world waits for none.
        assert event.wants_answer == (act.wants_answer or act.name == "courtesy")


@pytest.mark.parametrize("act", [act for act in _TOLD if act.said in _WISHES], ids=lambda act: act.name)
def test_words_are_understood_as_they_are_meant(act: Act) -> None:
    for event, understood, mute_for in _events(act):
        assert (understood.wish, understood.mute_for) == (_WISHES[act.said], mute_for), event.text


@pytest.mark.parametrize(
    ("name", "signal"), [("notices_stop", Signal.NOTICE_STOPPED), ("notices_resume", Signal.NOTICE_RESUMED)]
)
def test_the_platform_s_own_switch_is_read(name: str, signal: Signal) -> None:
    assert {event.signal for event, _, _ in _events(ACTS[name])} == {signal}

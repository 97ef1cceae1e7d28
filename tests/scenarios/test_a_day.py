"""The story that botapp is for, as a newcomer sees it: one day, one customer, the platform's own log as the witness."""

import time
from collections.abc import Callable
from typing import Any

from botapp.config_files import read_languages
from botapp.conversation.answers import AnswerKind, compose, load_wordings
from tests.scenarios.audit import Books, faults
from tests.scenarios.instance import Instance, Wait

_DAY_SECONDS = 8.0
_SOON_SECONDS = 2.0


class _Chat:
    """One customer in front of the chat page."""

    def __init__(self, instance: Instance, name: str, wait_until: Wait) -> None:
        self._instance = instance
        self._wait_until = wait_until
        self.psid = instance.add_customer(name)

    def says(self, text: str) -> None:
        self._instance.says(self.psid, text)

    def heard(self, kind: str) -> list[dict[str, Any]]:
        """What arrived so far: "RESPONSE" are answers, "UPDATE" re-engagements."""
        return [e for e in self._instance.accepted(self.psid) if e["messaging_type"] == kind]

    def hears(self, kind: str, number: int) -> dict[str, Any]:
        """Waits for the message of that number and returns it; more of the kind have not arrived."""
        self._wait_until(lambda: len(self.heard(kind)) >= number, 20, f"{kind} number {number}")
        arrived = self.heard(kind)
        assert len(arrived) == number
        return arrived[-1]

    def passes(self, seconds: float, since: float) -> None:
        """Time goes by, on the platform's clock."""
        self._wait_until(lambda: time.time() >= since + seconds, seconds + 10)  # noqa: TID251  the platform's clock


def _wording(kind: AnswerKind) -> str:
    return compose(kind, "en", load_wordings(read_languages("answers")))[0]


def test_one_more_message_a_silence_never_after_a_no_and_again_after_a_yes(
    make_instance: Callable[..., Instance], services: dict[str, str], wait_until: Wait
) -> None:
    instance = make_instance(BOTAPP_SEND_ALLOWANCE="2h", **services)
    instance.start("--day", f"{_DAY_SECONDS:g}s")
    instance.apply("4h")
    alice = _Chat(instance, "Alice Ng", wait_until)

    alice.says("hello")
    answer = alice.hears("RESPONSE", 1)
    written_at = next(e["epoch"] for e in instance.platform_log() if e["what"] == "message")
    assert answer["text"] == _wording(AnswerKind.GREETING)  # which discloses the automation
    assert answer["epoch"] - written_at < _SOON_SECONDS

    first = alice.hears("UPDATE", 1)
    assert first["text"] == "Hello Alice, shall I go on?"
    assert first["window_remaining_seconds"] > 0
    alice.passes(_DAY_SECONDS, since=written_at)
    assert len(alice.heard("UPDATE")) == 1

    alice.says("I was away")
    second = alice.hears("UPDATE", 2)
    assert second["epoch"] - first["epoch"] >= _DAY_SECONDS

    alice.says("STOP")
    assert alice.hears("RESPONSE", 3)["text"] == _wording(AnswerKind.STOP_CONFIRMED)
    alice.says("what about my parcel?")
    alice.hears("RESPONSE", 4)
    alice.passes(0.6 * _DAY_SECONDS, since=second["epoch"])
    with instance.record() as record:
        assert [r.reason for r in record.reengagements()][-2:] == ["stopped", "stopped"]

    alice.says("START")
    assert alice.hears("RESPONSE", 5)["text"] == _wording(AnswerKind.START_CONFIRMED)
    third = alice.hears("UPDATE", 3)
    assert third["epoch"] - second["epoch"] >= _DAY_SECONDS
    with instance.record() as record:
        assert faults(Books(instance.platform_log(), record)) == []

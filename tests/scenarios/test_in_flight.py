"""One send is on the wire when somebody dies or freezes: it is on record as unknown, or settled, and never repeated."""

import signal
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.scenarios.audit import Books, faults
from tests.scenarios.instance import Instance, Record, Wait

# After acceptance or before it; long enough to strike meanwhile, shorter than a send may take (see the allowance).
_SLOW = {"worker": "latency=1", "sandbox": "slow_answer=1"}


@pytest.fixture
def instance(make_instance: Callable[..., Instance], services: dict[str, str]) -> Instance:
    instance = make_instance(BOTAPP_SEND_ALLOWANCE="1h", **services)  # of a day of 60 s: 2.5 s
    instance.start("--day", "60s")
    instance.apply("1h")
    return instance


@dataclass(frozen=True, slots=True)
class _Case:
    """Who is struck and how, whether the platform's echo comes, and what is on record in the end."""

    part: str
    blow: signal.Signals
    echo: bool
    end: tuple[str, str | None]


_CASES = {
    "embedded": [
        _Case("worker", signal.SIGKILL, echo=False, end=("unknown", "worker_lost")),
        _Case("sandbox", signal.SIGKILL, echo=False, end=("unknown", "no_answer")),
    ],
    "by_url": [
        _Case("worker", signal.SIGSTOP, echo=False, end=("unknown", "worker_lost")),
        _Case("worker", signal.SIGKILL, echo=True, end=("sent", None)),
    ],
}


@pytest.mark.parametrize(("services", "name"), [(name, name) for name in _CASES], indirect=["services"])
def test_a_send_whose_end_nobody_saw_is_never_repeated(instance: Instance, wait_until: Wait, name: str) -> None:
    with instance.record() as record:
        for case in _CASES[name]:
            _strike_in_flight(instance, record, wait_until, case)
        assert faults(Books(instance.platform_log(), record)) == []


def _strike_in_flight(instance: Instance, record: Record, wait_until: Wait, case: _Case) -> None:
    psid = instance.add_customer(f"{case.part} {case.blow.name}")
    held = {"psid": psid, "text": "shall I go on"}  # the one more message; answers pass
    instance.post("/sandbox/faults", {"match": held, "fault": _SLOW[case.part] + ("" if case.echo else "; no_echo")})
    instance.says(psid, "hello")

    def stands() -> tuple[str, str | None] | None:
        rows, people = record.reengagements(), record.people()  # in this order: who is in the first is in the second
        mine = [(row.state, row.reason) for row in rows if people[row.contact_id] == psid]
        return mine[0] if mine else None

    wait_until(lambda: stands() == ("claimed", None), 20, "a claim on the wire")
    if case.part == "sandbox":
        wait_until(lambda: len(instance.accepted(psid)) == 2, 10, "the platform to accept it")
    instance.signal(case.part, case.blow)
    # The claim's timeout passes here while a stopped worker still stands still.
    wait_until(lambda: stands() == case.end, 20, f"{case.end}")
    instance.signal(case.part, signal.SIGCONT)
    wait_until(instance.platform_answers, 20, "the platform")

    instance.says(psid, "are you still there?")  # the worker works again, and would repeat it if it ever did
    wait_until(lambda: len([e for e in instance.accepted(psid) if e["is_response"]]) == 2, 20, "an answer")
    assert [e["is_response"] for e in instance.accepted(psid)] == [True, False, True]
    assert stands() == case.end

"""Faults on demand, by rule and by header."""

import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import pytest
import requests

from botapp.sandbox.faults import FaultBook, parse_faults, parse_rule

if TYPE_CHECKING:
    from tests.sandbox.conftest import Bot, Sandbox


def test_a_connection_dropped_before_accepting_leaves_nothing(sandbox: "Sandbox") -> None:
    psid = sandbox.customer()
    with pytest.raises(requests.ConnectionError):
        sandbox.send(psid, fault="drop_before")
    (entry,) = sandbox.log("send")
    assert (entry["accepted"], entry["fault"]) == (False, "drop_before")
    assert len(sandbox.get(f"/thread/{psid}")["messages"]) == 1


def test_a_connection_dropped_after_accepting_has_sent_the_message(sandbox: "Sandbox", bot: "Bot") -> None:
    psid = sandbox.customer()
    with pytest.raises(requests.ConnectionError):
        sandbox.send(psid, fault="drop_after")
    bot.wait_for("echo")
    (entry,) = sandbox.log("send")
    assert (entry["accepted"], entry["fault"]) == (True, "drop_after")
    assert sandbox.send(psid).status_code == 200


def test_a_server_error_is_html_and_accepts_nothing_or_all(sandbox: "Sandbox") -> None:
    psid = sandbox.customer()
    before = sandbox.send(psid, fault="status=503")
    after = sandbox.send(psid, fault="status_after=500")
    assert (before.status_code, before.headers["Content-Type"].split(";")[0]) == (503, "text/html")
    assert (after.status_code, after.text) == (500, before.text)
    assert [entry["accepted"] for entry in sandbox.log("send")] == [False, True]


def test_an_error_refuses_except_the_one_that_is_documented_to_have_sent(sandbox: "Sandbox", bot: "Bot") -> None:
    psid = sandbox.customer()
    assert sandbox.send(psid, fault="error=368").json()["error"]["code"] == 368
    sent = sandbox.send(psid, fault="error=1/1357046")
    assert (sent.status_code, sent.json()["error"]["error_subcode"]) == (400, 1357046)
    bot.wait_for("echo")
    assert [entry["accepted"] for entry in sandbox.log("send")] == [False, True]


def test_latency_comes_before_the_decision_and_a_slow_answer_after_it(sandbox: "Sandbox") -> None:
    psid = sandbox.customer()
    began = time.monotonic()
    sandbox.send(psid, fault="latency=0.2; slow_answer=0.1")
    assert time.monotonic() - began >= 0.3


@pytest.mark.parametrize("seconds", [0, 3600, -3600])
def test_an_answer_is_dated_by_another_clock_as_asked(sandbox: "Sandbox", seconds: int) -> None:
    answer = sandbox.send(sandbox.customer(), fault=f"clock={seconds}")
    dated = parsedate_to_datetime(answer.headers["Date"])
    assert abs((dated - datetime.now(UTC)).total_seconds() - seconds) < 60  # noqa: TID251  the sandbox's is real


def test_usage_is_reported_as_asked(sandbox: "Sandbox") -> None:
    answer = sandbox.send(sandbox.customer(), fault="usage=85")
    assert '"call_count": 85' in answer.headers["X-Page-Usage"]


def test_an_echo_may_be_late_or_never_come(sandbox: "Sandbox", bot: "Bot") -> None:
    psid = sandbox.customer()
    sandbox.send(psid, "never", fault="no_echo")
    sandbox.send(psid, "late", fault="late_echo=0.3")
    sandbox.send(psid, "prompt")
    texts = [item["message"]["text"] for item in bot.wait_for("echo", 2)]
    assert texts == ["prompt", "late"]


def test_a_webhook_may_come_twice_late_or_out_of_order(sandbox: "Sandbox", bot: "Bot") -> None:
    psid = sandbox.customer(writes=False)
    rules = [
        {"match": {"text": "twin", "event": "message"}, "fault": "duplicate"},
        {"match": {"text": "slow"}, "fault": "delay=0.3"},
        {"match": {"text": "overtaken"}, "fault": "reorder", "count": 1},
    ]
    assert sandbox.post("/faults", rules).status_code == 200
    for text in ("overtaken", "slow", "twin", "last"):
        sandbox.act(psid, "message", text=text)
    texts = [item["message"]["text"] for item in bot.wait_for("message", 5)]
    assert sorted(texts[:3]) == ["last", "twin", "twin"]
    assert texts[3:] == ["slow", "overtaken"]


def test_rules_match_by_path_page_person_and_text_and_end_with_their_count(sandbox: "Sandbox") -> None:
    alice, bob = sandbox.customer(), sandbox.customer()
    rule = {
        "match": {"path": "/messages", "page": "1001", "psid": alice, "text": "offer"},
        "fault": "error=4",
        "count": 2,
    }
    sandbox.post("/faults", rule)
    texts = [(bob, "an offer"), (alice, "hello"), (alice, "an offer"), (alice, "offer"), (alice, "offer")]
    assert [sandbox.send(*pair).status_code for pair in texts] == [200, 200, 400, 400, 200]
    sandbox.post("/faults", {"fault": "error=4"})
    assert sandbox.send(bob).status_code == 400
    assert sandbox.session.delete(f"{sandbox.url}/sandbox/faults", timeout=10).json() == {"rules": []}
    assert sandbox.send(bob).status_code == 200


def test_a_seed_makes_chance_repeatable() -> None:
    def run() -> list[bool]:
        book = FaultBook()
        book.add(parse_rule({"fault": "drop_before", "probability": 0.3, "seed": 7}))
        return [bool(book.draw({}, webhook=False)) for _ in range(200)]

    first = run()
    assert first == run()
    assert 30 < sum(first) < 90


@pytest.mark.parametrize(
    "rule",
    [
        "latency=1",
        {"fault": "explode"},
        {"fault": "latency"},
        {"fault": "latency=nan"},
        {"fault": "status=200"},
        {"fault": "error=x"},
        {"fault": "drop_after=1"},
        {"fault": "no_echo", "count": 0},
        {"fault": "no_echo", "probability": 2},
        {"fault": "no_echo", "match": {"colour": "red"}},
        {"fault": "no_echo", "often": True},
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_with_the_remedy(sandbox: "Sandbox", rule: object) -> None:
    answer = sandbox.post("/faults", [rule])
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_several_faults_may_stand_in_one_text() -> None:
    assert parse_faults("latency=0.2; no_echo ;error=613") == {"latency": "0.2", "no_echo": "", "error": "613"}


def test_a_wrong_fault_in_the_header_is_named(sandbox: "Sandbox") -> None:
    answer = sandbox.send(sandbox.customer(), fault="explode")
    assert "explode" in answer.json()["error"]["message"]

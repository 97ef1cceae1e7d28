"""One message over real HTTP: what goes out, and what comes back of it."""

import json
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from botapp.channels.messenger.sender import MessengerSender
from botapp.channels.port import ErrorClass, LateError, OutboundMessage, OutcomeKind, PlatformError

if TYPE_CHECKING:
    from tests.channels.messenger.outbound.conftest import Graph

MakeSender = Callable[..., MessengerSender]


def in_time() -> None:
    """The guard of a message whose time has not come and gone."""


def test_a_re_engagement_goes_out_once_as_the_platform_wants_it(
    sender: MessengerSender, graph: "Graph", message: OutboundMessage
) -> None:
    outcome = sender.send("1000", "TOKEN", message, in_time)

    assert (outcome.kind, outcome.message_id, outcome.error) == (OutcomeKind.ACCEPTED, "m_1", None)
    assert [(asked.method, asked.path, asked.query) for asked in graph.asked] == [("POST", "/v25.0/1000/messages", {})]
    assert graph.asked[0].content == {
        "recipient": {"id": "2000"},
        "messaging_type": "UPDATE",
        "message": {
            "text": "Still thinking about the blue one? 😀",
            "metadata": "botapp:41",
            "quick_replies": [
                {"content_type": "text", "title": "Yes", "payload": "YES"},
                {"content_type": "text", "title": "Stop messages", "payload": "STOP"},
            ],
        },
    }
    assert graph.asked[0].headers["Content-Type"] == "application/json"


def test_an_answer_is_a_response_and_needs_no_quick_replies(
    sender: MessengerSender, graph: "Graph", message: OutboundMessage
) -> None:
    sender.send("1000", "TOKEN", replace(message, is_response=True, quick_replies=()), in_time)

    content = graph.asked[0].content
    assert isinstance(content, dict)
    assert content["messaging_type"] == "RESPONSE"
    assert "quick_replies" not in content["message"]


def test_the_token_travels_in_a_header_and_stays_out_of_the_logs(
    sender: MessengerSender, graph: "Graph", message: OutboundMessage, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        sender.send("1000", "TOKEN", message, in_time)

    assert graph.asked[0].headers["Authorization"] == "Bearer TOKEN"
    assert "TOKEN" not in graph.asked[0].path + json.dumps(graph.asked[0].content)
    assert "TOKEN" not in caplog.text
    assert "blue one" not in caplog.text


def test_with_an_app_secret_each_call_carries_its_proof(
    make_sender: MakeSender, graph: "Graph", message: OutboundMessage
) -> None:
    sender = make_sender(graph.url, app_secret="test_app_secret")

    sender.send("1000", "PAGE_TOKEN_X", message, in_time)
    sender.check_token("1000", "PAGE_TOKEN_X")

    proof = "d44b1d2cccc9b736fbf582ed56c2ad52561f6d4b7575a8ebd7d593ad2846f158"
    assert [asked.query["appsecret_proof"] for asked in graph.asked] == [proof, proof]


def test_a_late_guard_means_not_sent(sender: MessengerSender, graph: "Graph", message: OutboundMessage) -> None:
    def guard() -> None:
        raise LateError

    outcome = sender.send("1000", "TOKEN", message, guard)

    assert (outcome.kind, outcome.detail) == (OutcomeKind.NOT_SENT, "late")
    assert outcome.write_lag_seconds is None
    assert graph.asked == []


def test_a_platform_out_of_reach_means_not_sent(make_sender: MakeSender, message: OutboundMessage) -> None:
    outcome = make_sender("http://127.0.0.1:9").send("1000", "TOKEN", message, in_time)

    assert (outcome.kind, outcome.detail) == (OutcomeKind.NOT_SENT, "connect")


def test_a_closed_window_is_told_with_its_numbers_and_none_of_the_platforms_words(
    sender: MessengerSender, graph: "Graph", message: OutboundMessage
) -> None:
    error = {"message": "Alice may not", "type": "OAuthException", "code": 10, "error_subcode": 2018278}
    graph.answer(400, {"error": error})

    outcome = sender.send("1000", "TOKEN", message, in_time)

    assert outcome.kind is OutcomeKind.REFUSED
    assert outcome.error == PlatformError(ErrorClass.WINDOW_CLOSED, 10, 2018278)
    assert "Alice" not in repr(outcome)


def test_usage_wait_clock_and_lag_come_back_with_the_outcome(
    sender: MessengerSender, graph: "Graph", message: OutboundMessage
) -> None:
    usage = json.dumps({"call_count": 93, "total_time": 12, "total_cputime": 5})
    graph.answer(400, {"error": {"code": 613}}, X_Page_Usage=usage, Retry_After="7")

    outcome = sender.send("1000", "TOKEN", message, in_time)

    assert (outcome.usage_percent, outcome.wait_seconds) == (93.0, 7.0)
    assert outcome.platform_now is not None
    assert abs(outcome.platform_now - datetime.now(UTC)).total_seconds() < 60  # noqa: TID251  the server's is real
    assert outcome.write_lag_seconds is not None


@pytest.mark.parametrize("page_id", ["", "..", "1000/messages", "me?x=1", "10 00", "1000#", "%2e"])
def test_an_id_that_could_lead_a_call_elsewhere_is_refused(
    page_id: str, sender: MessengerSender, graph: "Graph", message: OutboundMessage
) -> None:
    with pytest.raises(ValueError, match="only letters, digits"):
        sender.send(page_id, "TOKEN", message, in_time)
    assert graph.asked == []


@pytest.mark.parametrize("version", ["25.0", "v25", "v25.0/", "v25.0/../v1.0", "latest", ""])
def test_a_version_that_is_none_is_refused_at_the_start(version: str, sender: MessengerSender) -> None:
    with pytest.raises(ValueError, match=r"v25\.0"):
        MessengerSender(transport=sender._transport, version=version, errors=sender._errors)  # noqa: SLF001  both are valid


def test_typing_is_a_request_of_its_own_and_never_fails(
    sender: MessengerSender, make_sender: MakeSender, graph: "Graph"
) -> None:
    sender.act("1000", "TOKEN", "2000", "typing_on")
    graph.answer(500, b"<html>")
    sender.act("1000", "TOKEN", "2000", "typing_on")
    make_sender("http://127.0.0.1:9").act("1000", "TOKEN", "2000", "typing_on")

    assert [asked.path for asked in graph.asked] == ["/v25.0/1000/messages"] * 2
    assert graph.asked[0].content == {"recipient": {"id": "2000"}, "sender_action": "typing_on"}

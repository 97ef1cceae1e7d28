"""From an answer to what is known: every row of platform-reference 2.4."""

import json

import pytest

from botapp.channels.messenger.outcome import read_outcome
from botapp.channels.platform_rules import PlatformRules
from botapp.channels.port import ErrorClass, Outcome, OutcomeKind
from botapp.channels.transport import Failure, Reply

ACCEPTED, REFUSED = OutcomeKind.ACCEPTED, OutcomeKind.REFUSED
NOT_SENT, UNKNOWN = OutcomeKind.NOT_SENT, OutcomeKind.UNKNOWN


def outcome_of(rules: PlatformRules, status: int, content: object, headers: dict[str, str] | None = None) -> Outcome:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return read_outcome(Reply(status, headers or {}, body, 0.001), rules.errors)


@pytest.mark.parametrize(
    "content",
    [
        {"recipient_id": "2000", "message_id": "m_abc"},
        {"message_id": "m_abc"},
        {"message_id": "m_abc", "more": [1]},
    ],
)
def test_a_success_that_names_the_message_is_accepted(content: object, rules: PlatformRules) -> None:
    outcome = outcome_of(rules, 200, content)
    assert (outcome.kind, outcome.message_id, outcome.detail) == (ACCEPTED, "m_abc", "accepted")


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"recipient_id": "2000"},
        {"message_id": ""},
        {"message_id": None},
        {"message_id": 17},
        {"message_id": ["m_abc"]},
        {"message_id": "m\u0000abc"},
        {"message_id": "m" * 501},
        {"error": {"code": 100}},
        [],
        b"",
        b"<html>OK</html>",
        b'{"message_id": "m_abc"',
        b"\xff\xfe",
        b"[" * 60_000,
    ],
)
def test_a_success_that_names_no_message_is_unknown(content: object, rules: PlatformRules) -> None:
    outcome = outcome_of(rules, 200, content)
    assert (outcome.kind, outcome.detail, outcome.message_id) == (UNKNOWN, "no_message_id", None)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_unknown_whatever_it_says(status: int, rules: PlatformRules) -> None:
    outcome = outcome_of(rules, status, {"error": {"code": 100}})
    assert (outcome.kind, outcome.detail) == (UNKNOWN, f"http_{status}")


@pytest.mark.parametrize("status", [400, 403, 404, 500, 502, 503, 504])
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>Bad Gateway</html>",
        b"{}",
        b"[]",
        {"error": "no"},
        {"error": {}},
        {"error": {"code": None}},
        {"error": {"code": True}},
        {"error": {"code": "ten"}},
        {"error": {"code": 10.5}},
        {"error": {"code": 10**30}},
    ],
)
def test_an_error_without_a_readable_number_is_unknown(status: int, content: object, rules: PlatformRules) -> None:
    outcome = outcome_of(rules, status, content)
    assert (outcome.kind, outcome.detail, outcome.error) == (UNKNOWN, f"http_{status}", None)


@pytest.mark.parametrize(
    ("status", "code", "subcode", "kind", "error_class"),
    [
        (400, 10, 2018278, REFUSED, ErrorClass.WINDOW_CLOSED),
        (403, 551, 1545041, REFUSED, ErrorClass.UNREACHABLE),
        (400, 551, None, REFUSED, ErrorClass.UNREACHABLE),
        (400, 190, 463, REFUSED, ErrorClass.PAUSE),
        (400, 100, 2534037, REFUSED, ErrorClass.THREAD_TAKEN),
        (400, 10, 1893015, REFUSED, ErrorClass.STOPPED),
        (400, 2018321, None, REFUSED, ErrorClass.RETRY),
        (400, 1, 1357046, UNKNOWN, ErrorClass.NEVER),
        (500, 1, 1357046, UNKNOWN, ErrorClass.NEVER),
        (400, 1, 99, UNKNOWN, ErrorClass.RETRY),
        (400, 1, None, UNKNOWN, ErrorClass.RETRY),
        (500, 2, None, UNKNOWN, ErrorClass.RETRY),
        (503, 2, 77, UNKNOWN, ErrorClass.RETRY),
        (400, 1200, None, UNKNOWN, ErrorClass.RETRY),
        (500, 368, None, REFUSED, ErrorClass.PAUSE),  # the platform said why: certain, whatever the status
        (400, 4711, None, REFUSED, ErrorClass.NEVER),  # undocumented
        (400, 4711, 4712, REFUSED, ErrorClass.NEVER),
        (500, 4711, 4712, UNKNOWN, ErrorClass.NEVER),
        (400, "100", "33", REFUSED, ErrorClass.NEVER),
        (400, 551, 0, REFUSED, ErrorClass.UNREACHABLE),
    ],
)
def test_an_error_of_the_platform_is_refused_or_unknown_by_the_table(
    status: int,
    code: object,
    subcode: object,
    kind: OutcomeKind,
    error_class: ErrorClass,
    rules: PlatformRules,
) -> None:
    outcome = outcome_of(rules, status, {"error": {"code": code, "error_subcode": subcode, "message": "Bob!"}})

    assert outcome.error is not None
    assert (outcome.kind, outcome.error.error_class) == (kind, error_class)
    assert outcome.detail == str(outcome.error)
    assert (outcome.wait_seconds, outcome.message_id) == (None, None)
    assert "Bob" not in repr(outcome)


@pytest.mark.parametrize("code", [4, 17, 32, 341, 613, 80001, 80002, 80006])
def test_a_throttle_is_refused_and_says_how_long_to_wait(code: int, rules: PlatformRules) -> None:
    use = [{"type": "messenger", "call_count": 100, "estimated_time_to_regain_access": 3}]
    headers = {"X-Business-Use-Case-Usage": json.dumps({"1000": use})}

    outcome = outcome_of(rules, 400, {"error": {"code": code}}, headers)

    assert outcome.error is not None
    assert (outcome.kind, outcome.error.error_class) == (REFUSED, ErrorClass.WAIT)
    assert (outcome.wait_seconds, outcome.usage_percent) == (180.0, 100.0)


@pytest.mark.parametrize("content", [b"", b"<html>slow down</html>", {"error": {"code": 4711}}, {"error": {}}])
def test_too_many_requests_is_a_throttle_with_or_without_an_error_of_the_platform(
    content: object, rules: PlatformRules
) -> None:
    outcome = outcome_of(rules, 429, content, {"Retry-After": "30"})

    assert outcome.error is not None
    assert (outcome.kind, outcome.error.error_class) == (REFUSED, ErrorClass.WAIT)
    assert outcome.wait_seconds == 30.0


def test_too_many_requests_does_not_overrule_an_error_that_may_have_delivered(rules: PlatformRules) -> None:
    outcome = outcome_of(rules, 429, {"error": {"code": 1, "error_subcode": 1357046}})
    assert outcome.kind is UNKNOWN


@pytest.mark.parametrize("detail", ["late", "connect", "connect_timeout", "tls", "total_timeout"])
def test_a_failure_before_the_body_left_is_not_sent(detail: str, rules: PlatformRules) -> None:
    outcome = read_outcome(Failure(detail, None), rules.errors)
    assert outcome == Outcome(NOT_SENT, detail)


@pytest.mark.parametrize("detail", ["read_timeout", "connection_lost", "total_timeout", "answer_too_long"])
def test_a_failure_after_the_body_left_is_unknown(detail: str, rules: PlatformRules) -> None:
    outcome = read_outcome(Failure(detail, 0.002), rules.errors)
    assert outcome == Outcome(UNKNOWN, detail, write_lag_seconds=0.002)


def test_an_answer_to_a_message_whose_body_never_left_is_not_sent(rules: PlatformRules) -> None:
    stale = Reply(200, {}, b'{"message_id": "m_of_somebody_else"}', None)
    assert read_outcome(stale, rules.errors) == Outcome(NOT_SENT, "connection_lost")

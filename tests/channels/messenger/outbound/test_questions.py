"""What is asked about people, pages and tokens; no answer is never taken for a good one."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from botapp.channels.messenger.sender import MessengerSender
from botapp.channels.port import ErrorClass, PlatformError, Profile

if TYPE_CHECKING:
    from tests.channels.messenger.outbound.conftest import Graph

MakeSender = Callable[..., MessengerSender]

TOKEN_INVALID = {"error": {"code": 190, "error_subcode": 463, "message": "expired"}}


def test_a_profile_is_read_with_what_the_permissions_allow(sender: MessengerSender, graph: "Graph") -> None:
    graph.answer(200, {"first_name": "Alice", "last_name": "Ng", "locale": "en_US", "timezone": 5.5, "id": "2000"})
    assert sender.profile("TOKEN", "2000") == Profile("Alice", "Ng", "en_US", 5.5)

    assert (graph.asked[0].method, graph.asked[0].path) == ("GET", "/v25.0/2000")
    assert graph.asked[0].query == {"fields": "first_name,last_name,locale,timezone"}
    assert graph.asked[0].headers["Authorization"] == "Bearer TOKEN"

    graph.answer(200, {"id": "2000"})
    assert sender.profile("TOKEN", "2000") == Profile(None, None, None, None)


@pytest.mark.parametrize("offset", [None, "1", True, 14.5, -30, [1], 10**400])
def test_an_offset_no_place_has_is_none(offset: object, sender: MessengerSender, graph: "Graph") -> None:
    graph.answer(200, {"first_name": 7, "last_name": "", "locale": "x" * 300, "timezone": offset})
    assert sender.profile("TOKEN", "2000") == Profile(None, None, "x" * 100, None)


@pytest.mark.parametrize(
    ("status", "content"),
    [
        (400, {"error": {"code": 100, "error_subcode": 33}}),
        (400, {"error": {"code": 2018218}}),
        (200, {"error": {"code": 100}}),
        (200, b"<html>"),
        (200, b"[]"),
        (200, b""),
        (307, {"first_name": "Mallory"}),
        (500, {"first_name": "Mallory"}),
    ],
)
def test_a_profile_that_does_not_come_is_none(
    status: int, content: object, sender: MessengerSender, graph: "Graph"
) -> None:
    graph.answer(status, content)
    assert sender.profile("TOKEN", "2000") is None


def test_a_platform_out_of_reach_has_no_profile(make_sender: MakeSender) -> None:
    assert make_sender("http://127.0.0.1:9").profile("TOKEN", "2000") is None


def test_a_contact_id_that_is_no_path_has_no_profile(sender: MessengerSender, graph: "Graph") -> None:
    assert sender.profile("TOKEN", "../me") is None
    assert graph.asked == []


def test_the_fields_subscribed_are_those_of_all_apps(sender: MessengerSender, graph: "Graph") -> None:
    apps = [
        {"id": "1", "subscribed_fields": ["messages", "messaging_postbacks"]},
        {"id": "2", "subscribed_fields": ["messages", 7]},
        {"id": "3"},
        "app",
    ]
    graph.answer(200, {"data": apps})
    assert sender.subscribed_fields("1000", "TOKEN") == frozenset({"messages", "messaging_postbacks"})
    assert (graph.asked[0].method, graph.asked[0].path) == ("GET", "/v25.0/1000/subscribed_apps")

    graph.answer(200, {"data": []})
    assert sender.subscribed_fields("1000", "TOKEN") == frozenset()


def test_what_kept_us_from_knowing_the_subscription_is_told(
    sender: MessengerSender, make_sender: MakeSender, graph: "Graph"
) -> None:
    graph.answer(400, TOKEN_INVALID)
    assert sender.subscribed_fields("1000", "TOKEN") == PlatformError(ErrorClass.PAUSE, 190, 463)
    graph.answer(502, b"<html>")
    assert sender.subscribed_fields("1000", "TOKEN") == "http_502"
    assert make_sender("http://127.0.0.1:9").subscribed_fields("1000", "TOKEN") == "connect"


def test_a_token_is_good_when_the_platform_takes_it_for_this_page(sender: MessengerSender, graph: "Graph") -> None:
    graph.answer(200, {"id": "1000", "name": "Bakery"})
    assert sender.check_token("1000", "TOKEN") is None
    assert graph.asked[0].path == "/v25.0/me"
    assert sender.check_token("1001", "TOKEN") == "token_of_another_page"

    graph.answer(400, TOKEN_INVALID)
    assert sender.check_token("1000", "TOKEN") == PlatformError(ErrorClass.PAUSE, 190, 463)
    graph.answer(200, b"")
    assert sender.check_token("1000", "TOKEN") == "http_200"


@pytest.mark.parametrize(("status", "content"), [(200, {"id": "1000"}), (400, TOKEN_INVALID), (500, b"<html>")])
def test_the_platforms_clock_shows_whatever_else_it_answers(
    status: int, content: object, sender: MessengerSender, graph: "Graph"
) -> None:
    graph.answer(status, content)
    shown = sender.platform_now("TOKEN")
    assert shown is not None
    assert abs(shown - datetime.now(UTC)) < timedelta(minutes=1)  # noqa: TID251  the server's is real
    assert (graph.asked[0].method, graph.asked[0].path) == ("GET", "/v25.0/me")


def test_a_platform_out_of_reach_shows_no_clock(make_sender: MakeSender) -> None:
    assert make_sender("http://127.0.0.1:9").platform_now("TOKEN") is None

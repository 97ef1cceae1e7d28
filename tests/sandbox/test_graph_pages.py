"""The rest of the Graph API: people, pages, threads, profile, subscriptions."""

from typing import TYPE_CHECKING

import pytest

from botapp.sandbox.app import Page

if TYPE_CHECKING:
    from tests.sandbox.conftest import Sandbox, StartSandbox


def test_the_profile_of_somebody_who_wrote(sandbox: "Sandbox") -> None:
    psid = sandbox.customer(locale="de_DE", timezone=1)
    profile = sandbox.graph("GET", f"/{psid}?fields=first_name,last_name,locale,timezone,shoe_size").json()
    assert profile == {"id": psid, "first_name": "Alice", "last_name": "Smith", "locale": "de_DE", "timezone": 1}
    picture = sandbox.graph("GET", f"/{psid}").json()["profile_pic"]
    assert sandbox.session.get(picture, timeout=10).headers["Content-Type"].startswith("image/svg+xml")


def test_there_is_no_profile_of_strangers(sandbox: "Sandbox") -> None:
    silent = sandbox.graph("GET", f"/{sandbox.customer(writes=False)}").json()
    assert silent["error"]["error_subcode"] == 2018218
    assert sandbox.graph("GET", "/12345").json()["error"]["error_subcode"] == 33


@pytest.mark.parametrize("node", ["me", "1001"])
def test_a_page_knows_its_id_and_name(sandbox: "Sandbox", node: str) -> None:
    assert sandbox.graph("GET", f"/{node}?fields=id,name").json() == {"id": "1001", "name": "Tea House"}


def test_unknown_paths_are_errors_of_graphs(sandbox: "Sandbox") -> None:
    for method, path in (("GET", "/me/friends/all"), ("GET", "/me/messages"), ("DELETE", "/me")):
        assert sandbox.graph(method, path).json()["error"]["code"] == 2500


def test_the_bot_passes_takes_and_releases_a_thread(sandbox: "Sandbox") -> None:
    psid = sandbox.customer()
    recipient = {"recipient": {"id": psid}}

    def owner() -> str:
        found = sandbox.graph("GET", f"/me/thread_owner?recipient={psid}").json()
        return str(found["data"][0]["thread_owner"]["app_id"])

    ours = owner()
    wrong = sandbox.graph("POST", "/me/pass_thread_control", {**recipient, "target_app_id": "1"})
    assert wrong.json()["error"]["error_subcode"] == 2018164
    passed = sandbox.graph("POST", "/me/pass_thread_control", {**recipient, "target_app_id": 263902037430900})
    assert passed.json() == {"success": True}
    assert owner() == "263902037430900"
    assert sandbox.send(psid).json()["error"]["error_subcode"] == 2018300
    assert sandbox.graph("POST", "/me/release_thread_control", recipient).json()["error"]["code"] == 10
    assert sandbox.graph("POST", "/me/request_thread_control", recipient).json() == {"success": True}
    assert owner() == "263902037430900"
    assert sandbox.graph("POST", "/me/take_thread_control", recipient).json() == {"success": True}
    assert owner() == ours
    assert sandbox.send(psid).status_code == 200


def test_the_messenger_profile_is_set_read_and_deleted(sandbox: "Sandbox") -> None:
    path = "/me/messenger_profile"
    menu = [{"locale": "default", "call_to_actions": [{"type": "postback", "title": "Stop", "payload": "STOP"}]}]
    assert sandbox.graph("POST", path, {"persistent_menu": menu}).json()["error"]["code"] == 100
    both = {"get_started": {"payload": "GO"}, "persistent_menu": menu}
    assert sandbox.graph("POST", path, both).json() == {"result": "success"}
    assert sandbox.graph("GET", f"{path}?fields=persistent_menu").json() == {"data": [{"persistent_menu": menu}]}
    assert sandbox.graph("DELETE", path, {"fields": ["get_started"]}).json()["error"]["code"] == 100
    assert sandbox.graph("DELETE", path, {"fields": ["persistent_menu"]}).json() == {"result": "success"}
    assert sandbox.graph("GET", path).json() == {"data": [{"get_started": {"payload": "GO"}}]}


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"colour": "red"},
        {"get_started": "GO"},
        {"greeting": [{"locale": "de_DE", "text": "Hallo"}]},
        {"greeting": [{"locale": "default", "text": "x" * 161}]},
        {"greeting": "Hello"},
        {"ice_breakers": [{"locale": "default", "call_to_actions": [{"question": "?", "payload": "P"}] * 5}]},
        {"get_started": {"payload": "G"}, "persistent_menu": [{"locale": "default", "call_to_actions": [{}]}]},
        {
            "get_started": {"payload": "G"},
            "persistent_menu": [{"locale": "default", "call_to_actions": [{"title": "x" * 31}]}],
        },
    ],
)
def test_a_profile_beyond_its_limits_is_refused(sandbox: "Sandbox", change: dict[str, object]) -> None:
    assert sandbox.graph("POST", "/me/messenger_profile", change).json()["error"]["code"] == 100


def test_the_profile_api_takes_ten_calls_in_ten_minutes(sandbox: "Sandbox") -> None:
    change = {"get_started": {"payload": "GO"}}
    for _ in range(10):
        assert sandbox.graph("POST", "/me/messenger_profile", change).status_code == 200
    assert sandbox.graph("POST", "/me/messenger_profile", change).json()["error"]["code"] == 613
    sandbox.clock.move(601)
    assert sandbox.graph("POST", "/me/messenger_profile", change).status_code == 200


def test_subscriptions_are_listed_and_unknown_fields_refused(sandbox: "Sandbox") -> None:
    path = "/1001/subscribed_apps"
    assert "messages" in sandbox.graph("GET", path).json()["data"][0]["subscribed_fields"]
    assert sandbox.graph("POST", f"{path}?subscribed_fields=messages,horoscope").json()["error"]["code"] == 100
    sandbox.graph("POST", f"{path}?subscribed_fields=messages,messaging_handover")
    fields = sandbox.graph("GET", path).json()["data"][0]["subscribed_fields"]
    assert fields == ["messages", "messaging_handovers"]
    sandbox.graph("DELETE", path)
    assert sandbox.graph("GET", path).json() == {"data": []}


def test_a_page_that_is_connected_later_is_found_within_a_second(start_sandbox: "StartSandbox") -> None:
    pages: dict[str, Page] = {}
    sandbox = start_sandbox(pages=pages)
    assert sandbox.graph("GET", "/me").json()["error"]["code"] == 190
    pages["1001"] = Page("token-of-tea-house", "Tea House")
    assert sandbox.graph("GET", "/me").json()["error"]["code"] == 190
    sandbox.clock.move(1.0)
    assert sandbox.graph("GET", "/me").json()["name"] == "Tea House"

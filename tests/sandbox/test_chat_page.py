"""The chat page and the API behind it."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import botapp.sandbox
from botapp.sandbox.app import Page

if TYPE_CHECKING:
    from tests.sandbox.conftest import Bot, Sandbox, StartSandbox

FOLDER = Path(botapp.sandbox.__file__).parent


def test_the_page_and_all_it_names_are_served_under_a_strict_policy(sandbox: "Sandbox") -> None:
    page = sandbox.session.get(sandbox.url + "/", timeout=10)
    assert page.headers["Content-Type"].startswith("text/html")
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    for path in re.findall(r'(?:src|href)="(/sandbox/static/[^"]+)"', page.text):
        assert sandbox.session.get(sandbox.url + path, timeout=10).status_code == 200
    for script in (FOLDER / "static").glob("*.js"):
        answer = sandbox.session.get(f"{sandbox.url}/sandbox/static/{script.name}", timeout=10)
        assert "javascript" in answer.headers["Content-Type"]


def test_nothing_written_ever_becomes_html() -> None:
    html = (FOLDER / "pages" / "chat.html").read_text()
    assert not re.search(r"<script(?![^>]*src=)|\sstyle=|\son[a-z]+=|<style|https?://", html)
    for script in (FOLDER / "static").glob("*.js"):
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", script.read_text())


def test_every_element_the_scripts_look_for_is_on_the_page() -> None:
    html = (FOLDER / "pages" / "chat.html").read_text()
    present = set(re.findall(r'id="([^"]+)"', html))
    for script in (FOLDER / "static").glob("*.js"):
        assert set(re.findall(r'find\("([^"]+)"\)', script.read_text())) <= present


def test_a_stranger_finds_one_customer_ready(sandbox: "Sandbox") -> None:
    for _ in range(2):
        state = sandbox.get("/state")
        assert [customer["name"] for customer in state["customers"]] == ["Alex Rivera"]
    assert state["pages"][0]["name"] == "Tea House"


def test_without_a_page_the_state_is_empty_and_not_an_error(start_sandbox: "StartSandbox") -> None:
    state = start_sandbox(pages={}).get("/state")
    assert (state["pages"], state["customers"]) == ([], [])


def test_the_thread_shows_times_ticks_and_what_is_left_of_the_window(sandbox: "Sandbox", bot: "Bot") -> None:
    psid = sandbox.customer()
    bot.wait_for("message")
    sandbox.send(psid, "one more", messaging_type="UPDATE")
    bot.wait_for("delivery")
    thread = sandbox.get(f"/thread/{psid}")
    written, received = thread["messages"]
    assert (written["author"], written["text"]) == ("customer", "hi")
    assert (received["author"], received["messaging_type"], received["status"]) == ("bot", "UPDATE", "delivered")
    assert 86390 < thread["window_remaining_seconds"] <= 86400
    assert thread["unread"] == 1
    sandbox.graph("POST", "/me/messages", {"recipient": {"id": psid}, "sender_action": "mark_seen"})
    sandbox.act(psid, "read")
    statuses = [message["status"] for message in sandbox.get(f"/thread/{psid}")["messages"]]
    assert statuses == ["seen", "read"]


def test_a_thread_that_has_not_changed_is_not_sent_again(sandbox: "Sandbox", bot: "Bot") -> None:
    psid = sandbox.customer()
    bot.wait_for("message")
    sandbox.log("webhook")
    thread = sandbox.get(f"/thread/{psid}")
    while "messages" in (again := sandbox.get(f"/thread/{psid}?version={thread['version']}")):
        thread = again  # the webhook's answer may have arrived in between
    assert again["version"] == thread["version"]
    sandbox.act(psid, "message", text="more")
    assert "messages" in sandbox.get(f"/thread/{psid}?version={thread['version']}")


def test_a_deleted_conversation_is_empty_and_the_window_stays(sandbox: "Sandbox") -> None:
    psid = sandbox.customer()
    sandbox.act(psid, "delete")
    assert sandbox.get(f"/thread/{psid}")["messages"] == []
    assert sandbox.send(psid).status_code == 200


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/customers", {"page_id": "404"}, 400),
        ("/customers", {"timezone": "noon"}, 400),
        ("/customers", {"psid": "not an id"}, 400),
        ("/customers", ["Alice"], 400),
        ("/customers/404/message", {"text": "hi"}, 404),
        ("/customers/PSID/message", {}, 400),
        ("/customers/PSID/message", {"text": 7}, 400),
        ("/customers/PSID/message", {"text": "hi", "ago": -1}, 400),
        ("/customers/PSID/message", {"text": "hi", "ago": True}, 400),
        ("/customers/PSID/message", {"attachment": {"type": {}}}, 400),
        ("/customers/PSID/postback", {"title": "Go"}, 400),
        ("/customers/PSID/react", {"mid": "m", "reaction": "shrug"}, 400),
        ("/customers/PSID/react", {"mid": "m", "action": ["react"]}, 400),
        ("/customers/PSID/react", {"mid": "m_unknown"}, 409),
        ("/customers/PSID/person", {}, 400),
        ("/customers/PSID/dance", {}, 404),
    ],
)
def test_a_mistake_is_answered_with_its_remedy(sandbox: "Sandbox", path: str, body: object, status: int) -> None:
    psid = sandbox.customer()
    answer = sandbox.post(path.replace("PSID", psid), body)
    assert answer.status_code == status
    assert answer.json()["error"]


def test_a_psid_may_be_chosen_once(sandbox: "Sandbox") -> None:
    assert sandbox.customer(psid="2000") == "2000"
    assert sandbox.post("/customers", {"psid": "2000"}).status_code == 409


def test_with_several_pages_a_customer_must_name_one(start_sandbox: "StartSandbox") -> None:
    sandbox = start_sandbox(pages={"1001": Page("a", "Tea"), "1002": Page("b", "Coffee")})
    assert sandbox.post("/customers", {}).status_code == 400
    assert sandbox.post("/customers", {"page_id": "1002"}).status_code == 201


def test_health_answers(sandbox: "Sandbox") -> None:
    assert sandbox.get("/health")["status"] == "ok"


def test_a_message_can_be_changed_five_times_and_each_change_is_told(sandbox: "Sandbox", bot: "Bot") -> None:
    psid = sandbox.customer()
    mid = str(bot.wait_for("message")[0]["message"]["mid"])
    for number in range(1, 6):
        assert sandbox.act(psid, "edit", mid=mid, text=f"version {number}").status_code == 200
    told = [item["message_edit"] for item in bot.wait_for("message_edit", 5)]
    assert told == [{"mid": mid, "text": f"version {number}", "num_edit": number} for number in range(1, 6)]
    shown = sandbox.get(f"/thread/{psid}")["messages"][0]
    assert (shown["text"], shown["edited"]) == ("version 5", True)
    assert sandbox.act(psid, "edit", mid=mid, text="version 6").status_code == 409

"""The Send API over real HTTP, judged by the sandbox's own records."""

from typing import TYPE_CHECKING

import pytest
import requests

from botapp.sandbox.app import Page

if TYPE_CHECKING:
    from tests.sandbox.conftest import Bot, Sandbox, StartSandbox


def _codes(response: requests.Response) -> tuple[int, int | None]:
    error = response.json()["error"]
    return error["code"], error.get("error_subcode")


def test_a_send_answers_with_a_message_id_and_is_told_as_echo_and_delivery(sandbox: "Sandbox", bot: "Bot") -> None:
    psid = sandbox.customer()
    answer = sandbox.send(psid, "Hello Alice")
    assert answer.status_code == 200
    mid = answer.json()["message_id"]
    assert answer.json() == {"recipient_id": psid, "message_id": mid}
    assert mid.startswith("m_")
    (echo,) = bot.wait_for("echo")
    assert (echo["sender"]["id"], echo["recipient"]["id"]) == ("1001", psid)
    assert echo["message"]["mid"] == mid
    assert echo["message"]["metadata"] == "our token"
    assert echo["message"]["text"] == "Hello Alice"
    (delivery,) = bot.wait_for("delivery")
    assert delivery["delivery"]["mids"] == [mid]


def test_an_error_has_the_shape_of_graphs(sandbox: "Sandbox") -> None:
    answer = sandbox.send("999")
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert set(error) == {"message", "type", "code", "error_subcode", "fbtrace_id"}
    assert (error["type"], error["code"], error["error_subcode"]) == ("OAuthException", 100, 2018001)


def test_a_wrong_or_missing_token_is_190(sandbox: "Sandbox") -> None:
    psid = sandbox.customer()
    wrong = sandbox.graph("POST", "/me/messages", {"recipient": {"id": psid}}, Authorization="Bearer wrong")
    assert (wrong.status_code, _codes(wrong)) == (400, (190, None))
    missing = sandbox.session.post(f"{sandbox.url}/v25.0/me/messages", json={}, timeout=10)
    assert _codes(missing) == (190, None)
    assert [entry["code"] for entry in sandbox.log("send")] == [190, 190]


def test_the_token_may_be_a_parameter_and_the_body_a_form(sandbox: "Sandbox") -> None:
    psid = sandbox.customer()
    form = {"recipient": f'{{"id":"{psid}"}}', "messaging_type": "RESPONSE", "message": '{"text":"hi"}'}
    url = f"{sandbox.url}/v19.0/1001/messages?access_token=token-of-tea-house"
    assert sandbox.session.post(url, data=form, timeout=10).json()["recipient_id"] == psid


def test_somebody_of_another_page_is_nobody_here(start_sandbox: "StartSandbox") -> None:
    sandbox = start_sandbox(pages={"1001": Page("token-of-tea-house", "Tea"), "1002": Page("other", "Coffee")})
    psid = sandbox.customer(page_id="1002")
    assert _codes(sandbox.send(psid)) == (100, 2018001)
    stranger = sandbox.graph("POST", "/1002/messages", {"recipient": {"id": psid}})
    assert _codes(stranger) == (100, 33)


def test_who_never_wrote_cannot_be_written_to(sandbox: "Sandbox") -> None:
    assert _codes(sandbox.send(sandbox.customer(writes=False))) == (100, 2018001)


def test_the_window_closes_a_day_after_the_last_interaction(sandbox: "Sandbox") -> None:
    psid = sandbox.customer()
    sandbox.clock.move(86400 - 60)
    assert sandbox.send(psid).status_code == 200
    sandbox.clock.move(60)
    assert _codes(sandbox.send(psid)) == (10, 2018278)
    human = sandbox.send(psid, messaging_type="MESSAGE_TAG", tag="HUMAN_AGENT")
    assert human.status_code == 200


def test_a_message_dated_back_opens_only_what_is_left_of_its_window(sandbox: "Sandbox", bot: "Bot") -> None:
    psid = sandbox.customer(writes=False)
    before = sandbox.clock.now().timestamp()
    sandbox.act(psid, "message", text="long ago", ago=86400 - 60)
    assert sandbox.send(psid).status_code == 200
    (message,) = bot.wait_for("message")
    assert message["timestamp"] / 1000 == pytest.approx(before - 86400 + 60, abs=5)
    sandbox.clock.move(61)
    assert _codes(sandbox.send(psid)) == (10, 2018278)


def test_an_older_event_never_moves_the_window_back(sandbox: "Sandbox") -> None:
    psid = sandbox.customer()
    sandbox.act(psid, "message", text="late", ago=100_000)
    assert sandbox.send(psid).status_code == 200


@pytest.mark.parametrize(("action", "reopens"), [("react", True), ("unreact", False)])
def test_a_reaction_reopens_the_window_and_its_removal_does_not(sandbox: "Sandbox", action: str, reopens: bool) -> None:
    psid = sandbox.customer()
    mid = sandbox.send(psid).json()["message_id"]
    sandbox.clock.move(90_000)
    assert sandbox.act(psid, "react", mid=mid, action=action, reaction="love").status_code == 200
    assert (sandbox.send(psid).status_code == 200) is reopens


def test_a_blocked_page_gets_551_until_it_is_unblocked(sandbox: "Sandbox") -> None:
    psid = sandbox.customer()
    sandbox.act(psid, "block")
    assert _codes(sandbox.send(psid)) == (551, 1545041)
    assert sandbox.act(psid, "message", text="hello?").status_code == 409
    sandbox.act(psid, "unblock")
    assert sandbox.send(psid).status_code == 200


def test_sends_beyond_the_limit_of_a_second_are_613(start_sandbox: "StartSandbox") -> None:
    sandbox = start_sandbox(sends_per_second=3)
    psid = sandbox.customer()
    codes = [sandbox.send(psid).status_code for _ in range(5)]
    assert codes[:3] == [200, 200, 200]
    assert codes[4] == 400
    assert sandbox.log("send")[-1]["code"] == 613
    sandbox.clock.move(1.0)
    assert sandbox.send(psid).status_code == 200


def test_every_answer_carries_the_usage_headers(sandbox: "Sandbox") -> None:
    answer = sandbox.send(sandbox.customer())
    assert {"X-App-Usage", "X-Page-Usage", "X-Business-Use-Case-Usage"} <= set(answer.headers)
    assert "X-Page-Usage" in sandbox.send("999").headers


def test_the_log_says_how_the_platform_saw_each_send(sandbox: "Sandbox") -> None:
    psid = sandbox.customer()
    sandbox.send(psid, "one more", messaging_type="UPDATE")
    sandbox.act(psid, "block")
    sandbox.send(psid, "too late")
    accepted, refused = sandbox.log("send")
    assert accepted["accepted"] is True
    assert accepted["is_response"] is False
    assert accepted["metadata"] == "our token"
    assert 86000 < accepted["window_remaining_seconds"] <= 86400
    assert (refused["accepted"], refused["code"], refused["subcode"]) == (False, 551, 1545041)
    assert (refused["blocked"], refused["text"]) == (True, "too late")
    assert "message_id" not in refused
    assert sandbox.log("send", after=accepted["n"]) == [refused]


def test_reads_come_when_the_customer_looks_and_at_once_for_those_who_read_everything(
    sandbox: "Sandbox", bot: "Bot"
) -> None:
    slow, quick = sandbox.customer(), sandbox.customer(auto_read=True)
    sandbox.send(quick)
    (read,) = bot.wait_for("read")
    assert read["sender"]["id"] == quick
    sandbox.send(slow)
    assert sandbox.act(slow, "read").json()["n"] is not None
    assert sandbox.act(slow, "read").json()["n"] is None
    assert bot.wait_for("read", 2)[1]["sender"]["id"] == slow


def test_a_sender_action_answers_the_recipient_only(sandbox: "Sandbox") -> None:
    psid = sandbox.customer()
    answer = sandbox.graph("POST", "/me/messages", {"recipient": {"id": psid}, "sender_action": "typing_on"})
    assert answer.json() == {"recipient_id": psid}
    assert sandbox.get(f"/thread/{psid}")["is_typing"] is True


@pytest.mark.parametrize("body", ["", "[]", "nonsense", '{"recipient":' + "[" * 100_000])
def test_a_body_that_cannot_be_read_is_an_error_of_graphs(sandbox: "Sandbox", body: str) -> None:
    headers = {"Authorization": "Bearer token-of-tea-house", "Content-Type": "application/json"}
    answer = sandbox.session.post(f"{sandbox.url}/v25.0/me/messages", data=body, headers=headers, timeout=10)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, 100)

"""The webhooks of what customers do: signed, in order, repeated until taken."""

import json
from typing import TYPE_CHECKING

import pytest

from botapp.sandbox.events import Event, encode, sign

if TYPE_CHECKING:
    from tests.sandbox.conftest import Bot, Sandbox


def test_body_and_signature_equal_the_vector_of_the_platform_reference() -> None:
    item: dict[str, object] = {
        "sender": {"id": "2000"},
        "recipient": {"id": "1000"},
        "timestamp": 1790000000100,
        "message": {"mid": "m_abc", "text": "äöå 😀 a/b"},
    }
    body = encode([Event("1000", "2000", "message", "messages", item)], 1790000000.123)
    assert len(body) == 225
    assert sign(body, "test_app_secret") == "sha256=679c99cc314247744873d61a69bc81fdd284bc825881eaa3ab18c4c58d4240d8"


def test_what_a_customer_does_arrives_in_the_platforms_shapes(sandbox: "Sandbox", bot: "Bot") -> None:
    psid = sandbox.customer(writes=False)
    sandbox.act(psid, "postback", title="Get Started", payload="GO")
    sandbox.act(psid, "message", text="Yes", quick_reply="YES")
    sandbox.act(psid, "message", attachment={"type": "image", "url": "https://cdn.example/x"})
    (postback,) = bot.wait_for("postback")
    assert postback["sender"]["id"] == psid
    assert postback["postback"]["payload"] == "GO"
    tapped, picture = bot.wait_for("message", 2)
    assert (tapped["message"]["text"], tapped["message"]["quick_reply"]) == ("Yes", {"payload": "YES"})
    assert picture["message"]["attachments"] == [{"type": "image", "payload": {"url": "https://cdn.example/x"}}]
    mids = {postback["postback"]["mid"], tapped["message"]["mid"], picture["message"]["mid"]}
    assert len(mids) == 3


def test_reactions_and_messages_taken_back_arrive(sandbox: "Sandbox", bot: "Bot") -> None:
    psid = sandbox.customer()
    mid = sandbox.send(psid).json()["message_id"]
    sandbox.act(psid, "react", mid=mid, reaction="love")
    sandbox.act(psid, "react", mid=mid, action="unreact")
    on, off = bot.wait_for("reaction", 2)
    assert on["reaction"] == {"mid": mid, "action": "react", "reaction": "love", "emoji": "❤️"}
    assert off["reaction"] == {"mid": mid, "action": "unreact"}
    own = bot.wait_for("message")[0]["message"]["mid"]
    assert sandbox.act(psid, "unsend", mid=own).status_code == 200
    assert bot.wait_for("message", 2)[1]["message"] == {"mid": own, "is_deleted": True}
    assert sandbox.act(psid, "unsend", mid=mid).status_code == 409


def test_a_tapped_quick_reply_carries_the_title_it_was_offered_with(sandbox: "Sandbox", bot: "Bot") -> None:
    psid = sandbox.customer()
    replies = [{"content_type": "text", "title": "Opening hours", "payload": "HOURS"}]
    sandbox.send(psid, message={"text": "How can I help?", "quick_replies": replies})
    sandbox.act(psid, "message", quick_reply="HOURS")
    assert bot.wait_for("message", 2)[1]["message"]["text"] == "Opening hours"


def test_the_order_of_a_page_is_kept(sandbox: "Sandbox", bot: "Bot") -> None:
    psid = sandbox.customer(writes=False)
    for number in range(60):
        sandbox.act(psid, "message", text=str(number))
    texts = [item["message"]["text"] for item in bot.wait_for("message", 60)]
    assert texts == [str(number) for number in range(60)]


def test_a_webhook_is_repeated_unchanged_until_it_is_answered_with_200(sandbox: "Sandbox", bot: "Bot") -> None:
    bot.statuses += [500, 503, 500, 500]
    psid = sandbox.customer()
    bodies = bot.wait_for_bodies(5)
    assert len(set(bodies[:5])) == 1
    bot.wait_for("message")
    sandbox.send(psid)
    bot.wait_for("delivery")
    assert [entry["status"] for entry in sandbox.log("webhook")][:5] == [500, 503, 500, 500, 200]


def test_a_person_takes_the_thread_and_the_bot_hears_the_rest_in_standby(sandbox: "Sandbox", bot: "Bot") -> None:
    psid = sandbox.customer()
    sandbox.act(psid, "person", text="Kim here")
    (taken,) = bot.wait_for("take_thread_control")
    assert taken["take_thread_control"]["new_owner_app_id"] == "263902037430900"
    (echo,) = bot.wait_for("echo", standby=True)
    assert echo["message"]["app_id"] == 263902037430900
    sandbox.act(psid, "message", text="thanks")
    sandbox.act(psid, "postback", title="Menu", payload="MENU")
    bot.wait_for("message", standby=True)
    (postback,) = bot.wait_for("postback", standby=True)
    assert "payload" not in postback["postback"]
    assert sandbox.send(psid).json()["error"]["error_subcode"] == 2018300
    assert sandbox.act(psid, "handback").status_code == 200
    (passed,) = bot.wait_for("pass_thread_control")
    assert passed["pass_thread_control"]["previous_owner_app_id"] == "263902037430900"
    assert sandbox.send(psid).status_code == 200
    assert sandbox.act(psid, "handback").status_code == 409


def test_a_page_hears_only_what_it_subscribes_to(sandbox: "Sandbox", bot: "Bot") -> None:
    subscribed = sandbox.graph("POST", "/me/subscribed_apps?subscribed_fields=messages,message_deliveries")
    assert subscribed.json() == {"success": True}
    psid = sandbox.customer()
    sandbox.send(psid)
    bot.wait_for("delivery")
    assert not [item for item in bot.items if item.get("message", {}).get("is_echo")]
    sandbox.graph("DELETE", "/me/subscribed_apps")
    sandbox.act(psid, "message", text="anybody?")
    sandbox.graph("POST", "/me/subscribed_apps", {"subscribed_fields": ["messages"]})
    sandbox.act(psid, "message", text="hello?")
    texts = [item["message"]["text"] for item in bot.wait_for("message", 2)]
    assert texts == ["hi", "hello?"]


@pytest.mark.parametrize("words", ["\ud800 alone", "a" * 20_000, "</script>", "\x00"])
def test_odd_words_travel_unharmed(sandbox: "Sandbox", bot: "Bot", words: str) -> None:
    psid = sandbox.customer(writes=False)
    body = json.dumps({"text": words})
    url = f"{sandbox.url}/sandbox/customers/{psid}/message"
    sandbox.session.post(url, data=body, headers={"Content-Type": "application/json"}, timeout=10)
    assert bot.wait_for("message")[0]["message"]["text"] == words


def test_the_handshake_is_asked_for_and_judged(sandbox: "Sandbox", bot: "Bot") -> None:
    assert sandbox.post("/verify").json() == {"verified": True}
    bot.verify_token = "another"
    assert sandbox.post("/verify").json() == {"verified": False}

"""Quick replies, buttons, a picture and other languages: written in a file, checked, sent as written, on record."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from botapp.campaign.publish import apply_campaign
from botapp.campaign.wordings import to_table
from botapp.compliance import page_agreement
from botapp.policy.wording import Button, Parts, Wording, hash_of
from botapp.storage import campaigns
from botapp.storage.schema import observed_send
from tests.campaign.files import RULE, faults, read, written
from tests.world import World

PARTS = {
    "name": '"hello"',
    "text": '"Hello {first_name|there}!"',
    "quick_replies": '["Yes, please", "Not now"]',
    "buttons": '[{title = "See it", url = "https://shop.example/x"}, {title = "Call me"}]',
}
PICTURE = {"image": '"https://shop.example/p.jpg"', "text": '"For {first_name|you}\\nStill in our window."'}
LANGUAGES = {
    "name": '"hello"',
    "language": '"en"',
    "text": '{en = "Hello!", de = "Hallo!"}',
    "quick_replies": '{en = ["Yes"], de = ["Ja"]}',
}


@pytest.fixture
def database_url(sqlite_database_url: str) -> str:
    """One database is enough: nothing here is a matter of SQL."""
    return sqlite_database_url


def _file(*tables: Mapping[str, str]) -> str:
    template: dict[str, str] = {}
    for table in tables:
        template |= table
    return written(template, RULE)


def test_what_comes_with_a_text_is_read() -> None:
    [draft] = read(_file(PARTS, PICTURE)).templates
    buttons = (Button("See it", "https://shop.example/x"), Button("Call me"))
    assert draft.template.parts == Parts(("Yes, please", "Not now"), buttons, "https://shop.example/p.jpg")


def test_each_language_has_its_own_words_and_a_plain_text_stays_one() -> None:
    [draft] = read(_file(LANGUAGES)).templates
    assert list(draft.template.wordings.items()) == [
        ("en", Wording("Hello!", Parts(("Yes",)))),
        ("de", Wording("Hallo!", Parts(("Ja",)))),
    ]
    [plain] = read(written()).templates
    assert list(plain.template.wordings) == ["en"]


@pytest.mark.parametrize("tables", [(PARTS,), (PARTS, PICTURE), (LANGUAGES,)])
def test_what_was_read_is_written_as_it_stood(tables: tuple[dict[str, str], ...]) -> None:
    [draft] = read(_file(*tables)).templates
    table = {"name": "hello", "purpose": "service", **to_table(draft.template.wordings)}
    [again] = read(json.dumps({"templates": [table]})).templates
    assert again == draft


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"quick_replies": json.dumps([f"Title {n}" for n in range(13)])}, "at most 12"),
        ({"quick_replies": '["A title of twenty-one"]'}, "at most 20"),
        ({"quick_replies": '["Hi {first_name}"]'}, "leave the braces out"),
        ({"quick_replies": '["Yes", "Yes"]'}, "one stands twice"),
        ({"quick_replies": '["two\\nlines"]'}, "is no title"),
        ({"quick_replies": '"Yes"'}, "write a list"),
        ({"buttons": '[{title = "1"}, {title = "2"}, {title = "3"}, {title = "4"}]'}, "at most 3"),
        ({"buttons": '[{title = "See it", url = "http://shop.example"}]'}, "begins with https://"),
        ({"buttons": '[{title = "See it", url = "https://me@shop.example"}]'}, "begins with https://"),
        ({"buttons": '[{title = "See it", url = "javascript:alert(1)"}]'}, "begins with https://"),
        ({"buttons": '[{title = "See it", payload = "botapp:start"}]'}, "unknown key"),
        ({"buttons": '[{url = "https://shop.example"}]'}, "title: is missing"),
        ({"text": f'"{"x" * 641}"'}, "with buttons it has at most 640"),
        ({"image": '"https://shop.example/p.jpg"', "text": f'"{"x" * 81}"'}, "with a picture"),
        ({"image": '"/p.jpg"'}, "begins with https://"),
        ({"text": '{en = "Hello"}'}, "so write it for each"),
    ],
)
def test_what_the_platform_would_not_take_is_refused(changes: dict[str, str], told: str) -> None:
    assert any(told in fault for fault in faults(_file(PARTS, changes)))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"language": '"fr"'}, "there is no text in 'fr'"),
        ({"quick_replies": '{en = ["Yes"]}'}, "is missing in 'de'"),
        ({"quick_replies": '{en = ["Yes"], de = ["Ja"], fr = ["Oui"]}'}, "there is no text in 'fr'"),
        ({"text": '{en = "Hello!", de = "Hallo {nickname}!"}'}, "de.text: unknown placeholder"),
        ({"text": '{en = "Hello!", German = "Hallo!"}'}, "is no language"),
        ({"text": '{en = "Hello!", de = 5}'}, "de.text: must be a text"),
        ({"text": "{}"}, "there is no text in 'en'"),
    ],
)
def test_what_is_wrong_in_any_language_is_refused(changes: dict[str, str], told: str) -> None:
    assert any(told in fault for fault in faults(_file(LANGUAGES, changes)))


def _sent_with(world: World, template: Mapping[str, str], **profile: Any) -> dict[str, Any]:
    """The re-engagement that a customer gets of it, as the platform took it."""
    campaign = read(_file(template).replace('"4h"', '"1h"').replace("a-rule", "after-a-while"))
    apply_campaign(world.installation.database, world.account.id, campaign, publish=True)
    psid = world.add_customer(**profile)
    world.says(psid, ago=timedelta(hours=5))
    world.until_answered()
    world.replan()
    world.work()
    [sent] = world.proactive(psid)
    return sent


def _claimed(world: World) -> tuple[dict[str, Any], dict[str, Any]]:
    [entry] = [e for e in world.ledger() if e.kind == "claimed"]
    return json.loads(entry.details), json.loads(entry.private)


def test_buttons_and_quick_replies_arrive_with_the_way_out_beside_them(world: World) -> None:
    sent = _sent_with(world, PARTS, name="Alice Ng")
    payload = sent["attachment"]["payload"]
    assert (payload["template_type"], payload["text"]) == ("button", "Hello Alice!")
    assert [button["type"] for button in payload["buttons"]] == ["web_url", "postback"]
    assert [reply["title"] for reply in sent["quick_replies"]] == ["Yes, please", "Not now", "Stop"]
    details, private = _claimed(world)
    [stored] = [t for t in _live(world).values() if t.name == "hello"]
    buttons = (Button("See it", "https://shop.example/x"), Button("Call me"))
    assert details["template_hash"] == hash_of(Wording(stored.text, Parts(("Yes, please", "Not now"), buttons)))
    assert private["buttons"] == ["Yes, please", "Not now", "See it", "Call me", "Stop"]
    with world.installation.database.reading() as connection:
        assert list(page_agreement.differences(1, page_agreement.load(connection, 1))) == []


def test_a_picture_comes_as_a_card_with_a_title_and_what_stands_below(world: World) -> None:
    sent = _sent_with(world, {**PARTS, **PICTURE}, name="Alice Ng")
    [card] = sent["attachment"]["payload"]["elements"]
    assert (card["title"], card["subtitle"]) == ("For Alice", "Still in our window.")
    assert card["image_url"] == "https://shop.example/p.jpg"
    assert len(card["buttons"]) == 2


def test_a_plain_text_has_the_way_out_too_and_a_tap_on_it_stops_us(world: World) -> None:
    world.says(psid := world.add_customer(), ago=timedelta(hours=5))
    world.until_answered()
    world.work()
    [sent] = world.proactive(psid)
    [way_out] = sent["quick_replies"]
    tapped = {"text": way_out["title"], "quick_reply": {"payload": way_out["payload"]}}
    world.receives(psid, {"message": {"mid": "m_tap", **tapped}})
    assert [json.loads(e.details)["scope"] for e in world.ledger() if e.kind == "suppression_set"] == ["stop"]


@pytest.mark.parametrize(
    ("locale", "text", "language"), [("de_DE", "Hallo!", "de"), ("fr_FR", "Hello!", "en"), ("en_GB", "Hello!", "en")]
)
def test_everybody_is_written_to_in_their_language_or_the_templates(
    world: World, locale: str, text: str, language: str
) -> None:
    sent = _sent_with(world, LANGUAGES, locale=locale)
    assert sent["text"] == text
    details, _ = _claimed(world)
    assert details["template_language"] == language
    assert details["template_hash"] == hash_of(Wording(text, Parts(("Ja",) if language == "de" else ("Yes",))))


@pytest.mark.parametrize("kind", ["quick_reply", "postback"])
def test_a_tap_is_counted_as_pressed_and_answered_as_its_words(world: World, kind: str) -> None:
    sent = _sent_with(world, PARTS)
    psid = sent["psid"]
    if kind == "quick_reply":
        reply = sent["quick_replies"][0]
        item = {"message": {"mid": "m_tap", "text": reply["title"], "quick_reply": {"payload": reply["payload"]}}}
    else:
        button = sent["attachment"]["payload"]["buttons"][1]
        item = {"postback": {"mid": "m_tap", "title": button["title"], "payload": button["payload"]}}
    world.receives(psid, item)
    world.until_answered()
    assert world.replies()[-1].state == "sent"
    world.installation.sealer().seal()
    world.installation.outcome_keeper().advance()
    [watched] = world.rows(observed_send)
    assert "pressed" in watched.seen


def _live(world: World) -> Mapping[str, campaigns.StoredTemplate]:
    with world.installation.database.reading() as connection:
        return campaigns.load_live_templates(connection, world.account.id)

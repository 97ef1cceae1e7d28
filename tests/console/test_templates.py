"""Templates on the console: written by one, approved by another, shown as customers read them."""

import re

import pytest

from botapp.policy.access import Role
from botapp.storage.schema import template_stage
from tests.console.office import Browser, Office

WORDS = {"name": "come-back", "text": "Hello {first_name|there}, shall we look together?", "language": "en"}


def _write(browser: Browser, **changes: str) -> str:
    """Where the version is that was kept."""
    answer = browser.post("/templates/pages/1/write", **{**WORDS, "purpose": "service", **changes})
    assert answer.status_code == 303, answer.text
    return str(answer.location).removeprefix("/console")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"text": "Hello {nickname}"}, "unknown placeholder"),
        ({"text": "We noticed that you were looking at shoes."}, "tracking"),
        ({"text": "Today 20 % off for you."}, "advertises"),
        ({"text": "x" * 2000}, "has 2000 characters"),
        ({"name": ""}, "name: must be a text"),
        ({"purpose": "anything"}, "purpose: is"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_kept_or_lost(office: Office, changes: dict[str, str], told: str) -> None:
    browser = office.browse_as("mia", Role.MARKETER)
    before = len(office.world.rows(template_stage))
    typed = {**WORDS, "purpose": "service", **changes}
    for address, status in (("check", 200), ("write", 422)):
        answer = browser.post(f"/templates/pages/1/{address}", **typed)
        assert answer.status_code == status
        assert told in answer.text
        assert typed["text"] in answer.text
    assert len(office.world.rows(template_stage)) == before


def test_worst_cases_are_shown_and_markup_stays_words(office: Office) -> None:
    browser = office.browse_as("mia", Role.MARKETER)
    page = browser.get(_write(browser, text="<b>Hello</b> {first_name|there}, your {interest} is here.")).text
    assert "&lt;b&gt;Hello" in page
    assert "<b>Hello" not in page
    assert "محمد" in page
    assert "Not sent: " in page  # nothing is known, and an interest has nothing that stands in for it
    for platform in ("Messenger", "Instagram", "WhatsApp", "Telegram"):
        assert platform in page


def test_a_chosen_customer_is_shown_to_those_who_may_read_about_people(office: Office) -> None:
    psid = office.world.add_customer("Alice Ng")
    office.world.says(psid)
    office.world.until_answered()
    [contact] = office.world.contacts()
    admin, marketer = office.browse_as("ada", Role.ADMIN), office.browse_as("mia", Role.MARKETER)
    version = _write(admin)
    assert "Hello Alice, shall" in admin.get(f"{version}?contact={contact.id}").text
    assert "Alice" not in marketer.get(f"{version}?contact={contact.id}").text
    assert admin.get(f"{version}?contact=4711").status_code == 404
    assert f"Customer {contact.id}" in admin.get(version).text  # who wrote last
    assert "Customer" not in re.sub("Customer&#39;s|customers", "", marketer.get(version).text)


def test_two_versions_are_compared_word_by_word(office: Office) -> None:
    browser = office.browse_as("mia", Role.MARKETER)
    _write(browser)
    page = browser.get(_write(browser, text="Hello {first_name|there}, shall we talk together?")).text
    assert "<del>look</del><ins>talk</ins>" in page


_MORE = {
    "quick_replies": "Yes, please\r\nNot now",
    "buttons": "See it | https://shop.example/x\r\nCall me",
    "text-de": "Hallo {first_name|Sie}, schauen wir zusammen?",
    "quick_replies-de": "Ja, bitte\r\nNicht jetzt",
    "buttons-de": "Ansehen | https://shop.example/de\r\nAnrufen",
}


def test_what_can_be_tapped_and_other_languages_are_written_kept_and_shown(office: Office) -> None:
    browser = office.browse_as("mia", Role.MARKETER)
    version = _write(browser, **_MORE)
    page = browser.get(version).text
    for shown in ("Yes, please", "Call me", "Ja, bitte", "https://shop.example/de", "In de", "Stopp"):
        assert shown in page
    assert "<td>en, de</td>" in browser.get("/templates/").text
    form = browser.get("/templates/pages/1/write?name=come-back").text
    assert "Ansehen | https://shop.example/de" in form
    changed = _write(browser, **_MORE | {"quick_replies-de": "Ja, gern\r\nNicht jetzt"})
    assert "<del>bitte</del><ins>gern</ins>" in browser.get(changed).text


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"quick_replies-de": ""}, "is missing in &#39;de&#39;"),
        ({"quick_replies-de": "Jetzt 20 % Rabatt\r\nNein"}, "advertises"),
        ({"text-de": "Wir haben gesehen, dass Sie Schuhe angesehen haben."}, "tracking"),
        ({"buttons": "See it | http://shop.example"}, "begins with https://"),
    ],
)
def test_what_is_wrong_in_any_part_or_language_is_said(office: Office, changes: dict[str, str], told: str) -> None:
    browser = office.browse_as("mia", Role.MARKETER)
    refused = browser.post("/templates/pages/1/write", **WORDS, purpose="service", **_MORE | changes)
    assert refused.status_code == 422
    assert told in refused.text
    assert "Not now" in refused.text


def test_what_a_platform_would_not_carry_is_shown(office: Office) -> None:
    browser = office.browse_as("mia", Role.MARKETER)
    replies = "\r\n".join(f"Choice {n}" for n in range(12))
    links = "\r\n".join(f"Page {n} | https://shop.example/{n}" for n in range(3))
    page = browser.get(_write(browser, quick_replies=replies, buttons=links)).text
    assert "10 of 13 quick replies" in page
    assert "1 of 3 links" in page

"""Templates on the console: written by one, approved by another, shown as customers read them."""

import re
from html import unescape

import pytest

from botapp.campaign.file import TemplateDraft
from botapp.campaign.templates import TemplateDesk
from botapp.policy.access import ALL_PAGES, Role
from botapp.policy.rule import LiveTemplate
from botapp.storage import campaigns
from botapp.storage.schema import template_stage
from tests.console.office import Browser, Office

WORDS = {"name": "come-back", "text": "Hello {first_name|there}, shall we look together?", "language": "en"}


def _logged_in(office: Office, name: str, role: Role, page: int = ALL_PAGES) -> Browser:
    browser = office.browser()
    browser.log_in(office.hire(name, role, page=page, second_factor=role is not Role.MARKETER))
    return browser


def _write(browser: Browser, **changes: str) -> str:
    """Where the version is that was kept."""
    answer = browser.post("/templates/pages/1/write", **{**WORDS, "purpose": "service", **changes})
    assert answer.status_code == 303, answer.text
    return str(answer.location).removeprefix("/console")


def _step(browser: Browser, version: str, step: str, why: str = "") -> int:
    return browser.post(version.replace("/versions/", f"/{step}/"), why=why).status_code


def _offered(browser: Browser, version: str) -> list[str]:
    """The steps that the page of a version has buttons for."""
    return re.findall(r'action="/console/templates/pages/1/(\w+)/', browser.get(version).text)


def _live(office: Office) -> dict[str, str]:
    with office.world.installation.database.reading() as connection:
        return {name: t.text for name, t in campaigns.load_live_templates(connection, 1).items()}


def test_one_writes_another_approves_and_then_it_is_live(office: Office) -> None:
    marketer, approver = _logged_in(office, "mia", Role.MARKETER), _logged_in(office, "ann", Role.APPROVER)
    version = _write(marketer)
    assert _offered(marketer, version) == ["submit", "retire"]
    assert _step(marketer, version, "submit") == 303
    assert _offered(marketer, version) == ["return", "retire"]
    assert _step(marketer, version, "approve") == 403
    assert _step(marketer, version, "publish") == 409
    assert _offered(approver, version) == ["approve", "return"]
    assert _step(approver, version, "approve") == 303
    assert _step(approver, version, "publish") == 403
    assert _step(marketer, version, "publish") == 303
    assert _live(office)["come-back"] == WORDS["text"]
    page = marketer.get(version).text
    assert "Mia" in page
    assert "Ann" in page


def test_an_admin_does_both_but_never_with_their_own(office: Office) -> None:
    alice, bob = (_logged_in(office, name, Role.ADMIN) for name in ("alice", "bob"))
    version = _write(alice)
    assert _step(alice, version, "submit") == 303
    assert "approve" not in _offered(alice, version)
    refused = alice.post(version.replace("/versions/", "/approve/"))
    assert refused.status_code == 409
    assert "another person approves it" in refused.text
    assert _step(bob, version, "approve") == 303


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.APPROVER, Role.OPERATOR])
def test_who_does_not_write_campaigns_keeps_no_draft(office: Office, role: Role) -> None:
    browser = _logged_in(office, "kim", role)
    browser.get("/account")
    assert browser.post("/templates/pages/1/write", **WORDS, purpose="service").status_code == 403
    assert browser.post("/templates/pages/1/check", **WORDS, purpose="service").status_code == 403


def test_a_marketer_of_another_page_finds_nothing(office: Office) -> None:
    version = _write(_logged_in(office, "mia", Role.MARKETER))
    other = _logged_in(office, "max", Role.MARKETER, page=office.world.add_page("1001").id)
    assert "come-back" not in other.get("/templates/").text
    assert other.get(version).status_code == 404
    assert _step(other, version, "submit") == 404


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
    browser = _logged_in(office, "mia", Role.MARKETER)
    before = len(office.world.rows(template_stage))
    typed = {**WORDS, "purpose": "service", **changes}
    for address, status in (("check", 200), ("write", 422)):
        answer = browser.post(f"/templates/pages/1/{address}", **typed)
        assert answer.status_code == status
        assert told in answer.text
        assert typed["text"] in answer.text
    assert len(office.world.rows(template_stage)) == before


def test_worst_cases_are_shown_and_markup_stays_words(office: Office) -> None:
    browser = _logged_in(office, "mia", Role.MARKETER)
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
    admin, marketer = _logged_in(office, "ada", Role.ADMIN), _logged_in(office, "mia", Role.MARKETER)
    version = _write(admin)
    assert "Hello Alice, shall" in admin.get(f"{version}?contact={contact.id}").text
    assert "Alice" not in marketer.get(f"{version}?contact={contact.id}").text
    assert admin.get(f"{version}?contact=4711").status_code == 404
    assert f"Customer {contact.id}" in admin.get(version).text  # who wrote last
    assert "Customer" not in re.sub("Customer&#39;s|customers", "", marketer.get(version).text)


def test_two_versions_are_compared_word_by_word(office: Office) -> None:
    browser = _logged_in(office, "mia", Role.MARKETER)
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
    browser = _logged_in(office, "mia", Role.MARKETER)
    version = _write(browser, **_MORE)
    page = browser.get(version).text
    for shown in ("Yes, please", "Call me", "Ja, bitte", "https://shop.example/de", "In de", "Stopp"):
        assert shown in page
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
    browser = _logged_in(office, "mia", Role.MARKETER)
    refused = browser.post("/templates/pages/1/write", **WORDS, purpose="service", **_MORE | changes)
    assert refused.status_code == 422
    assert told in refused.text
    assert "Not now" in refused.text


def test_what_a_platform_would_not_carry_is_shown(office: Office) -> None:
    browser = _logged_in(office, "mia", Role.MARKETER)
    replies = "\r\n".join(f"Choice {n}" for n in range(12))
    links = "\r\n".join(f"Page {n} | https://shop.example/{n}" for n in range(3))
    page = browser.get(_write(browser, quick_replies=replies, buttons=links)).text
    assert "10 of 13 quick replies" in page
    assert "1 of 3 links" in page


def test_a_name_with_a_slash_has_its_page(office: Office) -> None:
    draft = TemplateDraft(LiveTemplate("summer/hello ?&", 0, "Hello", "en"), "service")
    TemplateDesk(office.world.installation.database).write(1, draft, by=1)
    browser = _logged_in(office, "mia", Role.MARKETER)
    [address] = re.findall(
        r'href="/console(/templates/pages/1/versions/1/summer[^"]*)"', browser.get("/templates/").text
    )
    assert browser.get(unescape(address)).status_code == 200
    assert _step(browser, unescape(address), "submit") == 303

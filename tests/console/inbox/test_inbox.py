"""The inbox: who waits stands first, each role sees and does what it may, and no word is lost."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import update

from botapp.doctor import examine
from botapp.policy.access import Role
from botapp.storage.schema import handover, inbound_event
from tests.console.office import Browser, Office


def ask(office: Office, name: str = "Alice Ng", text: str = "I want to talk to a person") -> str:
    """Somebody asks for a person; where their conversation is in the inbox."""
    world = office.world
    psid = world.add_customer(name)
    world.says(psid, text)
    world.until_answered()
    [contact] = [c for c in world.contacts() if c.platform_contact_id == psid]
    [found] = [h for h in world.rows(handover) if h.contact_id == contact.id]
    return f"/inbox/pages/{found.account_id}/contacts/{found.contact_id}/{found.number}"


def logged_in(office: Office, name: str, role: Role) -> Browser:
    browser = office.browser()
    browser.log_in(office.hire(name, role, second_factor=role is not Role.MARKETER))
    return browser


def test_the_longest_waiting_stands_first_and_who_waits_too_long_is_marked(office: Office) -> None:
    ask(office, "Alice Ng")
    first = ask(office, "Bob Okafor")
    with office.world.installation.database.transaction() as connection:
        bob = handover.c.contact_id == int(first.split("/")[5])
        old = office.world.rows(handover)[0].requested_at - timedelta(minutes=20)
        connection.execute(update(handover).where(bob).values(requested_at=old))
    page = logged_in(office, "kim", Role.OPERATOR).get("/inbox/").text
    assert page.index("Bob Okafor") < page.index("Alice Ng")
    assert page.count("over the target") == 1
    assert "for 20 min" in page


@pytest.mark.parametrize(
    ("role", "reads", "answers"),
    [
        (Role.OPERATOR, True, True),
        (Role.ADMIN, True, True),
        (Role.AUDITOR, True, False),
        (Role.MARKETER, False, False),
        (Role.APPROVER, False, False),
    ],
)
def test_each_role_sees_and_does_what_it_may(office: Office, role: Role, reads: bool, answers: bool) -> None:
    where, browser = ask(office), logged_in(office, "kim", role)
    for path in ("/inbox/", where, f"/inbox/pages/{office.world.account.id}/answers"):
        assert (browser.get(path).status_code == 200) is reads
    assert ("Take it on" in browser.get(where).text) is answers
    assert (browser.post(f"{where}/claim").status_code == 303) is answers
    assert (office.world.rows(handover)[0].state == "claimed") is answers


def test_an_operator_of_another_page_finds_nothing(office: Office) -> None:
    where, other = ask(office), office.world.add_page("1001")
    browser = office.browser()
    browser.log_in(office.hire("kim", Role.OPERATOR, page=other.id))
    assert "Alice Ng" not in browser.get("/inbox/").text
    assert browser.get(where).status_code == 404
    assert browser.post(f"{where}/claim").status_code == 404


def test_a_conversation_is_read_answered_and_handed_back_without_a_script(office: Office) -> None:
    where, browser = ask(office), logged_in(office, "kim", Role.OPERATOR)
    page = browser.get(where).text
    assert "I want to talk to a person" in page
    assert "I have asked our team" in page
    browser.post(f"{where}/claim")
    page = browser.get(where).text
    assert "You can answer until" in page
    [nonce] = re.findall(r'name="nonce" value="([^"]+)"', page)
    for _ in range(2):  # sent twice by an impatient hand
        assert browser.post(f"{where}/answer", text="Hello, <b>Kim</b> here.", nonce=nonce).status_code == 303
    office.world.until_answered()
    sent = office.world.accepted()[-1]["text"]
    assert sent.endswith("Hello, <b>Kim</b> here.")
    assert len(office.world.accepted()) == 2
    page = browser.get(where).text
    assert "&lt;b&gt;Kim&lt;/b&gt;" in page
    assert "<b>Kim</b>" not in page
    assert browser.post(f"{where}/hand-back").status_code == 303
    assert "back with the bot" in browser.get(where).text


def test_what_was_written_is_not_lost_when_it_cannot_be_sent(office: Office) -> None:
    where, kim, alex = ask(office), *(logged_in(office, n, Role.OPERATOR) for n in ("kim", "alex"))
    kim.get(where)
    kim.post(f"{where}/claim")
    staff_id = office.world.rows(handover)[0].staff_id
    alex.get(where)
    assert alex.post(f"{where}/claim").status_code == 409
    assert alex.post(f"{where}/claim", known=str(staff_id)).status_code == 303
    answer = kim.post(f"{where}/answer", text="my careful words", nonce="n")
    assert answer.status_code == 409
    assert "Take the conversation on first" in answer.text
    assert "my careful words" not in office.world.accepted()[-1]["text"]


def test_what_is_forgotten_says_so_and_the_rest_is_still_read(office: Office) -> None:
    where, browser = ask(office), logged_in(office, "eve", Role.AUDITOR)
    with office.world.installation.database.transaction() as connection:
        connection.execute(update(inbound_event).values(raw=""))
    page = browser.get(where).text
    assert "removed: kept no longer" in page
    assert "I want to talk to a person" not in page
    assert "I have asked our team" in page


def test_a_canned_answer_is_put_into_the_form_and_not_sent_by_itself(office: Office) -> None:
    where, browser = ask(office), logged_in(office, "kim", Role.OPERATOR)
    own = f"/inbox/pages/{office.world.account.id}/answers"
    browser.get(own)
    assert browser.post(own, name="Opening hours", language="en", text="We open at nine.").status_code == 303
    assert browser.post(own, name="", language="en", text="x").status_code == 422
    browser.get(where)
    browser.post(f"{where}/claim")
    page = browser.get(f"{where}?canned=en:Opening+hours").text
    assert re.search(r"<textarea[^>]*>We open at nine\.</textarea>", page)
    office.world.until_answered()
    assert len(office.world.accepted()) == 1
    browser.post(own, name="Opening hours", language="en", text="")
    assert "We open at nine" not in browser.get(own).text


def test_an_erased_customer_is_not_found_any_more(office: Office) -> None:
    where, browser = ask(office), logged_in(office, "kim", Role.OPERATOR)
    psid = office.world.contacts()[0].platform_contact_id
    office.world.receives(
        psid, {"message": {"mid": "m_del", "text": "x", "quick_reply": {"payload": "botapp:delete:yes"}}}
    )
    office.world.until_answered()
    assert office.world.carry_out_deletions() == 1
    assert browser.get(where).status_code == 404
    assert office.world.rows(handover) == []


def test_those_who_watch_the_house_see_who_waits_too_long(office: Office) -> None:
    ask(office)
    with office.world.installation.database.transaction() as connection:
        old = office.world.rows(handover)[0].requested_at - timedelta(hours=1)
        connection.execute(update(handover).values(requested_at=old))
    figures = office.app.test_client().get("/metrics").text
    assert 'botapp_handovers{page="1000",state="queued"} 1.0' in figures
    assert "botapp_handovers_late 1.0" in figures
    assert re.search(r"botapp_handover_oldest_seconds 36\d\d", figures)


def test_the_doctor_finds_a_queue_that_nobody_reads(office: Office) -> None:
    [before] = [f for f in examine(office.world.installation) if f.what == "inbox"]
    ask(office)
    with office.world.installation.database.transaction() as connection:
        old = office.world.rows(handover)[0].requested_at - timedelta(hours=1)
        connection.execute(update(handover).values(requested_at=old))
    [after] = [f for f in examine(office.world.installation) if f.what == "inbox"]
    assert (before.holds, after.holds) == (True, False)
    assert after.remedy.endswith("/console/inbox")

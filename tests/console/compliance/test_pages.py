"""The desk's pages tell what happened, to those who may know, and nothing to others."""

import re
from datetime import timedelta
from html import unescape

import pytest

from botapp.audit.proof import Proof
from botapp.audit.tree import leaf_hash
from botapp.policy.access import Role
from tests.console.compliance.conftest import Day
from tests.console.compliance.visitor import Visitor

_TAGS = re.compile(r"<[^>]+>")


def text(page: str) -> str:
    """What a reader sees of it."""
    return " ".join(unescape(_TAGS.sub(" ", page)).split())


def test_the_overview_tells_what_is_on_record_and_what_it_came_to(day: Day) -> None:
    seen = text(day.log_in().reads("/"))
    entries = len(day.world.ledger()) + len(day.world.page_ledger())
    assert f"Entries sealed {entries}" in seen
    assert f"over {entries} entries" in seen
    assert "Messages sent 1" in seen
    assert "The customer said STOP. 1" in seen
    assert "No message has crossed a no." in seen


def test_the_overview_counts_the_days_that_were_asked_for(sqlite_day: Day) -> None:
    auditor = sqlite_day.log_in()
    assert "Messages sent 1" in text(auditor.reads("/?days=7"))
    assert "Messages sent 1" in text(auditor.reads("/?days=nonsense"))


def test_a_search_finds_what_was_asked_for_and_nothing_else(sqlite_day: Day) -> None:
    auditor = sqlite_day.log_in()
    assert auditor.reads("/search?kind=sent").count('<td role="cell" class="what">') == 1
    assert auditor.reads("/search?reason=stopped").count('<td role="cell" class="what">') == 1
    assert "Nothing found" in auditor.reads("/search?kind=failed")
    assert "Nothing found" in auditor.reads("/search?until=2001-01-01T00:00")


@pytest.mark.parametrize(
    "typed", ["since=soon", "until=2026-13-01", "page=one", "before=-1", "before=9999999999999999999"]
)
def test_what_cannot_be_read_is_said_to_be_so(sqlite_day: Day, typed: str) -> None:
    answer = sqlite_day.log_in().get(f"/search?{typed}")
    assert answer.status_code == 400
    assert "That did not work" in answer.text


def test_a_person_is_found_by_the_platforms_id_and_it_stays_out_of_addresses(sqlite_day: Day) -> None:
    found = sqlite_day.log_in().post("/people", person=sqlite_day.bob)
    assert found.status_code == 303
    assert found.location.endswith(sqlite_day.contact(sqlite_day.bob))
    assert sqlite_day.bob not in found.location
    nobody = sqlite_day.log_in().post("/people", person="99999")
    assert nobody.status_code == 404
    assert "Nobody is known by this id" in nobody.text


def test_a_timeline_tells_the_whole_story_with_reasons_and_windows(day: Day) -> None:
    auditor = day.log_in()
    alice, bob = (auditor.reads(day.contact(psid)) for psid in (day.alice, day.bob))
    assert "Message sent" in text(alice)
    assert "Message taken up" in text(alice)
    assert alice.count('class="window"') == 1
    assert "Stop or pause set" in text(bob)
    assert "The customer said STOP." in text(bob)
    assert bob.count('class="stop"') == 1


def test_an_entry_is_shown_with_a_proof_that_holds(day: Day) -> None:
    auditor = day.log_in()
    path = f"{day.contact(day.bob)}/entries/1"
    assert "root of the checkpoint" in text(auditor.reads(path))
    leaf, proof = auditor.get(f"{path}/leaf").data, auditor.get(f"{path}/proof")
    assert proof.headers["Content-Disposition"].startswith("attachment")
    signer = day.world.installation.signer
    checkpoint = Proof.parse(proof.text).verify(leaf_hash(leaf), signer.origin, signer.public_keys())
    assert checkpoint.size > 1
    with pytest.raises(ValueError, match="path does not lead"):
        Proof.parse(proof.text).verify(leaf_hash(leaf + b" "), signer.origin, signer.public_keys())


def test_an_entry_that_is_not_signed_yet_says_so(sqlite_day: Day) -> None:
    sqlite_day.world.says(sqlite_day.alice, "one more thing")
    newest = max(
        row.sequence
        for row in sqlite_day.world.ledger()
        if f"/contacts/{row.contact_id}" in sqlite_day.contact(sqlite_day.alice)
    )
    path = f"{sqlite_day.contact(sqlite_day.alice)}/entries/{newest}"
    auditor = sqlite_day.log_in()
    assert "It is not signed for yet" in auditor.reads(path)
    assert auditor.get(f"{path}/proof").status_code == 404


def test_a_past_instant_shows_what_was_true_then(day: Day) -> None:
    auditor, path = day.log_in(), f"{day.contact(day.bob)}/as-of"
    now = day.world.installation.clock.now()
    assert "stop since" in text(auditor.reads(path))
    first = min(row.recorded_at for row in day.world.ledger() if f"/{row.contact_id}" in day.contact(day.bob))
    before = text(auditor.reads(f"{path}?at={(first + timedelta(microseconds=1)).isoformat().replace('+', '%2B')}"))
    assert "Noes in force none" in before
    assert "Noes in force none" in text(auditor.reads(f"{path}?step=0"))
    assert "stop since" in text(auditor.reads(f"{path}?at={(now + timedelta(days=9)).isoformat().replace('+', '%2B')}"))


@pytest.mark.parametrize("at", ["0001-01-01T00:00", "2000-01-01T00:00", "9999-12-31T23:59:59"])
def test_an_instant_may_lie_before_or_after_everything(sqlite_day: Day, at: str) -> None:
    seen = text(sqlite_day.log_in().reads(f"{sqlite_day.contact(sqlite_day.bob)}/as-of?at={at}"))
    assert ("Known by 0 entries" in seen) == (at < "2020")


def test_settings_in_force_and_their_history_are_shown(day: Day) -> None:
    seen = text(day.log_in().reads("/settings"))
    assert "1 day, from the latest message of the customer" in seen
    assert "after-a-while, version 1" in seen
    assert "Wording published" in seen


def test_long_lists_go_on_page_by_page(sqlite_day: Day) -> None:
    for number in range(45):
        sqlite_day.world.says(sqlite_day.alice, f"message {number}")
    sqlite_day.seal()
    auditor = sqlite_day.log_in()
    for path in ("/search", sqlite_day.contact(sqlite_day.alice)):
        seen: list[str] = []
        following: str | None = path
        while following:
            page = auditor.reads(following)
            seen += re.findall(r'href="([^"]+/entries/\d+)"', page)
            found = re.search(r'rel="next" href="/console/compliance([^"]+)"', page)
            following = unescape(found[1]) if found else None
        assert len(seen) == len(set(seen)) > 50, path


@pytest.fixture
def stranger(day: Day) -> Visitor:
    """An auditor of another page."""
    return day.log_in(Role.AUDITOR, day.world.add_page("1001").id)


def test_what_belongs_to_another_page_is_not_there(day: Day, stranger: Visitor) -> None:
    contact = day.contact(day.alice)
    for path in (
        contact,
        f"{contact}/entries/1",
        f"{contact}/entries/1/proof",
        f"{contact}/as-of",
        "/pages/0/contacts/0",
    ):
        assert stranger.get(path).status_code == 404, path
    assert stranger.post(f"{contact}/bundle").status_code == 404


def test_an_auditor_of_one_page_searches_and_counts_only_there(day: Day, stranger: Visitor) -> None:
    day.seal()
    assert stranger.reads("/search").count('<td role="cell" class="what">') == 1  # their page was added
    assert "Nothing found" in stranger.reads(f"/search?page={day.world.account.id}")
    assert "Nothing found" in stranger.reads("/search?page=0")
    assert "The customer wrote" not in text(stranger.reads("/")).partition("To look at")[0].replace(
        "The customer wrote 0", ""
    )
    assert stranger.post("/people", person=day.alice).status_code == 404
    assert stranger.post("/checks").status_code == 403


def test_who_may_not_take_anything_out_sees_nothing_that_names_a_person(sqlite_day: Day) -> None:
    operator, auditor = sqlite_day.log_in(Role.OPERATOR), sqlite_day.log_in()
    contact, bob = sqlite_day.contact(sqlite_day.bob), sqlite_day.bob
    entries = [row for row in sqlite_day.world.ledger() if contact.endswith(f"/{row.contact_id}")]
    keys = {row.evidence_key for row in entries if row.evidence_key}
    for path, names in {contact: {bob}, f"{contact}/as-of": keys, f"{contact}/entries/1": keys}.items():
        assert any(name in auditor.reads(path) for name in names), path
        assert not any(name in operator.reads(path) for name in keys | {bob}), path


@pytest.mark.parametrize("role", [Role.MARKETER, Role.APPROVER])
def test_others_do_not_come_in(sqlite_day: Day, role: Role) -> None:
    visitor = sqlite_day.log_in(role)
    assert {visitor.get(path).status_code for path in ("/", "/search", "/exports", "/requests", "/settings")} == {403}


@pytest.mark.parametrize("path", ["/pages/1/contacts/99", "/pages/99/contacts/1", "/pages/1/contacts/1/entries/1"])
def test_what_does_not_exist_is_not_there(sqlite_day: Day, path: str) -> None:
    assert sqlite_day.log_in().get(path).status_code == 404


@pytest.mark.parametrize("number", [1 << 31, 1 << 63, 10**30])
def test_numbers_that_no_database_holds_name_nothing(day: Day, number: int) -> None:
    auditor, contact = day.log_in(), day.contact(day.bob)
    for path in (f"/pages/1/contacts/{number}", f"/pages/{number}/contacts/1", f"{contact}/entries/{number}"):
        assert auditor.get(path).status_code == 404, path
    assert auditor.get(f"{contact}?before={number}").status_code in (200, 400)


def test_an_empty_desk_says_what_to_do(sqlite_day: Day) -> None:
    stranger = sqlite_day.log_in(Role.AUDITOR, sqlite_day.world.add_page("1001").id)
    assert "Nothing is on record for this time" in stranger.reads("/?days=1")
    assert "One appears here when a customer writes" in stranger.reads("/requests")

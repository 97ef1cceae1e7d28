"""A template is tried on the contacts of whoever asks for it and on nobody else, in the window and against no no."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest

from botapp.campaign.publish import stop_proactive
from botapp.campaign.team_mode import TeamMode
from botapp.policy.access import Role
from botapp.storage.schema import staff
from tests.console.office import Browser, Office

_WORDS = {
    "name": "come-back",
    "text": "Hello {first_name|there}, shall we look?",
    "language": "en",
    "purpose": "service",
    "quick_replies": "Yes, please\nNot now",
    "buttons": "See it | https://shop.example/x",
    "text-de": "Hallo {first_name|Sie}, schauen wir?",
    "quick_replies-de": "Ja, bitte\nNein",
    "buttons-de": "Ansehen | https://shop.example/de",
}
_TRY = "/templates/pages/1/try/1/come-back"


@pytest.fixture
def database_url(sqlite_database_url: str) -> str:
    """One database is enough: nothing here is a matter of SQL."""
    return sqlite_database_url


@pytest.fixture
def mia(office: Office) -> Browser:
    """A marketer, with a template of hers."""
    browser = office.browser()
    browser.log_in(office.hire("mia", Role.MARKETER, second_factor=False))
    assert browser.post("/templates/pages/1/write", **_WORDS).status_code == 303
    return browser


def _customer(office: Office, name: str, *, of: str | None = None, ago: timedelta = timedelta(hours=1)) -> str:
    """Somebody who wrote that long ago, a staff member's own contact if one is named."""
    world = office.world
    psid = world.add_customer(name)
    world.says(psid, ago=ago)
    world.until_answered()
    if of is not None:
        [member] = [m for m in world.rows(staff) if m.name == of]
        TeamMode(world.installation.database).link(world.account, psid, by=member.id)
    return psid


def _tried(office: Office) -> list[dict[str, Any]]:
    """What was sent with buttons, in order."""
    return [sent for sent in office.world.accepted() if "attachment" in sent]


def _try(browser: Browser, **fields: str) -> tuple[int, str]:
    browser.get("/templates/pages/1/versions/1/come-back")
    answer = browser.post(_TRY, **{"language": "en", "nonce": "one", **fields})
    return answer.status_code, answer.text


def test_it_arrives_as_customers_would_get_it_at_the_own_contact_and_nowhere_else(office: Office, mia: Browser) -> None:
    own, _other = _customer(office, "Mia Own", of="mia"), _customer(office, "Charlie")
    assert "Send it to my own contact" in mia.get("/templates/pages/1/versions/1/come-back").text
    assert _try(mia)[0] == 303
    assert _try(mia)[0] == 303  # the same form once more
    office.world.until_answered()
    [sent] = _tried(office)
    assert sent["psid"] == own
    assert sent["attachment"]["payload"]["text"] == "Hello Mia, shall we look?"
    assert [reply["title"] for reply in sent["quick_replies"]] == ["Yes, please", "Not now", "Stop"]
    [told] = [json.loads(e.details) for e in office.world.ledger() if e.kind == "template_tried"]
    assert (told["name"], told["version"], told["language"]) == ("come-back", 1, "en")
    assert office.world.proactive() == []


def test_each_language_can_be_tried(office: Office, mia: Browser) -> None:
    _customer(office, "Mia Own", of="mia")
    assert _try(mia, language="de")[0] == 303
    office.world.until_answered()
    [sent] = _tried(office)
    assert sent["attachment"]["payload"]["text"] == "Hallo Mia, schauen wir?"
    assert _try(mia, language="fr")[0] == 404


def test_who_has_no_contact_of_their_own_tries_nothing(office: Office, mia: Browser) -> None:
    office.hire("max", Role.MARKETER, second_factor=False)
    _customer(office, "Max Own", of="max")
    status, page = _try(mia)
    assert status == 409
    assert "no contact of your own" in page
    assert office.world.replies()[-1].kind != "template_trial"


@pytest.mark.parametrize(
    ("no", "told"),
    [
        ("stop", "said STOP"),
        ("mute", "asked for a pause"),
        ("window", "too late"),
        ("kill switch", "kill switch is on"),
    ],
)
def test_the_same_window_and_the_same_noes_hold(office: Office, mia: Browser, no: str, told: str) -> None:
    world = office.world
    ago = timedelta(hours=23, minutes=56) if no == "window" else timedelta(hours=1)
    own = _customer(office, "Mia Own", of="mia", ago=ago)
    if no in ("stop", "mute"):
        world.says(own, no)
        world.until_answered()
    if no == "kill switch":
        stop_proactive(world.installation.database, "a test", None)
    status, page = _try(mia)
    assert status == 409
    assert told in re.sub(r"\s+", " ", page)
    world.until_answered()
    assert _tried(office) == []


def test_a_stop_or_an_unlinking_before_it_is_begun_wins(office: Office, mia: Browser) -> None:
    own = _customer(office, "Mia Own", of="mia")
    assert _try(mia)[0] == 303
    [member] = [m for m in office.world.rows(staff) if m.name == "mia"]
    TeamMode(office.world.installation.database).link(office.world.account, own, by=member.id + 1)
    office.world.until_answered()
    assert (office.world.replies()[-1].state, office.world.replies()[-1].reason) == ("skipped", "team_mode")
    TeamMode(office.world.installation.database).link(office.world.account, own, by=member.id)
    assert _try(mia, nonce="two")[0] == 303
    office.world.says(own, "stop")
    office.world.until_answered()
    assert [r.reason for r in office.world.replies() if r.kind == "template_trial"] == ["team_mode", "stopped"]
    assert _tried(office) == []

"""An admin connects a page, and gives it another token: the platform is shown each; then its daily cap."""

import json

import pytest
from sqlalchemy import update

from botapp.campaign.connecting import Application, Connected, PageConnector, Problem
from botapp.campaign.pages import set_page_options
from botapp.channels.vault import Vault, new_key
from botapp.policy.access import Role
from botapp.storage import accounts
from botapp.storage.accounts import Account
from botapp.storage.schema import account, ledger_entry
from tests.console.office import Browser, Office
from tests.world import PAGE_ID, TOKEN

_FORM = {"page_id": PAGE_ID, "token": TOKEN, "name": "Corner Shop", "zone": "Europe/Berlin", "language": "de"}


@pytest.fixture
def database_url(sqlite_database_url: str) -> str:
    """One database is enough: nothing here is a matter of SQL."""
    return sqlite_database_url


def _logged_in(office: Office, name: str, role: Role) -> Browser:
    browser = office.browser()
    browser.log_in(office.hire(name, role, second_factor=role is not Role.MARKETER))
    return browser


def _pages(office: Office) -> dict[str, Account]:
    with office.world.installation.database.reading() as connection:
        return {page.page_id: page for page in accounts.load_all(connection)}


def _forget_the_page(office: Office) -> None:
    """The platform knows a page with this token, and we have none of its id."""
    with office.world.installation.database.transaction() as connection:
        connection.execute(update(account).values(page_id="999"))


def test_a_page_that_the_platform_knows_is_connected_in_team_mode(office: Office) -> None:
    _forget_the_page(office)
    ada = _logged_in(office, "ada", Role.ADMIN)
    ada.get("/pages/")
    assert ada.post("/pages/", **_FORM).status_code == 303
    page = _pages(office)[PAGE_ID]
    assert (page.mode, page.zone, page.language) == ("team", "Europe/Berlin", "de")
    assert office.world.installation.vault.open(page.token_encrypted) == TOKEN
    shown = ada.get("/pages/").text
    assert "does not show its greeting" not in shown
    assert "team mode" in shown
    assert TOKEN not in shown
    [told] = [json.loads(e.details) for e in office.world.page_ledger() if e.kind == "account_added"]
    assert (told["mode"], told["by"] > 0, told["token_checked"]) == ("team", True, True)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"page_id": "2000"}, "belongs to another page"),
        ({"token": "a-wrong-token"}, "refused the token"),
        ({"page_id": "../me"}, "letters, digits"),
        ({"token": "with\ttab"}, "no page access token"),
        ({"name": ""}, "a name of one line"),
        ({"zone": "Mars"}, "IANA name"),
        ({"language": "tlh"}, "no answers in that language"),
    ],
)
def test_what_is_wrong_is_said_and_no_page_is_added(office: Office, changes: dict[str, str], told: str) -> None:
    _forget_the_page(office)
    ada = _logged_in(office, "ada", Role.ADMIN)
    ada.get("/pages/")
    refused = ada.post("/pages/", **_FORM | changes)
    assert refused.status_code == 422
    assert told in refused.text
    assert TOKEN not in refused.text
    assert list(_pages(office)) == ["999"]


def test_a_known_page_stays_as_it_is(office: Office) -> None:
    ada = _logged_in(office, "ada", Role.ADMIN)
    ada.get("/pages/")
    assert "connected already" in ada.post("/pages/", **_FORM).text
    assert _pages(office)[PAGE_ID].mode == "live"


def test_where_the_platform_does_not_answer_the_page_is_there_and_that_is_on_record(office: Office) -> None:
    _forget_the_page(office)
    database = office.world.installation.database
    vault, languages = Vault(new_key()), ("en", "de")
    connector = PageConnector(
        database, vault, "messenger", languages, lambda _page, _token: "connect", lambda _page: ""
    )
    assert connector.connect(Application(**_FORM), by=7) == Connected(is_token_checked=False)
    [told] = [json.loads(e.details) for e in office.world.page_ledger() if e.kind == "account_added"]
    assert (told["by"], told["token_checked"]) == (7, False)


def test_a_known_page_gets_a_token_that_the_platform_accepts_and_stays_paused(office: Office) -> None:
    installation, own = office.world.installation, office.world.account.id
    with installation.database.transaction() as connection:
        worn_out = {"token_encrypted": installation.vault.lock("worn-out"), "paused_at": office.clock.now()}
        connection.execute(update(account).values(**worn_out, pause_reason="190"))
    ada, address = _logged_in(office, "ada", Role.ADMIN), f"/pages/{own}/token"
    assert "worn-out" not in ada.get(address).text
    assert ada.post(address, token=TOKEN).status_code == 303
    assert installation.vault.open(_pages(office)[PAGE_ID].token_encrypted) == TOKEN
    assert _pages(office)[PAGE_ID].paused_at
    shown = ada.get("/pages/").text
    assert "still paused" in shown
    assert TOKEN not in shown
    [told] = [json.loads(e.details) for e in office.world.page_ledger() if e.kind == "account_changed"]
    assert (told["by"] > 0, told["token_checked"], len(told)) == (True, True, 2)
    mia = _logged_in(office, "mia", Role.MARKETER)
    assert mia.post(address, token=TOKEN).status_code == 403


def test_a_token_that_the_platform_does_not_accept_is_not_kept(office: Office) -> None:
    address, kept = f"/pages/{office.world.account.id}/token", _tokens(office)
    ada = _logged_in(office, "ada", Role.ADMIN)
    ada.get("/pages/")
    refused = {
        "a-wrong-token": "refused the token",
        "with\ttab": "no page access token",
        "": "no page access token",
        TOKEN: "belongs to another page",
    }
    for token, told in refused.items():
        if token == TOKEN:
            _forget_the_page(office)
        answer = ada.post(address, token=token)
        assert answer.status_code == 422
        assert told in answer.text
        assert not token or token not in answer.text
    assert _tokens(office) == kept
    assert "account_changed" not in [entry.kind for entry in office.world.rows(ledger_entry)]


def test_a_token_that_nobody_could_check_is_not_kept(office: Office) -> None:
    installation = office.world.installation
    vault, languages = installation.vault, ("en", "de")
    connector = PageConnector(
        installation.database, vault, "messenger", languages, lambda _page, _token: "connect", lambda _page: ""
    )
    kept = _tokens(office)
    assert connector.change_token(office.world.account, "another", by=7) is Problem.UNCHECKED
    assert _tokens(office) == kept


def _tokens(office: Office) -> list[str]:
    return [page.token_encrypted for page in _pages(office).values()]


def test_the_cap_is_raised_by_who_may_let_things_go_on_and_lowered_by_who_may_stop(office: Office) -> None:
    set_page_options(office.world.installation.database, "messenger", PAGE_ID, {"daily_cap": 50})
    mia, ann = _logged_in(office, "mia", Role.MARKETER), _logged_in(office, "ann", Role.APPROVER)
    team = "/switch/pages/1/team"
    assert "Raise it to 250 a day" in ann.get(team).text
    assert "Raise it" not in mia.get(team).text
    assert mia.post(f"{team}/raise", why="more!").status_code == 403
    refused = ann.post(f"{team}/raise", why="it goes well")
    assert refused.status_code == 409
    assert "less than a day old" in refused.text
    set_page_options(office.world.installation.database, "messenger", PAGE_ID, {"daily_cap": 0})
    assert "no daily cap" in mia.get(team).text
    assert mia.post(f"{team}/lower", why="a wrong link").status_code == 303
    assert _pages(office)[PAGE_ID].daily_cap == 50

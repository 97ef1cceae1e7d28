"""Whom another house vouches for comes in, if we know them; a house that lies, or a thief between, does not."""

from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from werkzeug.test import TestResponse

from botapp.policy.access import Role
from botapp.settings import SettingsError, load_settings
from tests.console.house import CLIENT_ID, CLIENT_SECRET, House, made_key, standing_house
from tests.console.office import Browser, Office


@pytest.fixture
def house() -> Iterator[House]:
    with standing_house() as standing:
        yield standing


@pytest.fixture
def office(open_office: Callable[..., Office], house: House) -> Office:
    """Its console trusts the house."""
    return open_office(oidc_issuer=house.url, oidc_client_id=CLIENT_ID, oidc_client_secret=CLIENT_SECRET)


def _go_there(browser: Browser) -> str:
    """To the house and back: the address that it sends the browser to."""
    there = browser.get("/sign-on")
    assert there.status_code == 302
    back = requests.get(there.location, allow_redirects=False, timeout=5)
    assert back.status_code == 302
    return back.headers["Location"]


def _come_back(browser: Browser, address: str) -> TestResponse:
    parts = urlsplit(address)
    assert parts.path == "/console/sign-on/answer"
    return browser.get(f"/sign-on/answer?{parts.query}")


def test_a_known_member_comes_in_without_a_password(office: Office, house: House) -> None:
    alice = office.add("alice@shop.example", Role.ADMIN)
    house.email = "Alice@Shop.Example"
    browser = office.browser()
    assert "/console/sign-on" in browser.get("/log-in").text
    assert _come_back(browser, _go_there(browser)).location == "/console/"
    assert browser.get("/staff").status_code == 200
    [entry] = office.record("logged_in")
    assert (entry["staff"], entry["method"]) == (alice, "single_sign_on")


def test_after_it_people_are_where_they_wanted_to_go(office: Office) -> None:
    office.add("alice@shop.example", Role.ADMIN)
    browser = office.browser()
    browser.get("/log-in?next=/staff")
    assert _come_back(browser, _go_there(browser)).location == "/console/staff"


def test_whom_we_do_not_know_stays_out(office: Office) -> None:
    browser = office.browser()
    answer = _come_back(browser, _go_there(browser))
    assert answer.status_code == 403
    assert "not here" in answer.text
    assert not browser.is_in()


def test_whose_access_was_taken_stays_out(office: Office) -> None:
    members = office.world.installation.members()
    members.revoke(office.add("alice@shop.example", Role.MARKETER), by=0)
    browser = office.browser()
    assert _come_back(browser, _go_there(browser)).status_code == 403


def test_an_answer_that_does_not_hold_lets_nobody_in(office: Office, house: House) -> None:
    office.add("alice@shop.example", Role.ADMIN)
    lies: list[dict[str, object]] = [
        {"nonce": "another"},
        {"nonce": None},
        {"aud": "somebody-else"},
        {"iss": "https://evil.example"},
        {"exp": 1000},
        {"email_verified": False},
        {"email_verified": None},
        {"email_verified": "true"},
        {"email": None},
        {"email": ["alice@shop.example"]},
    ]
    for lie in lies:
        house.claims = lie
        browser = office.browser()
        assert _come_back(browser, _go_there(browser)).status_code == 403, lie
        assert not browser.is_in()


def test_a_signature_of_somebody_else_lets_nobody_in(office: Office, house: House) -> None:
    office.add("alice@shop.example", Role.ADMIN)
    house.signing_key = made_key("somebody else's")
    browser = office.browser()
    assert _come_back(browser, _go_there(browser)).status_code == 403


def test_a_signature_with_what_everybody_knows_lets_nobody_in(office: Office, house: House) -> None:
    """The public key as the shared secret, or no signature: known tricks, even where the house offers them."""
    office.add("alice@shop.example", Role.ADMIN)
    house.offers = ("RS256", "HS256", "none")
    house.algorithm = "HS256"
    browser = office.browser()
    assert _come_back(browser, _go_there(browser)).status_code == 403
    house.algorithm = "none"
    assert _come_back(browser, _go_there(browser)).status_code == 403
    assert not browser.is_in()


def test_metadata_of_another_issuer_is_not_taken(office: Office, house: House) -> None:
    office.add("alice@shop.example", Role.ADMIN)
    house.issuer = "https://evil.example"
    house.claims = {"iss": house.issuer}
    browser = office.browser()
    assert _come_back(browser, _go_there(browser)).status_code == 403


def test_an_answer_that_another_browser_asked_for_is_not_taken(office: Office) -> None:
    """Else a thief could slip somebody into the thief's own account."""
    office.add("alice@shop.example", Role.ADMIN)
    thief, victim = office.browser(), office.browser()
    address = _go_there(thief)
    victim.get("/log-in")
    assert _come_back(victim, address).status_code == 403
    assert not victim.is_in()


def test_a_code_that_was_caught_on_the_way_is_of_no_use(office: Office) -> None:
    """Without the verifier, which stays in the browser that asked."""
    office.add("alice@shop.example", Role.ADMIN)
    victim, thief = office.browser(), office.browser()
    caught = parse_qs(urlsplit(_go_there(victim)).query)["code"][0]
    own = _go_there(thief)
    state = parse_qs(urlsplit(own).query)["state"][0]
    assert thief.get("/sign-on/answer", query_string={"code": caught, "state": state}).status_code == 403
    assert not thief.is_in()


def test_an_answer_is_taken_once(office: Office) -> None:
    office.add("alice@shop.example", Role.ADMIN)
    browser = office.browser()
    address = _go_there(browser)
    assert _come_back(browser, address).status_code == 302
    browser.post("/log-out")
    assert _come_back(browser, address).status_code == 403


def test_a_refusal_of_the_house_or_its_silence_is_a_plain_page(office: Office, house: House) -> None:
    browser = office.browser()
    refused = browser.get("/sign-on/answer", query_string={"error": "access_denied", "error_description": "<b>no</b>"})
    assert refused.status_code == 403
    assert "<b>" not in refused.text
    house.is_silent = True
    silent = office.world.installation.console().test_client().get("/sign-on")
    assert silent.status_code == 403


def test_without_settings_there_is_no_such_address(open_office: Callable[..., Office]) -> None:
    browser = open_office().browser()
    assert "sign-on" not in browser.get("/log-in").text
    assert browser.get("/sign-on").status_code == 404


@pytest.mark.parametrize("missing", ["oidc_issuer", "oidc_client_id", "oidc_client_secret"])
def test_half_of_the_settings_stops_the_start_and_shows_no_secret(missing: str) -> None:
    whole = {"oidc_issuer": "https://id.example", "oidc_client_id": "x", "oidc_client_secret": CLIENT_SECRET}
    with pytest.raises(SettingsError) as raised:
        load_settings(**{name: value for name, value in whole.items() if name != missing})
    assert missing.upper() in str(raised.value)
    assert CLIENT_SECRET not in str(raised.value)

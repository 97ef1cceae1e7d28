"""Whatever stands in an address or a form of the pages: it is taken or refused, and nothing breaks."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.routing import Rule

import botapp.console
from botapp.console.rules.form import Typed
from botapp.policy.access import Role
from tests.console.office import Browser, Office, TurnedClock
from tests.world import standing_world

CONSOLE = Path(botapp.console.__file__).parent
PART = re.compile(r"<(?:(\w+):)?(\w+)>")
FIELD = re.compile(r'(?:name=|request\.(?:args|form)(?:\.get|\.getlist)?[(\[])"([a-z_]+)"')
ENDLESS = "9" * 5000  # Python itself refuses to make a number of it
ADDRESSES = ((str(2**31), "x%00"), (str(2**63 - 1), "%ff"), (str(2**63), "..%2fx"), (ENDLESS, "x" * 5000))
TYPED = ("\0", ENDLESS)
SOMEBODY_ELSE = 3  # neither the number of who tries, nor of one of their sessions


@pytest.fixture
def office(postgresql_database_url: str, redis_url: str, var_dir: Path) -> Iterator[Office]:
    """Over PostgreSQL, which takes neither a NUL nor a number that is larger than its column."""
    clock = TurnedClock()
    with standing_world(postgresql_database_url, redis_url, var_dir, own_clock=clock) as world:
        yield Office(world, clock)


def test_no_address_and_no_form_breaks_a_page(office: Office) -> None:
    somebody, ada = office.browser(), office.browser()
    somebody.get("/log-in")
    ada.log_in(office.hire("ada", *Role))
    assert [office.add(name, Role.OPERATOR) for name in ("bob", "carol")] == [2, SOMEBODY_ELSE]
    account_id, fields = office.world.account.id, _fields()
    told: dict[str, int] = {}
    for rule in office.world.installation.console().url_map.iter_rules():
        if rule.rule != "/log-out":
            browser = somebody if rule.rule.startswith(("/log-in", "/welcome")) else ada
            told |= dict(_try(browser, rule, account_id, fields))
    assert {asked: status for asked, status in told.items() if status >= 500} == {}
    assert {200, 400, 404} <= set(told.values())
    assert len(told) > 200
    assert ada.is_in()


@pytest.mark.parametrize("path", ["/privacy/requests/{}", "/privacy/data/{}", "/webhooks/messenger?hub.mode={}", "/{}"])
def test_no_address_of_a_stranger_breaks_a_page(office: Office, path: str) -> None:
    client = office.app.test_client()
    assert {client.get(path.format(name)).status_code for _, name in ADDRESSES} <= {403, 404}


def _fields() -> list[str]:
    """Of every form and address that the console has."""
    sources = [path for path in CONSOLE.rglob("*.*") if path.suffix in (".py", ".html")]
    fields = {name for path in sources for name in FIELD.findall(path.read_text())} - {"csrf_token"}
    assert len(fields) > 50
    return sorted(fields)


def _try(browser: Browser, rule: Rule, account_id: int, fields: list[str]) -> Iterator[tuple[str, int]]:
    """What was asked, and the answer's status."""
    usual, methods = _fill(rule, str(SOMEBODY_ELSE), "x", account_id), rule.methods or ()
    for number, name in ADDRESSES:
        asked = _fill(rule, number, name, account_id)
        if "GET" in methods and asked != usual:
            yield f"GET {asked[:80]}", browser.get(asked).status_code
    for typed in TYPED:
        if "GET" in methods:
            answer = browser.get(usual, query_string=dict.fromkeys(fields, typed))
            yield f"GET {usual} with {typed[:5]!r}", answer.status_code
        if "POST" in methods:
            answer = browser.post(usual, **dict.fromkeys(fields, typed))
            yield f"POST {usual} with {typed[:5]!r}", answer.status_code


def _fill(rule: Rule, number: str, name: str, account_id: int) -> str:
    """The address on a page that there is, with that number and that name elsewhere."""

    def fill(part: re.Match[str]) -> str:
        return str(account_id) if part[2] == "account_id" else number if part[1] == "int" else name

    return PART.sub(fill, rule.rule)


@pytest.mark.parametrize("action", ["remove", "add-condition", "remove-variant"])
def test_a_button_of_the_rule_editor_that_names_an_endless_place_changes_nothing(action: str) -> None:
    assert Typed().change(f"{action} {ENDLESS}") is False

"""Every address of the console, with every role, by GET and POST, for their own page and another's."""

import re
from dataclasses import dataclass
from itertools import product

import pytest
from flask import Flask
from werkzeug.routing import Rule

from botapp.console import access
from botapp.console.access import Audience, Needs, UndeclaredRouteError
from botapp.policy.access import ALL_PAGES, Permission, Role
from tests.console.office import PASSWORD, Browser, Office

CONVERTER = re.compile(r"<(?:\w+:)?(\w+)>")
WHAT_ROLES_MAY = {
    Role.AUDITOR: {"read_log", "export_log", "read_campaigns"},
    Role.MARKETER: {"read_campaigns", "write_campaigns", "stop_sending"},
    Role.APPROVER: {"read_campaigns", "approve_campaigns", "stop_sending", "resume_sending"},
    Role.OPERATOR: {"read_log", "handle_requests", "operate", "stop_sending", "resume_sending"},
    Role.ADMIN: {permission.value for permission in Permission},
}


@dataclass(frozen=True)
class Visitor:
    browser: Browser
    role: Role | None = None
    page: int | None = None
    is_staff: bool = True

    def has(self, permission: Permission) -> bool:
        return self.role is not None and permission.value in WHAT_ROLES_MAY[self.role]

    def covers(self, account_id: int) -> bool:
        return self.page in (ALL_PAGES, account_id)


@pytest.fixture
def visitors(office: Office) -> list[Visitor]:
    """Nobody; somebody halfway through the log-in; each role on all pages, and on the first page only."""
    own = office.world.account.id
    found = [Visitor(office.browser(), is_staff=False)]
    for page in (ALL_PAGES, own):
        for role in Role:
            person = office.hire(f"{role}-{page}", role, page=page, second_factor=role is not Role.MARKETER)
            browser = office.browser()
            browser.log_in(person)
            assert browser.is_in()
            found.append(Visitor(browser, role, page))
    halfway = office.browser()
    halfway.get("/log-in")
    assert halfway.post("/log-in", name=f"admin-{ALL_PAGES}", password=PASSWORD).location.endswith("/code")
    return [*found, Visitor(halfway, is_staff=False)]


def test_every_route_answers_each_visitor_as_it_declares(office: Office, visitors: list[Visitor]) -> None:
    own, other = office.world.account.id, office.world.add_page("1001").id
    console = office.world.installation.console()
    walked = 0
    for rule in console.url_map.iter_rules():
        for account_id in (own, other) if "account_id" in rule.arguments else (own,):
            path = _fill(rule, account_id)
            for method, visitor in product(("GET", "POST"), visitors):
                expected = _expected(console, rule, method, visitor, account_id)
                answer = _visit(visitor.browser, method, path)
                shown = f"{method} {path} by {visitor.role} of page {visitor.page}: {answer}, not {expected}"
                assert answer in expected, shown
                walked += 1
    assert walked > 40 * len(visitors)


def test_an_auditor_changes_nothing(office: Office) -> None:
    """Beside their own account, what they may submit has log entries checked or exported, and changes none."""
    auditor = office.browser()
    auditor.log_in(office.hire("auditor", Role.AUDITOR))
    console = office.world.installation.console()
    harmless = {Permission.READ_LOG, Permission.EXPORT_LOG, Permission.READ_CAMPAIGNS}  # the last looks somebody up
    for rule in console.url_map.iter_rules():
        needed = access.requirement_of(console, rule.endpoint)
        if "POST" in (rule.methods or ()) and isinstance(needed, Needs) and needed.permission not in harmless:
            assert _visit(auditor, "POST", _fill(rule, office.world.account.id)) == 403, rule


def test_a_page_that_is_not_there_is_not_found(office: Office) -> None:
    """Admins of all pages reach every number, also one that no page has."""
    admin = office.browser()
    admin.log_in(office.hire("admin", Role.ADMIN))
    admin.get("/")
    typed = {"name": "hello", "language": "en", "text": "Hello!", "why": "because", "version": "1", "cap": "50"}
    for rule in office.world.installation.console().url_map.iter_rules():
        path = _fill(rule, 999)
        if "account_id" in rule.arguments and "GET" in (rule.methods or ()):
            assert admin.get(path).status_code == 404, rule
        if "account_id" in rule.arguments and "POST" in (rule.methods or ()):
            assert admin.post(path, **typed).status_code == 404, rule


def test_a_route_that_does_not_say_whom_it_is_for_stops_the_start() -> None:
    app = Flask("test")
    app.add_url_rule("/open", "open", access.for_anybody(lambda: "said so"))
    access.for_anybody(app.view_functions["static"])
    access.check_declarations(app)
    app.add_url_rule("/forgotten", "forgotten", lambda: "said nothing")
    with pytest.raises(UndeclaredRouteError, match="forgotten"):
        access.check_declarations(app)


def test_a_route_that_was_added_later_without_a_declaration_is_refused(office: Office) -> None:
    console = office.world.installation.console()
    console.add_url_rule("/forgotten", "forgotten", lambda: "said nothing")
    assert console.test_client().get("/forgotten").status_code == 403


def test_a_role_on_one_page_does_not_reach_what_needs_all_pages(office: Office) -> None:
    local = office.hire("local", Role.ADMIN, page=office.world.account.id)
    browser = office.browser()
    browser.log_in(local)
    assert browser.get("/staff").status_code == 403


def _fill(rule: Rule, account_id: int) -> str:
    """The address, with that page and otherwise the first of everything."""
    return CONVERTER.sub(lambda found: str(account_id) if found.group(1) == "account_id" else "1", rule.rule)


def _visit(browser: Browser, method: str, path: str) -> int | str:
    """The status; for a redirect to the log-in page that word."""
    answer = browser.get(path) if method == "GET" else browser.post_bare(path)
    if answer.status_code == 302 and (answer.location or "").startswith("/console/log-in"):
        return "log-in"
    return answer.status_code


def _expected(app: Flask, rule: Rule, method: str, visitor: Visitor, account_id: int) -> set[int | str]:
    siblings = {m for r in app.url_map.iter_rules() if r.rule == rule.rule for m in r.methods or ()}
    if method not in siblings:
        return {405}
    endpoint = next(r.endpoint for r in app.url_map.iter_rules() if r.rule == rule.rule and method in (r.methods or ()))
    needed = access.requirement_of(app, endpoint)
    served: set[int | str] = {200, 302, 404, 422} if method == "GET" else {400}  # a POST without a page's token
    if needed is Audience.ANYBODY:
        return served | {"log-in"} if method == "GET" else served
    if not visitor.is_staff:
        return {"log-in"}
    if isinstance(needed, Needs):
        if not visitor.has(needed.permission) or (needed.everywhere and visitor.page != ALL_PAGES):
            return {403}
        if "account_id" in rule.arguments and not visitor.covers(account_id):
            return {404}
    return served

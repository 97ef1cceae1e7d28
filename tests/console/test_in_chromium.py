"""An admin's way in, in a real browser, without JavaScript, at a desk and on a phone."""

from collections.abc import Iterator

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect

from botapp.campaign.publish import stop_proactive
from botapp.policy.access import Role
from tests.console.chromium import Watched, serious, served, watch
from tests.console.office import PASSWORD, Office

_TWO_LINES_PIXELS = 90


@pytest.fixture(params=["desk-light", "phone-dark"])
def watched(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Watched]:
    """A page of a browser without JavaScript, at a desk and on a phone. Whatever the browser refused fails the test."""
    is_desk = request.param == "desk-light"
    context = chromium.new_context(
        viewport={"width": 1280, "height": 900} if is_desk else {"width": 390, "height": 844},
        color_scheme="light" if is_desk else "dark",
        java_script_enabled=False,
    )
    watched = watch(context.new_page(), request.param)
    yield watched
    context.close()
    assert watched.refusals() == []


def test_an_invitation_leads_through_password_and_second_factor_into_the_console(
    office: Office, watched: Watched
) -> None:
    page = watched.page
    link = f"/welcome/{office.invitation(office.add('alice', Role.ADMIN))}"
    with served(office.app) as console:
        page.goto(console + link)
        watched.shoot("welcome")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_label("Once more").fill(PASSWORD)
        page.get_by_role("button", name="Set the password").click()
        watched.shoot("second-factor")
        secret = page.locator("code").inner_text().replace(" ", "")
        page.get_by_role("textbox", name="Code").fill(pyotp.TOTP(secret).at(office.clock.now()))
        page.get_by_role("button", name="Set up").click()
        watched.shoot("recovery-codes")
        page.get_by_role("link", name="I have kept them").click()
        expect(page.get_by_role("heading", name="Hello, Alice")).to_be_visible()
        watched.shoot("home")


def test_an_admin_logs_in_with_a_code_and_adds_a_colleague(office: Office, watched: Watched) -> None:
    page, alice = watched.page, office.hire("alice", Role.ADMIN)
    with served(office.app) as console:
        page.goto(f"{console}/staff")
        _log_in(page, "a wrong password")
        expect(page.get_by_role("alert")).to_be_visible()
        watched.shoot("log-in")
        _log_in(page, PASSWORD)
        watched.shoot("code")
        page.get_by_role("textbox", name="Code").fill(alice.next_code())
        page.get_by_role("button", name="Go on").click()
        page.get_by_label("Logs in as").fill("bob@shop.example")
        page.get_by_label("Name that others see").fill("Bob Okafor")
        page.get_by_label("Role").select_option("operator")
        page.get_by_role("button", name="Add and invite").click()
        expect(page.get_by_role("status")).to_contain_text("/console/welcome/")
        watched.shoot("member")
        stop_proactive(office.world.installation.database, "for the picture")
        for path in ("staff", "account", "nowhere"):
            page.goto(f"{console}/{path}")
            watched.shoot(path)
            assert watched.page_width() <= watched.window_width()
        page.goto(f"{console}/account")
        expect(page.get_by_text("The kill switch is on.")).to_be_visible()
        page.get_by_role("button", name="Log out").click()
        expect(page.get_by_role("heading", name="Log in")).to_be_visible()


def test_on_a_phone_the_parts_of_the_console_are_behind_one_button(office: Office, watched: Watched) -> None:
    page = watched.page
    alice = office.hire("alice", Role.ADMIN)
    menu, staff = page.get_by_role("button", name="Menu"), page.get_by_role("link", name="Staff", exact=True)
    with served(office.app) as console:
        page.goto(f"{console}/account")
        _log_in(page, PASSWORD)
        page.get_by_role("textbox", name="Code").fill(alice.next_code())
        page.get_by_role("button", name="Go on").click()
        page.wait_for_url("**/console/account")
        is_phone = watched.look.startswith("phone")
        expect(menu).to_be_visible(visible=is_phone)
        expect(staff).to_be_visible(visible=not is_phone)
        if is_phone:
            assert page.locator("header").bounding_box()["height"] < _TWO_LINES_PIXELS  # type: ignore[index]  # it is shown
            menu.press("Enter")
            expect(staff).to_be_visible()
            page.keyboard.press("Escape")
            expect(staff).to_be_hidden()
            menu.press("Enter")
        staff.press("Enter")
        page.wait_for_url("**/console/staff")


def test_axe_finds_nothing_serious(office: Office, chromium: Browser) -> None:
    admin = office.hire("admin", Role.ADMIN)
    for scheme in ("light", "dark"):
        context = chromium.new_context(color_scheme="dark" if scheme == "dark" else "light", bypass_csp=True)
        page = context.new_page()
        with served(office.app) as console:
            page.goto(f"{console}/log-in")
            found = serious(page)
            _log_in(page, PASSWORD, "admin")
            found += serious(page)
            page.get_by_role("textbox", name="Code").fill(admin.next_code())
            page.get_by_role("button", name="Go on").click()
            for path in ("/account", "/staff", f"/staff/{admin.id}"):
                page.goto(f"{console}{path}")
                found += serious(page)
        context.close()
        assert found == []


def test_everything_is_reached_by_keyboard(office: Office, chromium: Browser) -> None:
    office.hire("alice", Role.MARKETER, second_factor=False)
    page = chromium.new_page()
    with served(office.app) as console:
        page.goto(f"{console}/log-in")
        page.wait_for_selector("input[name=name]:focus")
        page.keyboard.type("alice")
        page.keyboard.press("Tab")
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url(f"{console}/")
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page).to_have_url(f"{console}/#content")
        page.close()


def _log_in(page: Page, password: str, name: str = "alice") -> None:
    page.get_by_label("Name or e-mail").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()

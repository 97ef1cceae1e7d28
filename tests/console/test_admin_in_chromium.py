"""A real browser: pages with their tokens, webhooks with their secrets, lists of noes. None of them has a script."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from botapp.policy.access import Role
from tests.console.chromium import Watched, serious, served, watch
from tests.console.office import PASSWORD, Office
from tests.world import TOKEN

_DESK, _PHONE = (1280, 900), (390, 844)


@pytest.fixture
def admin(chromium: Browser) -> Iterator[Watched]:
    context = chromium.new_context(bypass_csp=True)  # axe is a script
    watched = watch(context.new_page(), "admin")
    yield watched
    context.close()
    assert [text for text in watched.refusals() if "status of 422" not in text] == []


def test_an_admin_changes_a_token_adds_a_webhook_and_takes_a_list_in(
    office: Office, admin: Watched, tmp_path: Path
) -> None:
    ada, page = office.hire("ada", Role.ADMIN), admin.page
    alice = office.world.falls_silent("Alice Ng")
    listed = tmp_path / "list.csv"
    listed.write_text(f"contact,scope\n{alice},stop\n123456,\n<b>,\n")
    with served(office.app) as console:
        page.goto(f"{console}/pages/")
        page.get_by_label("Name or e-mail").fill("ada")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        page.get_by_role("textbox", name="Code").fill(ada.next_code())
        page.keyboard.press("Enter")
        _changes_a_token(admin)
        _adds_a_webhook(admin)
        _takes_a_list_in(admin, listed)
    assert [entry.kind for entry in office.world.ledger() if entry.kind == "suppression_set"]


def _goes_to(page: Page, part: str) -> None:
    """By the navigation, which a phone has behind a button."""
    menu = page.get_by_role("button", name="Menu")
    if menu.is_visible():
        menu.click()
    page.get_by_role("link", name=part, exact=True).click()


def _changes_a_token(admin: Watched) -> None:
    page = admin.page
    expect(page.get_by_role("heading", name="Connect a page")).to_be_visible()
    _is_sound(admin, "pages")
    page.get_by_role("link", name="New token").click()
    page.get_by_label("Page access token").fill("a-wrong-token")
    page.get_by_role("button", name="Check and keep it").click()
    expect(page.get_by_role("alert")).to_contain_text("refused the token")
    _is_sound(admin, "pages-token")
    page.get_by_label("Page access token").fill(TOKEN)
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("the platform accepted it")


def _adds_a_webhook(admin: Watched) -> None:
    page = admin.page
    _goes_to(page, "Webhooks")
    _is_sound(admin, "webhooks-none")
    page.get_by_role("link", name="Add a webhook").click()
    page.get_by_label("Name").fill("crm")
    page.get_by_label("URL").fill("https://127.0.0.1/in")
    page.get_by_role("button", name="Add it").click()
    _is_sound(admin, "webhooks-refused")
    page.get_by_label("URL").fill("https://hooks.shop.example/in")
    page.get_by_role("checkbox", name="reengagement.replied").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    secret = page.locator("pre").inner_text()
    assert secret.startswith("whsec_")
    _is_sound(admin, "webhooks-secret")
    page.get_by_role("link", name="I have kept it").click()
    expect(page.get_by_text("contact.stopped, reengagement.converted, reengagement.sent")).to_be_visible()
    page.get_by_role("button", name="Send a test").click()
    page.get_by_text("New secret, or remove").click()
    _is_sound(admin, "webhooks")
    assert secret not in page.content()


def _takes_a_list_in(admin: Watched, listed: Path) -> None:
    page = admin.page
    _goes_to(page, "Suppressions")
    page.get_by_label("CSV file").set_input_files(listed)
    page.get_by_role("button", name="See what would become of it").click()
    expect(page.get_by_text("Nothing has been changed yet")).to_be_visible()
    page.get_by_text("What the file looks like").click()
    _is_sound(admin, "suppressions")
    page.get_by_role("button", name="Take it in").click()
    expect(page.get_by_role("heading", name="What became of the list")).to_be_visible()
    _is_sound(admin, "suppressions-taken")


def _is_sound(admin: Watched, name: str) -> None:
    """On a desk by day and on a phone by night: nothing serious for those who do not see it, and nothing too wide."""
    for (width, height), scheme in ((_DESK, "light"), (_PHONE, "dark")):
        admin.look = f"{width}-{scheme}"
        admin.page.set_viewport_size({"width": width, "height": height})
        admin.page.emulate_media(color_scheme="light" if scheme == "light" else "dark")
        admin.shoot(name)
        expect(admin.page.locator("script")).to_have_count(0)
        assert serious(admin.page) == []
        assert admin.page_width() <= admin.window_width(), name

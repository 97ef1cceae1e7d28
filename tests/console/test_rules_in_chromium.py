"""A real browser: a rule built by keyboard while its reach is told, approved on a phone without a script, put live."""

from datetime import timedelta

from playwright.sync_api import Browser, Page, expect

from botapp.policy.access import Role
from botapp.storage import campaigns, guards
from botapp.storage.guards import Guarded
from tests.console.chromium import Watched, approve, log_in, serious, served, watch
from tests.console.office import Office


def test_from_an_empty_form_to_live_and_to_a_guard(office: Office, chromium: Browser) -> None:
    mia, ann = office.hire("mia", Role.MARKETER, second_factor=False), office.hire("ann", Role.APPROVER)
    for hours, name in enumerate(("Alice Ng", "Bob Stone", "Charlie Wu"), 1):
        office.world.says(office.world.add_customer(name), ago=timedelta(hours=hours))
    desk = chromium.new_context(viewport={"width": 1280, "height": 900}, color_scheme="light", bypass_csp=True)
    phone = chromium.new_context(viewport={"width": 390, "height": 844}, color_scheme="dark", java_script_enabled=False)
    writer, approver = watch(desk.new_page(), "desk-light"), watch(phone.new_page(), "phone-dark")
    with served(office.app) as console:
        log_in(writer.page, f"{console}/rules/", mia)
        _build(writer)
        log_in(approver.page, writer.page.url, ann)
        approve(approver, "rule-to-approve")
        writer.page.reload()
        writer.page.get_by_role("button", name="Put live").click()
        expect(writer.page.locator(".notice").first).to_contain_text("It is live.")
        writer.shoot("rule-version")
        assert serious(writer.page) == []
        _trip(office)
        approver.page.goto(f"{console}/rules/pages/{office.world.account.id}/guards/basket")
        approver.shoot("rule-guards")
        assert approver.page_width() <= approver.window_width()
        approver.page.get_by_label("Let it go on, because").fill("The shop was closed")
        approver.page.get_by_role("button", name="Resume the rule").click()
        expect(approver.page.locator(".notice").first).to_contain_text("It goes on.")
    assert writer.refusals() == []
    assert approver.refusals() == []
    desk.close()
    phone.close()


def _build(watched: Watched) -> None:
    """By keyboard alone from the first condition on; what is refused says its figure, without another page."""
    page = watched.page
    page.get_by_role("link", name="Write a rule").click()
    page.get_by_label("Name", exact=True).fill("basket")
    page.get_by_label("Template", exact=True).fill("hello-again")
    _add_criteria(page)
    page.get_by_label("So long", exact=True).fill("23h54m")
    page.get_by_label("Quiet from").fill("12:00")
    page.get_by_label("Quiet until").fill("11:00")
    expect(page.locator("#checked")).to_contain_text("% of open windows have no legal minute")
    watched.shoot("rule-refused")
    page.get_by_label("So long", exact=True).fill("4h")
    page.get_by_label("Quiet from").fill("21:00")
    page.get_by_label("Quiet until").fill("08:00")
    page.get_by_label("Budget", exact=True).fill("500")
    expect(page.locator("#checked")).to_contain_text("leave a legal minute in every window")
    expect(page.locator("#checked")).to_contain_text("3 of 3 customers with an open window match now")
    watched.shoot("rule-write")
    assert serious(page) == []
    page.get_by_role("button", name="Keep as a draft").click()
    page.get_by_role("button", name="Ask for approval").click()
    expect(page.locator(".notice").first).to_contain_text("another person is to approve it")


def _add_criteria(page: Page) -> None:
    page.get_by_role("button", name="Add a condition").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("What is known")).to_be_focused()
    page.keyboard.type("messages")
    page.keyboard.press("Tab")
    page.keyboard.type("is at most")
    page.keyboard.press("Tab")
    page.keyboard.type("3")
    page.get_by_role("button", name="Add a group").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("What is known")).to_have_count(2)
    page.get_by_label("What is known").nth(1).fill("customer_type")
    page.get_by_label("Value").nth(1).fill("new")


def _trip(office: Office) -> None:
    database = office.world.installation.database
    with database.transaction() as connection:
        assert "basket" in {rule.name for rule in campaigns.load_live_rules(connection, office.world.account.id)}
        assert guards.pause(connection, Guarded(office.world.account.id, "basket", 1), "harm", database.now(connection))

"""A real browser: a customer asks, a person answers, the customer sees it, and the bot goes on."""

from playwright.sync_api import Browser, expect

from botapp.policy.access import Role
from tests.console.chromium import Watched, log_in, serious, served, watch
from tests.console.inbox.test_inbox import ask
from tests.console.office import Office


def test_from_the_queue_to_the_answer_and_back_to_the_bot(office: Office, chromium: Browser) -> None:
    world, kim = office.world, office.hire("kim", Role.OPERATOR)
    ask(office, text="My parcel is broken, I want to talk to a person please")
    psid = world.contacts()[0].platform_contact_id
    desk = chromium.new_context(viewport={"width": 1280, "height": 900}, color_scheme="light", bypass_csp=True)
    phone = chromium.new_context(viewport={"width": 390, "height": 844}, color_scheme="dark")
    watched, customer = watch(desk.new_page(), "desk-light"), phone.new_page()
    page = watched.page
    with served(office.app) as console:
        log_in(page, f"{console}/inbox/", kim)
        _take_on_and_answer(watched, "Hello Alice, Kim here. I am sorry! I will send you a new one.")
        world.until_answered()
        customer.goto(f"{world.platform_url}/?customer={psid}")
        expect(customer.locator("#thread")).to_contain_text("You are now writing with a person of our team.")
        expect(customer.locator("#thread")).to_contain_text("I will send you a new one.")

        page.get_by_label("Answer").fill("half a sentence")
        world.says(psid, "thank you! until when?")
        expect(page.locator("#lines")).to_contain_text("until when?")  # without a reload
        expect(page.get_by_label("Answer")).to_have_value("half a sentence")
        page.get_by_role("button", name="Hand back to the bot").click()
        page.wait_for_url("**/inbox/")
        world.until_answered()
        expect(customer.locator("#thread")).to_contain_text("automated assistant of this page, not a person")
    assert watched.refusals() == []
    desk.close()
    phone.close()


def test_on_a_phone_in_the_dark_without_a_script(office: Office, chromium: Browser) -> None:
    kim, where = office.hire("kim", Role.OPERATOR), ask(office)
    context = chromium.new_context(
        viewport={"width": 390, "height": 844}, color_scheme="dark", java_script_enabled=False
    )
    watched = watch(context.new_page(), "phone-dark")
    page = watched.page
    with served(office.app) as console:
        log_in(page, f"{console}{where}", kim)
        page.get_by_role("button", name="Take it on").click()
        page.get_by_label("Answer").fill("A rather longer answer, so that its line breaks. " * 3)
        watched.shoot("inbox-conversation")
        assert watched.page_width() <= watched.window_width()
        page.get_by_role("button", name="Send", exact=True).click()
        expect(page.locator(".line.staff")).to_contain_text("A rather longer answer")
        for path in ("inbox/", f"inbox/pages/{office.world.account.id}/answers"):
            page.goto(f"{console}/{path}")
            watched.shoot(path.strip("/").replace("/", "-"))
            assert watched.page_width() <= watched.window_width()
    assert watched.refusals() == []
    context.close()


def _take_on_and_answer(watched: Watched, text: str) -> None:
    """From the list, by keyboard where it matters; nothing that axe finds serious on the way."""
    page = watched.page
    watched.shoot("inbox-queue")
    assert serious(page) == []
    page.get_by_role("link", name="Alice Ng").click()
    page.get_by_role("button", name="Take it on").click()
    expect(page.get_by_label("Answer")).to_be_focused()  # one may write at once
    page.keyboard.type(text)
    watched.shoot("inbox-conversation")
    assert serious(page) == []
    page.keyboard.press("Control+Enter")
    expect(page.locator(".line.staff")).to_contain_text(text)

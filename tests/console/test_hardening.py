"""What every answer of the console carries, and what no form does without."""

from collections.abc import Callable

import pytest

from botapp.campaign.publish import stop_proactive
from botapp.policy.access import Role
from botapp.staff.delays import Origin
from botapp.storage.schema import log_in_delay
from tests.console.office import PASSWORD, Office


def test_every_page_forbids_what_it_does_not_need(office: Office) -> None:
    browser = office.browser()
    for path in ("/log-in", "/", "/nowhere", "/static/console.css", "/welcome/x"):
        headers = browser.get(path).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
    assert browser.get("/log-in").headers["Cache-Control"] == "no-store"


def test_cookies_are_out_of_reach_of_scripts_and_other_sites(office: Office) -> None:
    browser = office.browser()
    browser.log_in(office.hire("alice", Role.MARKETER, second_factor=False))
    assert set(browser.cookies) == {"botapp_console", "botapp_console_device"}
    for cookie in browser.cookies.values():
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        assert "Path=/console" in cookie
        assert "Secure" not in cookie


def test_over_https_cookies_travel_over_https_only(open_office: Callable[..., Office]) -> None:
    office = open_office(public_url="https://bot.example")
    alice = office.hire("alice", Role.MARKETER, second_factor=False)
    response = office.app.test_client().get("/console/log-in", base_url="https://bot.example")
    assert "Secure" in response.headers["Set-Cookie"]
    assert alice.id


def test_no_form_is_taken_without_its_token_or_with_anothers(office: Office) -> None:
    alice = office.hire("alice", Role.MARKETER, second_factor=False)
    stranger, browser = office.browser(), office.browser()
    stranger.get("/log-in")
    browser.get("/log-in")
    assert browser.post_bare("/log-in", name="alice", password=PASSWORD).status_code == 400
    token = stranger.token
    assert browser.post_bare("/log-in", name="alice", password=PASSWORD, csrf_token=token).status_code == 400
    browser.log_in(alice)
    assert browser.post_bare("/log-out").status_code == 400
    assert browser.is_in()


def test_a_form_of_more_fields_than_can_be_read_soon_is_refused(office: Office) -> None:
    browser = office.browser()
    browser.get("/log-in")
    assert browser.post_bare("/log-in", name="a" * 600_000).status_code == 413
    assert browser.post_bare("/log-in", name="a" * 400_000).status_code == 400  # without its token


def test_errors_say_little_and_nothing_of_what_was_sent(office: Office) -> None:
    answer = office.browser().get("/nowhere/<script>alert(1)</script>")
    assert answer.status_code == 404
    assert "alert" not in answer.text
    assert "Not here" in answer.text


def test_a_fault_is_a_plain_page(office: Office) -> None:
    browser = office.browser()
    browser.get("/log-in")
    office.world.installation.database.close()
    with office.world.installation.database.transaction() as connection:
        connection.exec_driver_sql("ALTER TABLE staff RENAME TO staff_elsewhere")
    answer = browser.post("/log-in", name="alice", password=PASSWORD)
    assert answer.status_code == 500
    assert "Something broke" in answer.text
    assert "staff_elsewhere" not in answer.text


def test_webhooks_and_health_are_as_without_a_console(office: Office) -> None:
    client = office.app.test_client()
    assert client.get("/health/live").json == {"status": "alive"}
    assert client.post("/webhooks/messenger", data=b"{}").status_code == 403
    assert client.get("/nowhere").json == {"error": "Not Found"}
    assert not client.get("/health/live").headers.getlist("Set-Cookie")


def test_pages_show_that_the_kill_switch_is_on(office: Office) -> None:
    browser = office.browser()
    browser.log_in(office.hire("alice", Role.MARKETER, second_factor=False))
    assert "kill switch" not in browser.get("/account").text
    stop_proactive(office.world.installation.database, "test")
    assert "The kill switch is on." in browser.get("/account").text


@pytest.mark.parametrize(("proxies", "address"), [(0, "10.0.0.1"), (1, "203.0.113.9")])
def test_addresses_are_taken_from_as_many_proxies_as_are_trusted(
    open_office: Callable[..., Office], proxies: int, address: str
) -> None:
    """A header that anybody can send must not let them count as somebody else."""
    office = open_office(trusted_proxies=proxies)
    delays = office.world.installation.console_log_in().delays
    client = office.app.test_client()
    page = client.get("/console/log-in", environ_overrides={"REMOTE_ADDR": "10.0.0.1"}).text
    token = page.partition('name="csrf_token" value="')[2].partition('"')[0]
    client.post(
        "/console/log-in",
        data={"csrf_token": token, "name": "alice", "password": "x"},
        headers={"X-Forwarded-For": "198.51.100.1, 203.0.113.9"},
        environ_overrides={"REMOTE_ADDR": "10.0.0.1"},
    )
    expected = set(delays.buckets("alice", Origin(address, "")))
    assert {row.bucket for row in office.world.rows(log_in_delay)} == expected

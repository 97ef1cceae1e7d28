"""The page of suppression lists: a look at what would become of a list, taking it in, and taking one out."""

import csv
import io
import json

from werkzeug.datastructures import FileStorage

from botapp.console.suppressions.taking import LARGEST_LIST_CHARACTERS
from botapp.policy.access import Role
from botapp.storage.schema import suppression
from tests.console.office import Browser, Office


def _as(office: Office, role: Role, page: int = 0) -> Browser:
    browser = office.browser()
    browser.log_in(office.hire(f"{role}-{page}", role, page=page, second_factor=role is not Role.MARKETER))
    browser.get("/suppressions/")
    return browser


def _send(browser: Browser, page: int, text: str, act: str, **more: str) -> str:
    """A file as browsers send it; the answer's text."""
    file = FileStorage(io.BytesIO(text.encode()), "list.csv")
    fields = {"csrf_token": browser.token, "page": str(page), "act": act, "list": file, **more}
    answer = browser.client.post("/console/suppressions/", data=fields, environ_overrides=browser.environ)
    answer.request.environ["wsgi.input"].close()  # a large body is a file of the test's own
    return answer.text


def test_a_list_is_looked_at_first_and_then_taken_in_with_a_report_for_each_line(office: Office) -> None:
    own, alice = office.world.account.id, office.world.falls_silent("Alice Ng")
    operator = _as(office, Role.OPERATOR)
    text = f"contact,scope\r\n{alice},stop\r\n123456,\r\n<b>,\r\n"
    tried = _send(operator, own, text, "try")
    assert "Nothing has been changed yet" in tried
    assert "Not written to from now on" in tried
    assert "Not known to the page yet" in tried
    assert "<b>" not in tried  # neither in what does not fit, nor where the list waits for the next click
    assert office.world.rows(suppression) == []
    taken = operator.post("/suppressions/", page=str(own), act="take", text=text, as_file="1")
    report = list(csv.DictReader(io.StringIO(taken.text)))
    assert [(row["line"], row["status"]) for row in report] == [
        ("2", "stored"),
        ("3", "kept_for_later"),
        ("4", "does_not_fit"),
    ]
    [entry] = [e for e in office.world.ledger() if e.kind == "suppression_set"]
    assert (entry.reason, json.loads(entry.details)["by"] > 0) == ("imported", True)
    again = operator.post("/suppressions/", page=str(own), act="take", text=text)
    assert "Not written to already" in again.text
    assert "Not written to from now on</dt><dd>0<" in again.text


def test_what_is_taken_out_can_be_taken_in_and_is_on_record(office: Office) -> None:
    own, alice = office.world.account.id, office.world.falls_silent("Alice Ng")
    office.world.says(alice, "STOP")
    operator = _as(office, Role.OPERATOR, page=own)
    given = operator.post("/suppressions/export", page=str(own))
    assert given.headers["Content-Disposition"] == f'attachment; filename="suppressions-{own}.csv"'
    assert f"{alice},stop," in given.text
    assert "Not written to already" in _send(operator, own, given.text, "try")
    begun, ended = office.record("export_begun", "export_ended")
    assert (begun["accounts"], ended["entries"], ended["is_whole"]) == ([own], 1, True)


def test_a_list_that_cannot_be_read_at_all_is_said_to_be_so(office: Office) -> None:
    operator = _as(office, Role.OPERATOR)
    page = office.world.account.id
    assert "Choose a list first" in _send(operator, page, "", "take")
    assert "The first line names the columns" in _send(operator, page, "who,why\nalice,\n", "take")
    too_long = "contact\n" + "1" * LARGEST_LIST_CHARACTERS
    assert "longer than this page takes" in _send(operator, page, too_long, "take")


def test_lists_are_for_those_who_handle_requests_and_of_their_own_pages(office: Office) -> None:
    own, other = office.world.account.id, office.world.add_page("1001").id
    for role in (Role.MARKETER, Role.APPROVER, Role.AUDITOR):
        assert _as(office, role).get("/suppressions/").status_code == 403, role
    local = _as(office, Role.OPERATOR, page=own)
    for page in (str(other), "", "-1", str(1 << 40)):
        assert local.post("/suppressions/", page=page, act="try", text="contact\n1\n").status_code == 404
        assert local.post("/suppressions/export", page=page).status_code == 404
    assert local.post("/suppressions/", page=str(own), act="erase", text="contact\n1\n").status_code == 400

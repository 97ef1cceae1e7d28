"""The worklist of requests: the most urgent first, handled by those who may, each step on record."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from botapp.policy.access import Role
from botapp.storage import privacy_requests
from botapp.storage.privacy_requests import PrivacyRequest
from botapp.storage.schema import ledger_entry
from tests.console.compliance.conftest import Day
from tests.console.compliance.test_pages import text


def ask(day: Day, code: str, *, ago: timedelta = timedelta(0), kind: str = "deletion") -> None:
    """The platform asks in somebody's name."""
    database = day.world.installation.database
    with database.transaction() as connection:
        now = database.now(connection)
        row = {"confirmation_code": code, "platform": "messenger", "kind": kind, "origin": "platform"}
        times = {"issued_at": now - ago, "received_at": now - ago}
        privacy_requests.store_new(connection, {**row, **times, "platform_person_id": "app-scoped-77"})


def request_of(day: Day, code: str) -> PrivacyRequest:
    with day.world.installation.database.reading() as connection:
        found = privacy_requests.find(connection, code)
    assert found is not None
    return found


def handled(day: Day) -> list[dict[str, object]]:
    entries = select(ledger_entry.c.details).where(ledger_entry.c.kind == "request_handled")
    with day.world.installation.database.reading() as connection:
        return [json.loads(row) for row in connection.execute(entries.order_by(ledger_entry.c.sequence)).scalars()]


def test_the_most_urgent_request_stands_first_with_the_laws_clock(day: Day) -> None:
    ask(day, "new", kind="access")
    ask(day, "old", ago=timedelta(days=40))
    seen = text(day.log_in().reads("/requests"))
    assert seen.index("Delete my data") < seen.index("Show my data")
    assert "late" in seen
    assert "app-scoped-77" not in seen


def test_an_operator_says_whose_a_request_is(sqlite_day: Day) -> None:
    ask(sqlite_day, "code")
    operator = sqlite_day.log_in(Role.OPERATOR)
    answer = operator.post("/requests/code/person", page=sqlite_day.world.account.id, person=sqlite_day.bob)
    assert answer.status_code == 303
    contact = request_of(sqlite_day, "code").contact
    assert contact is not None
    assert sqlite_day.contact(sqlite_day.bob).endswith(f"/{contact[1]}")
    [entry] = handled(sqlite_day)
    assert (entry["by"], entry["state"], entry["contact"]) == (operator.staff_id, "named", contact[1])


@pytest.mark.parametrize(("state", "kind"), [("done", "access"), ("nobody_known", "deletion")])
def test_an_operator_closes_a_request_once(day: Day, state: str, kind: str) -> None:
    ask(day, "code", kind=kind)
    operator = day.log_in(Role.OPERATOR)
    assert operator.post("/requests/code/close", state=state).status_code == 303
    assert request_of(day, "code").state == state
    assert operator.post("/requests/code/close", state=state).status_code == 409
    assert [entry["state"] for entry in handled(day)] == [state]
    assert "Nothing to do" in operator.reads("/requests")
    assert "Nothing to do" not in operator.reads("/requests?which=all")


def test_a_deletion_is_done_when_the_data_are_erased_and_not_when_somebody_says_so(sqlite_day: Day) -> None:
    ask(sqlite_day, "code")
    operator = sqlite_day.log_in(Role.OPERATOR)
    assert 'value="done"' not in operator.reads("/requests")
    assert operator.post("/requests/code/close", state="done").status_code == 409
    assert request_of(sqlite_day, "code").is_open
    operator.post("/requests/code/person", page=sqlite_day.world.account.id, person=sqlite_day.bob)
    bob = sqlite_day.contact(sqlite_day.bob)
    sqlite_day.seal()
    installation = sqlite_day.world.installation
    assert installation.erasure_rounds().run() == 1
    assert request_of(sqlite_day, "code").state == "done"
    sqlite_day.seal()
    auditor = sqlite_day.log_in()
    timeline = auditor.reads(bob)
    assert "This person's data were erased" in text(timeline)
    assert sqlite_day.bob not in timeline
    assert "Stop or pause set" in text(timeline)
    assert "it was erased with the person's data" in text(auditor.reads(f"{bob}/entries/1"))
    assert "What named this customer was erased" in text(auditor.reads(f"{bob}/as-of"))
    assert auditor.post("/people", person=sqlite_day.bob).status_code == 404


def test_what_makes_no_sense_changes_nothing(sqlite_day: Day) -> None:
    ask(sqlite_day, "code")
    operator = sqlite_day.log_in(Role.OPERATOR)
    assert operator.post("/requests/code/close", state="open").status_code == 400
    assert operator.post("/requests/code/person", page=sqlite_day.world.account.id, person="nobody").status_code == 404
    assert operator.post("/requests/other/close", state="done").status_code == 409
    assert request_of(sqlite_day, "code").is_open
    assert handled(sqlite_day) == []


def test_an_auditor_looks_on(sqlite_day: Day) -> None:
    ask(sqlite_day, "code")
    auditor = sqlite_day.log_in()
    assert "We know nobody by it" not in auditor.reads("/requests")
    assert auditor.post("/requests/code/close", state="done").status_code == 403
    assert auditor.post("/requests/code/person", page=1, person=sqlite_day.bob).status_code == 403
    assert request_of(sqlite_day, "code").is_open


def test_requests_of_other_pages_are_not_shown(sqlite_day: Day) -> None:
    ask(sqlite_day, "code")
    sqlite_day.log_in(Role.OPERATOR).post(
        "/requests/code/person", page=sqlite_day.world.account.id, person=sqlite_day.bob
    )
    ask(sqlite_day, "unknown")
    own = sqlite_day.log_in(Role.AUDITOR, sqlite_day.world.account.id).reads("/requests")
    other = sqlite_day.log_in(Role.AUDITOR, sqlite_day.world.add_page("1001").id).reads("/requests")
    assert own.count("Delete my data") == 1  # nobody knows yet whose the other is
    assert "Nothing to do" in other


def test_a_long_list_goes_on_page_by_page(sqlite_day: Day) -> None:
    for number in range(60):
        ask(sqlite_day, f"code-{number}", ago=timedelta(hours=number))
    auditor = sqlite_day.log_in()
    for which in ("open", "all"):
        first = auditor.reads(f"/requests?which={which}")
        assert first.count('<span class="tag warn">Open</span>') == 50
        following = first.partition('rel="next" href="/console/compliance')[2].partition('"')[0].replace("&amp;", "&")
        assert auditor.reads(following).count('<span class="tag warn">Open</span>') == 10

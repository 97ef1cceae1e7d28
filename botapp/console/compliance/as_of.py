"""How a contact stood at a past instant, and why something had been sent by then, or nothing."""

from datetime import datetime, timedelta

from flask import Blueprint, abort, render_template, request

from botapp.compliance.as_of import standing_of
from botapp.compliance.cases import File
from botapp.compliance.explain import Explainer
from botapp.console.access import requires
from botapp.console.compliance.desk import Desk, contact_or_404, sees_people, visible_pages
from botapp.console.compliance.form import read_instant, read_number
from botapp.policy.access import Permission
from botapp.storage import entries
from botapp.storage.standing import ContactId

STEPS = 1000  # of the slider, over the time that is on record


def add_routes(blueprint: Blueprint, desk: Desk) -> None:
    """The answer for one instant, and the form to choose another."""

    @blueprint.get("/pages/<int:account_id>/contacts/<int:contact_id>/as-of")
    @requires(Permission.READ_LOG)
    def as_of(account_id: int, contact_id: int) -> str:
        key = contact_or_404(account_id, contact_id)
        if not contact_id:
            abort(404)
        first, last = _on_record(desk, key)
        at = min(_wanted(first, last), last)
        with desk.database.reading() as connection:
            pages = visible_pages(connection)
            file = File.open(connection, key, desk.house).until(at)
            explained = Explainer(desk.database, desk.house).of_file(connection, file, at)
        return render_template(
            "desk_as_of.html",
            key=key,
            pages=pages,
            at=at,
            first=first,
            last=last,
            step=_step(first, last, at),
            steps=STEPS,
            standing=standing_of(file, at),
            explained=explained,
            sees_people=sees_people(account_id),
        )


def _on_record(desk: Desk, key: ContactId) -> tuple[datetime, datetime]:
    """From the contact's first entry until now."""
    with desk.database.reading() as connection:
        first = entries.find_entry(connection, key, 1)
        if first is None:
            abort(404)
        return first.recorded_at, desk.database.now(connection)


def _wanted(first: datetime, last: datetime) -> datetime:
    """An instant as typed, or a step of the slider; now, where neither is given."""
    if typed := request.args.get("at", ""):
        return read_instant(typed) or last
    if slid := request.args.get("step", ""):
        return from_step(min(read_number(slid, "step"), STEPS), first, last)
    return last


def from_step(step: int, first: datetime, last: datetime) -> datetime:
    """The instant of a step: the first of them is the first entry, the last of them is now."""
    microseconds = (last - first) // timedelta(microseconds=1)
    return first + timedelta(microseconds=microseconds * step // STEPS)


def _step(first: datetime, last: datetime, at: datetime) -> int:
    span = max(last - first, timedelta(microseconds=1))
    return max(0, min(STEPS, round(STEPS * ((at - first) / span))))

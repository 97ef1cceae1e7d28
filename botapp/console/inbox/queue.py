"""Who waits, the longest first; who is with whom; and who was not answered in time."""

from collections.abc import Sequence
from datetime import timedelta

from flask import Blueprint, render_template

from botapp.console.access import current_staff, reach_of, requires
from botapp.console.inbox.shown import CAUSES
from botapp.console.pages_named import pages_of
from botapp.console.parts import ConsoleParts
from botapp.policy.access import Permission
from botapp.storage import handover_lists, staff
from botapp.storage.handover_lists import Listed
from botapp.storage.handovers import HandoverState

MOST = 200
_UNANSWERED_SHOWN = timedelta(days=7)
_IN_PLATFORMS_INBOX = (HandoverState.PASSING, HandoverState.PASSED, HandoverState.TAKING)


def add_routes(blueprint: Blueprint, parts: ConsoleParts) -> None:
    """The list."""

    @blueprint.get("/")
    @requires(Permission.READ_LOG)
    def queue() -> str:
        reach = reach_of(Permission.READ_LOG)
        own = None if reach.everywhere else reach.account_ids
        with parts.database.reading() as connection:
            now = parts.database.now(connection)
            listed = handover_lists.list_open(connection, own, MOST)
            since = now - _UNANSWERED_SHOWN * parts.house.scale
            unanswered = handover_lists.list_unanswered(connection, own, since, MOST)
            pages = {page.id: page for page in pages_of(connection, Permission.READ_LOG)}
            names = {member.id: member.display_name for member in staff.load_all(connection)}
        me = current_staff().id
        return render_template(
            "inbox_queue.html",
            waiting=_in(listed, HandoverState.QUEUED),
            mine=[each for each in _in(listed, HandoverState.CLAIMED) if each.handover.staff_id == me],
            others=[each for each in _in(listed, HandoverState.CLAIMED) if each.handover.staff_id != me],
            elsewhere=_in(listed, *_IN_PLATFORMS_INBOX),
            unanswered=unanswered,
            pages=pages,
            names=names,
            causes=CAUSES,
            now=now,
            target=parts.inbox.target,
            house=parts.house,
        )


def _in(listed: Sequence[Listed], *states: HandoverState) -> list[Listed]:
    return [each for each in listed if each.handover.state in states]

"""One version of a template: its words, how customers read them, how far it has come, and what has changed."""

from flask import request

from botapp.campaign.differences import Piece, differences, in_full
from botapp.campaign.preview import looks
from botapp.console.access import current_staff, may
from botapp.console.parts import ConsoleParts
from botapp.console.staged.seen import see
from botapp.console.templates.previews import of_customers, previews
from botapp.console.templates.shown import STAGES, STEPS
from botapp.console.templates.writing import findings
from botapp.identifiers import new_token
from botapp.policy.access import Permission
from botapp.storage import contacts
from botapp.storage.accounts import Account
from botapp.storage.template_stages import TEMPLATE_VERSIONS, StagedTemplate


def show_version(parts: ConsoleParts, page: Account, name: str, number: int, problem: str) -> str:
    """The page of a version; 404 if there is none."""
    with parts.database.reading() as connection:
        seen = see(connection, TEMPLATE_VERSIONS, page, name, number)
        found = seen.found
        own = contacts.find_of_staff(connection, page.id, current_staff().id)
        customers = of_customers(parts, connection, page, found.wordings, request.args.get("contact", ""))
    return seen.render(
        "template_version.html",
        STEPS,
        problem,
        pill=STAGES[found.standing.stage],
        changes=_changes(seen.compared, found) if seen.compared else {},
        customers=customers,
        previews=previews(parts, page, found.wordings),
        wordings={language: in_full(wording) for language, wording in found.wordings.items()},
        looks=looks(),
        findings=findings(found.wordings, found.purpose),
        may_try=bool(own) and may(Permission.STOP_SENDING, page.id),
        nonce=new_token(),
        sees_people=may(Permission.READ_LOG, page.id),
    )


def _changes(older: StagedTemplate, newer: StagedTemplate) -> dict[str, list[Piece]]:
    """By language, what became of what could be read and tapped."""
    before, after = ({code: in_full(w) for code, w in each.wordings.items()} for each in (older, newer))
    return {code: differences(before.get(code, ""), after.get(code, "")) for code in dict.fromkeys([*after, *before])}

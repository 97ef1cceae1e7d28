"""One entry: what it says, what it hides from most, and the proof that it stands in the log."""

import json
from typing import Any

from flask import Blueprint, Response, abort, render_template
from sqlalchemy import Connection, Row

from botapp.compliance.entry_proof import prove
from botapp.compliance.seal import leaf_of
from botapp.console.access import requires
from botapp.console.compliance.desk import Desk, contact_or_404, sees_people, visible_pages
from botapp.console.compliance.shown import show
from botapp.policy.access import Permission
from botapp.storage import entries
from botapp.storage.entries import StoredEntry
from botapp.storage.standing import ContactId

_ENTRY = "/pages/<int:account_id>/contacts/<int:contact_id>/entries/<int:sequence>"


def add_routes(blueprint: Blueprint, desk: Desk) -> None:
    """An entry, its proof and its bytes."""

    @blueprint.get(_ENTRY)
    @requires(Permission.READ_LOG)
    def entry(account_id: int, contact_id: int, sequence: int) -> str:
        key = contact_or_404(account_id, contact_id)
        with desk.database.reading() as connection:
            row = _row_or_404(connection, key, sequence)
            proved = prove(connection, row.leaf_index) if row.leaf_index is not None else None
            pages = visible_pages(connection)
        leaf = leaf_of(row, row.commitment)
        return render_template(
            "desk_entry.html",
            key=key,
            shown=show(_stored(row)),
            row=row,
            leaf=leaf.encode().decode(),
            proved=proved,
            pages=pages,
            hidden=_hidden(row) if sees_people(account_id) else None,
            sees_people=sees_people(account_id),
        )

    @blueprint.get(f"{_ENTRY}/proof")
    @requires(Permission.READ_LOG)
    def proof(account_id: int, contact_id: int, sequence: int) -> Response:
        with desk.database.reading() as connection:
            row = _row_or_404(connection, contact_or_404(account_id, contact_id), sequence)
            proved = prove(connection, row.leaf_index) if row.leaf_index is not None else None
        if proved is None:
            abort(404)
        named = f"entry-{row.leaf_index}.tlog-proof"
        return Response(str(proved[0]), mimetype="text/plain", headers=_as_file(named))

    @blueprint.get(f"{_ENTRY}/leaf")
    @requires(Permission.READ_LOG)
    def leaf(account_id: int, contact_id: int, sequence: int) -> Response:
        """The exact bytes that the proof is about."""
        with desk.database.reading() as connection:
            row = _row_or_404(connection, contact_or_404(account_id, contact_id), sequence)
        content = leaf_of(row, row.commitment).encode()
        return Response(content, mimetype="application/json", headers=_as_file(f"entry-{row.leaf_index}.json"))


def _row_or_404(connection: Connection, key: ContactId, sequence: int) -> Row[Any]:
    row = entries.find_entry(connection, key, min(sequence, (1 << 63) - 1))
    if row is None:
        abort(404)
    return row


def _stored(row: Row[Any]) -> StoredEntry:
    return StoredEntry(*(getattr(row, name) for name in StoredEntry.__slots__))


def _hidden(row: Row[Any]) -> dict[str, Any]:
    """What the entry hides, for those entitled: the platform's id of what happened, words."""
    hidden: dict[str, Any] = json.loads(row.private) if row.private else {}
    return {**hidden, **({"evidence_key": row.evidence_key} if row.evidence_key else {})}


def _as_file(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}

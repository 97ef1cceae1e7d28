"""Whether the numbers of a contact's entries have a gap, or their end is missing."""

from dataclasses import dataclass

from sqlalchemy import Connection

from botapp.storage.statement import Statement

# Who wrote an entry took its number from the contact's row, the page's or the installation's, in one transaction.
_TAKEN = (
    "SELECT account_id, id AS contact_id, ledger_sequence AS expected FROM contact"
    " UNION ALL SELECT id, 0, ledger_sequence FROM account UNION ALL SELECT 0, 0, ledger_sequence FROM control"
)
_WRITTEN = (
    "SELECT account_id, contact_id, count(*) AS entries, max(sequence) AS last FROM ledger_entry"
    " GROUP BY account_id, contact_id"
)
_FIND_GAP = Statement(
    f"WITH taken AS ({_TAKEN}), written AS ({_WRITTEN})"  # noqa: S608  our schema's names
    " SELECT account_id, contact_id, entries, last, coalesce(expected, last)"
    " FROM written LEFT JOIN taken USING (account_id, contact_id)"
    " WHERE entries <> last OR last <> coalesce(expected, last)"
    " UNION ALL SELECT account_id, contact_id, 0, 0, expected"
    " FROM taken LEFT JOIN written USING (account_id, contact_id) WHERE expected > 0 AND entries IS NULL LIMIT 1"
)


@dataclass(frozen=True, slots=True)
class Gap:
    """A contact (0: the page itself) whose entries are not numbered from 1 to the last number that was taken."""

    account_id: int
    contact_id: int
    entries: int
    last: int
    expected: int


def find_gap(connection: Connection) -> Gap | None:
    """The first gap found; None if there is none. Looks at every number: some seconds for millions."""
    row = _FIND_GAP.first(connection)
    return Gap(*row) if row else None

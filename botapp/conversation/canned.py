"""The words that the team keeps ready: each change of them is on the log, with who made it."""

import hashlib

from botapp.storage import accounts, canned_answers, ledger
from botapp.storage.canned_answers import CannedAnswer
from botapp.storage.engine import Database
from botapp.storage.ledger import Entry, EntryKind


def keep(database: Database, answer: CannedAnswer, *, by: int) -> bool:
    """Keep these words, or drop those of that name where there are none; False if that changed nothing."""
    with database.transaction() as connection:
        accounts.lock_account(connection, answer.account_id)
        before = canned_answers.find(connection, answer.account_id, answer.language, answer.name)
        if before == answer or (before is None and not answer.text):
            return False
        details: dict[str, object] = {"language": answer.language, "name": answer.name, "by": by}
        if answer.text:
            canned_answers.save(connection, answer)
            details["content_hash"] = hashlib.sha256(answer.text.encode()).hexdigest()
        else:
            canned_answers.remove(connection, answer.account_id, answer.language, answer.name)
        entry = Entry(EntryKind.CANNED_CHANGED, details=details)
        ledger.append_for_page(connection, answer.account_id, entry, database.now(connection))
    return True

"""What the platform shows of a page: greeting, first questions and menu, of the page's own texts and questions."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection

from botapp.channels.port import PageFace, PageProfile, QuickReply
from botapp.conversation.answers import ICE_BREAKER_LIMIT, ICE_BREAKERS, MENU, PROFILE_GREETING, Wordings
from botapp.storage import accounts, ledger
from botapp.storage.accounts import Account
from botapp.storage.engine import Database
from botapp.storage.ledger import Entry, EntryKind
from botapp.understanding.faq.entry import FaqEntry
from botapp.understanding.wish import PAYLOAD_ENTRY, PAYLOAD_HELLO

MOST_QUESTIONS = 4  # platform-reference 2.7


def build_profile(account: Account, wordings: Wordings, questions: Mapping[str, Sequence[QuickReply]]) -> PageProfile:
    """The profile of a page. `questions`: those of its FAQ by language; where there are none, the shipped ones."""
    faces = {
        language: _face(wordings.texts_in(language, account.language), questions.get(language, ()))
        for language in wordings.languages
    }
    return PageProfile(PAYLOAD_HELLO, faces[account.language], faces)


def first_questions(entries: Iterable[FaqEntry]) -> dict[str, list[QuickReply]]:
    """By language, those that the page's FAQ begins with, as they are asked there."""
    questions: dict[str, list[QuickReply]] = {}
    for entry in entries:
        title = entry.question if len(entry.question) <= ICE_BREAKER_LIMIT else entry.short_title(ICE_BREAKER_LIMIT)
        payload = f"{PAYLOAD_ENTRY}{entry.language}:{entry.name}"
        questions.setdefault(entry.language, []).append(QuickReply(title, payload))
    return questions


def record_profile(database: Database, account_id: int, properties: Mapping[str, object]) -> None:
    """Put on record that the platform took these properties."""
    content = json.dumps(properties, sort_keys=True, ensure_ascii=False)
    details = {"content_hash": hashlib.sha256(content.encode()).hexdigest()}
    with database.transaction() as connection:
        _append(connection, account_id, Entry(EntryKind.PROFILE_SET, details=details), database)


def _append(connection: Connection, account_id: int, entry: Entry, database: Database) -> None:
    accounts.lock_account(connection, account_id)
    ledger.append_for_page(connection, account_id, entry, database.now(connection))


def _face(texts: Mapping[str, str], questions: Sequence[QuickReply]) -> PageFace:
    shipped = [QuickReply(texts[key], payload) for key, payload in ICE_BREAKERS.items()]
    return PageFace(
        greeting=texts[PROFILE_GREETING],
        first_questions=tuple(questions or shipped)[:MOST_QUESTIONS],
        menu=tuple(QuickReply(texts[key], payload) for key, payload in MENU.items()),
    )

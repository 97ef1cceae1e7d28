"""Makes entries answer: learnt first, then stored and swapped in one transaction, and recorded."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from botapp.answering.content import from_content, hash_of, to_content
from botapp.storage import accounts, faq, ledger
from botapp.storage.engine import Database
from botapp.storage.ledger import Entry, EntryKind
from botapp.understanding.faq.entry import FaqEntry


@dataclass(frozen=True, slots=True)
class Published:
    """The version that answers now."""

    version: int
    is_new: bool  # False: it answered already


class ChangedMeanwhileError(Exception):
    """Somebody else published while this was being learnt; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Change:
    """One entry before and after."""

    name: str
    language: str
    what: str  # "added", "changed" or "removed"


def live_entries(database: Database, account_id: int) -> tuple[int | None, tuple[FaqEntry, ...]]:
    """The version that answers, and its entries; None and nothing for a page without any."""
    with database.reading() as connection:
        found = faq.find_live_content(connection, account_id)
    return (None, ()) if found is None else (found[0], from_content(found[1]))


def changes_between(before: Sequence[FaqEntry], after: Sequence[FaqEntry]) -> list[Change]:
    """Entry by entry, in the order of their names."""
    old, new = ({(e.name, e.language): e for e in entries} for entries in (before, after))
    differing = [key for key in sorted(old.keys() | new.keys()) if old.get(key) != new.get(key)]
    return [
        Change(*key, "added" if key not in old else "removed" if key not in new else "changed") for key in differing
    ]


def publish(
    database: Database,
    account_id: int,
    entries: Sequence[FaqEntry],
    *,
    base_version: int | None,
    learn: Callable[[Sequence[FaqEntry]], bytes],
) -> Published:
    """Let these entries answer in place of `base_version`, the version they were made from.

    `learn` is `learning.learn_model`, wherever it runs. Workers answer by them from their next answer on. Raises
    ChangedMeanwhileError.
    """
    content, model = to_content(entries), learn(entries)
    with database.transaction() as connection:
        accounts.lock_account(connection, account_id)
        live = faq.find_live_version(connection, account_id)
        if (live[0] if live else None) != base_version:
            raise ChangedMeanwhileError
        now = database.now(connection)
        version = faq.store_version(connection, account_id, content, hash_of(content), now)
        if (version, hash_of(model)) == live:
            return Published(version, is_new=False)
        faq.set_live(connection, account_id, version, model, hash_of(model))
        hashes = {"content_hash": hash_of(content), "model_hash": hash_of(model)}
        entry = Entry(EntryKind.FAQ_PUBLISHED, details={"version": version, **hashes})
        ledger.append_for_page(connection, account_id, entry, now)
    return Published(version, is_new=True)


def with_phrasings(entries: Sequence[FaqEntry], name: str, phrasings: Sequence[tuple[str, str]]) -> list[FaqEntry]:
    """The entries with further phrasings (text, language) of one of them; LookupError if there is none of that name.

    A phrasing in a language that the entry lacks goes to its first one.
    """
    named = [entry for entry in entries if entry.name == name]
    if not named:
        raise LookupError(name)
    languages = {entry.language for entry in named}
    added: dict[str, list[str]] = {}
    for text, language in phrasings:
        added.setdefault(language if language in languages else named[0].language, []).append(text)
    return [
        replace(entry, phrasings=_joined(entry, added.get(entry.language, []))) if entry.name == name else entry
        for entry in entries
    ]


def _joined(entry: FaqEntry, added: Sequence[str]) -> tuple[str, ...]:
    return tuple(text for text in dict.fromkeys([*entry.phrasings, *added]) if text != entry.question)

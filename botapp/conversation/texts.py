"""A page's own texts: what the bot says there in place of config/answers. Versions are never edited, and recorded."""

import hashlib
import json
import re
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection

from botapp.conversation.answers import AnswerKind, Wordings, check_texts
from botapp.conversation.menu_words import own_menu_texts
from botapp.reengagement.tone import ToneRule, tone_of
from botapp.storage import accounts, campaigns, ledger
from botapp.storage.accounts import Account
from botapp.storage.engine import Database
from botapp.storage.ledger import Entry, EntryKind
from botapp.storage.page_texts import load_content
from botapp.storage.schema import texts_version
from botapp.understanding.courtesy import Courtesies
from botapp.understanding.wish import Wish, WithdrawalWords, understand

Texts = Mapping[str, Mapping[str, str]]  # language -> key -> text

_SECTIONS = frozenset({"preferences", "topics"})  # of the menus
_MOST_KEPT = 1_000  # pages' texts in memory
_IN_CAPITALS = re.compile(r"(?<!\w)[^\W\d_]{4,}(?!\w)")
# Which way out, or back, a text has to name in capitals, as the shipped ones do.
_NAMES = {
    **dict.fromkeys(
        (AnswerKind.GREETING, AnswerKind.AGAIN, AnswerKind.START_CONFIRMED, AnswerKind.OPTIN_YES, "optin_question"),
        Wish.STOP,
    ),
    AnswerKind.HELP: Wish.STOP,
    AnswerKind.START_NEEDS_YES: Wish.STOP,
    **dict.fromkeys(
        (
            AnswerKind.GREETING_STOPPED,
            AnswerKind.STOP_CONFIRMED,
            AnswerKind.STOP_HOLDS,
            AnswerKind.MUTE_CONFIRMED,
            "mute_confirmed_open",
        ),
        Wish.START,
    ),
}
_DISCLOSE = (AnswerKind.GREETING, AnswerKind.GREETING_STOPPED, AnswerKind.AGAIN, AnswerKind.HELP)


@dataclass(frozen=True, slots=True)
class TextRules:
    """What a page's own texts are checked by."""

    shipped: Wordings
    words: WithdrawalWords
    courtesies: Courtesies
    tone: ToneRule = ToneRule.OFF

    def check(self, tables: Mapping[str, object]) -> Texts:
        """The texts of a parsed file. Raises ValueError with a line for each that is wrong: where, and what to do."""
        texts: dict[str, dict[str, str]] = {}
        faults: list[str] = []
        for language, table in tables.items():
            if language not in self.shipped.languages or not isinstance(table, dict):
                known = ", ".join(self.shipped.languages)
                faults.append(f"{language}: write the texts of a language under its code: one of {known}")
                continue
            texts[language] = self._menu_texts(language, table, faults)
            for key, text in table.items():
                if key in _SECTIONS:
                    continue
                try:
                    texts[language] |= check_texts(f"[{language}]", {key: text})
                    broken = self._broken_promises(language, key, text)
                    faults.extend(f"[{language}]: {key} {fault}" for fault in broken)
                except ValueError as error:
                    faults.append(str(error))
        if faults:
            raise ValueError("\n".join(faults))
        if not any(texts.values()):
            raise ValueError("there are no texts in it; write some under [en] or another language")
        return texts

    def _menu_texts(self, language: str, table: Mapping[str, object], faults: list[str]) -> dict[str, str]:
        """What the page says in its menus; the texts and the titles of topics are in the same version as all else."""
        try:
            found = own_menu_texts(f"[{language}]", table)
        except ValueError as error:
            faults.append(str(error))
            return {}
        for key, text in found.items():
            faults.extend(f"[{language}]: {key} {fault}" for fault in self._broken_promises(language, key, text))
        return found

    def _broken_promises(self, language: str, key: str, text: str) -> Iterator[str]:
        """Words in capitals that do not do what they say, and what has to be said and is not."""
        named = {word: understand(word, None, self.words, language).wish for word in _shouted(text)}
        for word, wish in named.items():
            if wish is None:
                yield f"tells people to send {word}, which means nothing to the bot; see config/optout/{language}.toml"
        if (wanted := _NAMES.get(key)) and wanted not in named.values():
            yield f"must name the word in capitals by which people {wanted.value}"
        if key in _DISCLOSE and not self.courtesies.discloses(text, language):
            yield "must say that a machine is writing, with a word such as those of `discloses` in config/courtesy"
        for finding in tone_of(text) if self.tone is ToneRule.REFUSE else ():
            yield f"does not sound right: {finding}"


def apply_texts(database: Database, account_id: int, texts: Texts) -> tuple[int, bool]:
    """Make these, and no others, the page's own texts; their version, and whether that changed anything."""
    content = json.dumps(texts, sort_keys=True, ensure_ascii=False)
    hashed = {"content": content, "content_hash": hashlib.sha256(content.encode()).hexdigest()}
    with database.transaction() as connection:
        live = accounts.lock_account(connection, account_id).texts_version
        now = database.now(connection)
        version = campaigns.store_version(connection, texts_version, {"account_id": account_id}, hashed, now)
        if version != live:
            details = {"version": version, "content_hash": hashed["content_hash"]}
            _set_live(connection, account_id, version, details, database)
    return version, version != live


def drop_texts(database: Database, account_id: int) -> bool:
    """Let the page say what is shipped; False if it did already."""
    with database.transaction() as connection:
        live = accounts.lock_account(connection, account_id).texts_version
        if live is not None:
            _set_live(connection, account_id, None, {"version": None}, database)
    return live is not None


@dataclass(frozen=True, slots=True)
class PageTexts:
    """The wordings of each page. Versions never change, so each is read once in each process."""

    shipped: Wordings
    _known: dict[tuple[int, int], Wordings] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def of(self, connection: Connection, account: Account) -> Wordings:
        """What the page says now."""
        version = account.texts_version
        if version is None:
            return self.shipped
        key = (account.id, version)
        known = self._known.get(key)
        if known is None:
            known = self.shipped.replaced(json.loads(load_content(connection, *key)), str(version))
            with self._lock:
                if len(self._known) >= _MOST_KEPT:
                    self._known.clear()
                self._known[key] = known
        return known


def _set_live(
    connection: Connection, account_id: int, version: int | None, details: dict[str, object], database: Database
) -> None:
    accounts.change_account(connection, account_id, {"texts_version": version})
    entry = Entry(EntryKind.TEXTS_PUBLISHED, details=details)
    ledger.append_for_page(connection, account_id, entry, database.now(connection))


def _shouted(text: str) -> list[str]:
    return [word for word in _IN_CAPITALS.findall(text) if word.isupper()]

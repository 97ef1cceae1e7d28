"""Shows people that their message was seen and an answer is being written, where writing it takes a moment."""

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from botapp.channels.rate import Rate
from botapp.channels.vault import Vault
from botapp.clock import Clock
from botapp.policy.window import Window
from botapp.reengagement.facts import thread_is_owned
from botapp.reengagement.terms import HouseRules
from botapp.storage import accounts, contacts
from botapp.storage.accounts import Account
from botapp.storage.contacts import Contact
from botapp.storage.engine import Database
from botapp.storage.replies import ReplyKey

MOMENT_SECONDS = 0.3  # most answers are out by then, and nobody would see the dots
_log = logging.getLogger(__name__)


class ActionSender(Protocol):
    """The platform's side of it."""

    def act(self, page_id: str, token: str, platform_contact_id: str, action: str) -> None: ...


@dataclass(slots=True)
class _Awaited:
    """An answer that is being written."""

    key: ReplyKey
    show_at: float  # on the monotonic clock
    is_written: bool = False


@dataclass(slots=True)
class TypingIndicator:
    """One thread of its own for all answers of a process: it delays none, and what fails in it fails nothing else."""

    database: Database
    house: HouseRules
    sender: ActionSender
    vault: Vault
    rate: Rate
    clock: Clock
    _awaited: deque[_Awaited] = field(default_factory=deque)
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _thread: threading.Thread | None = None

    @contextmanager
    def until_written(self, key: ReplyKey) -> Iterator[None]:
        """While an answer is written: after a moment its reader is shown so."""
        awaited = _Awaited(key, self.clock.elapsed() + MOMENT_SECONDS)
        with self._changed:
            self._awaited.append(awaited)
            if self._thread is None:
                self._thread = threading.Thread(target=self._watch, name="typing", daemon=True)
                self._thread.start()
            if len(self._awaited) == 1:  # before others it waits for the first of them anyway
                self._changed.notify()
        try:
            yield
        finally:
            awaited.is_written = True

    def _watch(self) -> None:
        while True:
            awaited = self._next()
            try:
                self._show(awaited)
            except Exception as error:  # noqa: BLE001  nobody waits for dots
                _log.warning("typing not shown: %s", type(error).__name__)

    def _next(self) -> _Awaited:
        """The first whose moment has passed before it was written."""
        with self._changed:
            while True:
                while self._awaited and self._awaited[0].is_written:
                    self._awaited.popleft()
                left = self._awaited[0].show_at - self.clock.elapsed() if self._awaited else None
                if left is not None and left <= 0:
                    return self._awaited.popleft()
                self._changed.wait(left)

    def _show(self, awaited: _Awaited) -> None:
        with self.database.reading() as connection:
            contact = contacts.load_contact(connection, awaited.key.account_id, awaited.key.contact_id)
            account = accounts.load_account(connection, awaited.key.account_id)
            now = self.database.now(connection)
        opened_at = contact.last_interaction_at
        is_open = opened_at is not None and Window(opened_at, opened_at + self.house.window_length).admits(
            now, self.house.send_allowance
        )
        if not is_open or account.paused_at is not None or thread_is_owned(contact, self.house, now):
            return
        for action in ("mark_seen", "typing_on"):
            self._act(account, contact, action, unless=lambda: awaited.is_written)
        if awaited.is_written:  # it overtook us: otherwise the dots would stay for twenty seconds
            self._act(account, contact, "typing_off", unless=lambda: False)

    def _act(self, account: Account, contact: Contact, action: str, *, unless: Callable[[], bool]) -> None:
        if unless() or not self.rate.spend(account.id):
            return
        self.sender.act(account.page_id, self.vault.open(account.token_encrypted), contact.platform_contact_id, action)

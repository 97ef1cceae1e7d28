"""Deletions in a world: the ticker carries out what people asked for, and each is told at its commit."""

from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from typing import Any

from botapp.compliance.erasure import Eraser, Erasure, ErasureRounds
from botapp.compliance.seal import Sealer
from botapp.simulation.clockwork import Clockwork
from botapp.simulation.record import Record
from botapp.simulation.store import SimulatedDatabase, Store
from botapp.storage.standing import ContactId

_NAMES = """
SELECT account_id, contact.id, account.page_id, platform_contact_id FROM contact
 JOIN account ON account.id = contact.account_id ORDER BY account_id, contact.id
"""
_ANY = """
SELECT 1 FROM privacy_request WHERE state = 'open' AND kind = 'deletion' AND contact_id IS NOT NULL LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class ToldEraser(Eraser):
    """The production eraser; the record learns whom it erased at the instant at which that becomes true."""

    store: Store
    record: Record
    clockwork: Clockwork

    def erase(self, contact: ContactId, origin: str, *, after_answers: bool = False, by: int | None = None) -> Erasure:
        thread = self.clockwork.current
        before = {(account_id, number): name for account_id, number, _, name in self.store.query(_NAMES)}
        if thread is not None:
            thread.on_commit = lambda: self._tell(before)
        return Eraser.erase(self, contact, origin, after_answers=after_answers, by=by)

    def _tell(self, before: dict[ContactId, str]) -> None:
        for account_id, number, page_id, name in self.store.query(_NAMES):
            known_as = before.get((account_id, number), name)
            if known_as != name:
                self.record.erased(page_id, known_as, name)


class Idle(Executor):
    """What deletions leave behind in files is cleared away beside everything else; a world has no files."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:  # noqa: ANN401, ARG002  Executor's own signature
        return Future()


@dataclass(slots=True)
class Deletions:
    """A chore of the ticker. Nothing is erased that has no place in the log, so what has none gets its place first."""

    database: SimulatedDatabase
    sealer: Sealer
    rounds: ErasureRounds

    def run(self) -> int:
        if not self.database.store.query(_ANY):
            return 0
        self.sealer.place()
        return self.rounds.run()

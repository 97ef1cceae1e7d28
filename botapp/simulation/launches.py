"""New pages: staff have a page write to the team only, let it go live with a daily cap, and raise the cap by steps."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from random import Random

from botapp.campaign.daily_caps import DailyCaps
from botapp.campaign.team_mode import TeamMode
from botapp.simulation.clockwork import DAY, HOUR, MINUTE, Clockwork
from botapp.simulation.mailbox import Mailbox
from botapp.simulation.record import Record
from botapp.simulation.store import SimulatedDatabase
from botapp.simulation.trace import OfTheTeam
from botapp.storage import accounts

FIRST_PERSON, SECOND_PERSON = 1, 2
_STEPS = (2, 6, 20)  # small enough to be reached in a world
_OWN_CONTACTS = 3
_WHY = "simulated"

Step = Callable[[], object]
Do = Callable[[Step, Step], None]  # a use case, and what is done at its commit


@dataclass(slots=True)
class Launches:
    """Each step is one production use case."""

    clockwork: Clockwork
    record: Record
    random: Random
    database: SimulatedDatabase
    mailboxes: list[Mailbox]
    do: Do
    _rising: set[int] = field(default_factory=set)  # pages whose next step is planned

    def begin_anew(self, page_id: str, account_id: int) -> None:
        """The page writes to the team only, and minutes or hours later to everybody, a few a day."""
        known = [mailbox for mailbox in self.mailboxes if mailbox.page_id == page_id and mailbox.opened_at is not None]
        for mailbox in self.random.sample(known, min(len(known), _OWN_CONTACTS)):
            self.do(partial(self._link, account_id, mailbox), partial(self._linked, mailbox))
        team = TeamMode(self.database, first_cap=_STEPS[0])
        self._do(lambda: team.back_to_team(account_id, _WHY, by=FIRST_PERSON))
        self._later(MINUTE, 6 * HOUR, lambda: self._go_live(team, account_id))

    def lower_cap(self, account_id: int) -> None:
        """Back to the first step, at once."""
        self._do(lambda: self._caps().lower_cap(account_id, _WHY, by=FIRST_PERSON))
        self._raise_later(account_id)

    def _go_live(self, team: TeamMode, account_id: int) -> None:
        self._do(lambda: team.ask_live(account_id, _WHY, by=FIRST_PERSON))
        self._later(MINUTE, HOUR, lambda: self._consent(team, account_id))

    def _consent(self, team: TeamMode, account_id: int) -> None:
        self._do(lambda: team.go_live(account_id, _WHY, by=SECOND_PERSON))
        self._raise_later(account_id)

    def _raise_later(self, account_id: int) -> None:
        if account_id not in self._rising:
            self._rising.add(account_id)
            self._later(DAY, 2 * DAY, lambda: self._raise(account_id))

    def _raise(self, account_id: int) -> None:
        self._rising.discard(account_id)
        [(mode, cap)] = self.database.store.query("SELECT mode, daily_cap FROM account WHERE id = ?", account_id)
        if mode == accounts.TEAM:
            self._go_live(TeamMode(self.database, first_cap=_STEPS[0]), account_id)  # a crash came between
        elif cap is not None:
            self._do(lambda: self._caps().raise_cap(account_id, _WHY, by=FIRST_PERSON))
            self._raise_later(account_id)

    def _caps(self) -> DailyCaps:
        return DailyCaps(self.database, _STEPS, timedelta(days=1))

    def _link(self, account_id: int, mailbox: Mailbox) -> None:
        with self.database.reading() as connection:
            page = accounts.load_account(connection, account_id)
        with suppress(LookupError):  # nothing of theirs has reached us yet
            TeamMode(self.database).link(page, mailbox.contact_id, by=FIRST_PERSON)

    def _linked(self, mailbox: Mailbox) -> None:
        self.record.tell(OfTheTeam(self.record.now(), mailbox.page_id, mailbox.contact_id))

    def _do(self, use_case: Step) -> None:
        self.do(use_case, self.record.expect_change)

    def _later(self, shortest: int, longest: int, action: Step) -> None:
        self.clockwork.at(self.clockwork.now + self.random.randrange(shortest, longest), action)

"""The kill switch in the hands of staff: one person stops, with a reason; another resumes."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from botapp.campaign.publish import turn_switch
from botapp.campaign.stages import LONGEST_REASON
from botapp.policy.approval import Refusal
from botapp.storage import accounts, page_rows, switches
from botapp.storage.accounts import LIVE
from botapp.storage.engine import Database
from botapp.storage.ledger import THE_INSTALLATION


@dataclass(frozen=True, slots=True)
class Switch:
    """The switch of a page, or (no page) of everything, with its last turn."""

    account_id: int | None
    name: str
    is_on: bool  # nothing proactive is sent
    pause_reason: str | None = None  # the page had trouble with the platform, whatever the switch says
    is_in_team_mode: bool = False
    turned_at: datetime | None = None
    by: int | None = None  # None: at the command line
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class KillSwitch:
    """Stops and resumes what is proactive. `by` is the number of whoever does it."""

    database: Database

    def look(self, connection: Connection) -> list[Switch]:
        """How all switches stand, that of everything first."""
        everything = Switch(None, "Everything", accounts.proactive_is_stopped(connection))
        pages = (
            Switch(
                page.id,
                page.name,
                is_on=page.proactive_stopped_at is not None,
                pause_reason=(page.pause_reason or "trouble with the platform") if page.paused_at else None,
                is_in_team_mode=page.mode != LIVE,
            )
            for page in accounts.load_all(connection)
        )
        return [_with_last_turn(connection, each) for each in (everything, *pages)]

    def stop(self, account_id: int | None, why: str, *, by: int) -> Refusal | None:
        """Once this returns, nothing proactive is claimed. What is stopped already stays as it was stopped first."""
        return self._turn(account_id, why, by, stopped=True)

    def resume(self, account_id: int | None, why: str, *, by: int) -> Refusal | None:
        """Undone by a second person; what is still inside its window goes out."""
        return self._turn(account_id, why, by, stopped=False)

    def _turn(self, account_id: int | None, why: str, by: int, *, stopped: bool) -> Refusal | None:
        why = " ".join(why.split())
        if not why or len(why) > LONGEST_REASON:
            return Refusal.NO_REASON
        with self.database.transaction() as connection:
            page_rows.hold(connection, account_id or THE_INSTALLATION)
            stands = next((each for each in self.look(connection) if each.account_id == account_id), None)
            if stands is None:
                raise LookupError("no such page")
            if stands.is_on == stopped and (stopped or stands.pause_reason is None):
                return Refusal.WRONG_STAGE
            if not stopped and stands.is_on and stands.by == by:
                return Refusal.SECOND_PERSON
            turn_switch(connection, account_id, why, self.database.now(connection), stopped=stopped, by=by)
        return None


def _with_last_turn(connection: Connection, stands: Switch) -> Switch:
    turn = switches.find_last_stop(connection, stands.account_id) if stands.is_on else None
    return replace(stands, turned_at=turn.at, by=turn.by, reason=turn.reason) if turn else stands

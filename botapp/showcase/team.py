"""The shop's staff at work: they take over conversations that want a person, by the desk that production has."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta, tzinfo
from functools import partial
from random import Random

from botapp.conversation.desk import HandoverDesk
from botapp.identifiers import new_token
from botapp.showcase.agenda import Agenda
from botapp.showcase.script import Script
from botapp.storage import handover_lists
from botapp.storage.engine import Database
from botapp.storage.handover_lists import Listed
from botapp.storage.handovers import HandoverState

_WORKS_FROM, _WORKS_UNTIL = 8, 20
_LOOKS_EVERY = timedelta(minutes=10)
_TAKES_AT_ONCE = 0.7
_HANDS_BACK = 0.4
_LISTED = 20


@dataclass(slots=True)
class Team:
    """Operators, by their numbers."""

    agenda: Agenda
    random: Random
    script: Script
    database: Database
    desk: HandoverDesk
    account_id: int
    operators: Sequence[int]
    zone: tzinfo

    def begin(self) -> None:
        """Look at the queue again and again, while the shop is open."""
        self.agenda.every(_LOOKS_EVERY, self._look)

    def _look(self) -> None:
        local = self.agenda.clock.now().astimezone(self.zone)
        if not _WORKS_FROM <= local.hour < _WORKS_UNTIL:
            return
        with self.database.reading() as connection:
            waiting = handover_lists.list_open(connection, {self.account_id}, _LISTED)
        for listed in waiting:
            if listed.handover.state is HandoverState.QUEUED and self.random.random() < _TAKES_AT_ONCE:
                self._take(listed)

    def _take(self, listed: Listed) -> None:
        operator, key = self.random.choice(self.operators), listed.handover.key
        if self.desk.claim(key, operator) is not None:
            return
        talk = next((t for t in self.script.talks if t.language == listed.language), self.script.talks[0])
        span = timedelta(0)
        for words in (talk.staff_answers, talk.staff_closings):
            span += timedelta(seconds=self.random.randrange(60, 360))
            step = partial(self.desk.answer, key, operator, self.random.choice(words), new_token())
            self.agenda.after(span, step)
        end = self.desk.hand_back if self.random.random() < _HANDS_BACK else self.desk.close
        self.agenda.after(span + timedelta(minutes=self.random.randrange(8, 40)), partial(end, key, operator))

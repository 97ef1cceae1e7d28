"""What staff do in the course of the fortnight beside answering: change a rule, stop everything for an hour, write."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from botapp.bootstrap.installation import Installation
from botapp.campaign.kill_switch import KillSwitch
from botapp.campaign.stages import Desk
from botapp.campaign.templates import TEMPLATES
from botapp.showcase.agenda import Agenda
from botapp.showcase.opening import APPROVER, MARKETER, OPERATORS, Shop, bring, publish_campaign, read_demo_campaign

_STOPPED_FOR = timedelta(minutes=95)
_WHY_STOPPED = "The price list shows the wrong prices"
_WHY_RESUMED = "The prices are right again"
_BEFORE_THE_END = timedelta(hours=20)
_CHANGED_AFTER, _STOPPED_AFTER = 0.5, 0.65  # of the time


@dataclass(frozen=True, slots=True)
class Story:
    """Each chapter is told at its time."""

    agenda: Agenda
    installation: Installation
    shop: Shop

    def begin(self, begins_at: datetime) -> None:
        whole = self.agenda.until - begins_at
        self.agenda.at(begins_at + _CHANGED_AFTER * whole, self._change_a_rule)
        self.agenda.at(begins_at + _STOPPED_AFTER * whole, self._stop)
        self.agenda.at(self.agenda.until - _BEFORE_THE_END, self._write)

    def _change_a_rule(self) -> None:
        publish_campaign(self.installation, self.shop, read_demo_campaign(self.installation, "second-week.toml"))

    def _stop(self) -> None:
        [operator, *_] = self.shop.numbers(OPERATORS)
        KillSwitch(self.installation.database).stop(self.shop.account_id, _WHY_STOPPED, by=operator)
        self.agenda.after(_STOPPED_FOR, self._resume)

    def _resume(self) -> None:
        [approver] = self.shop.numbers([APPROVER])
        KillSwitch(self.installation.database).resume(self.shop.account_id, _WHY_RESUMED, by=approver)

    def _write(self) -> None:
        desk, by = Desk(TEMPLATES, self.installation.database), self.shop.staff[MARKETER.name]
        waiting, draft = read_demo_campaign(self.installation, "waiting.toml").templates
        bring(desk, self.shop, desk.write(self.shop.account_id, waiting, by=by), steps=1)
        desk.write(self.shop.account_id, draft, by=by)

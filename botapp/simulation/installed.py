"""The production parts of a world's installation, put together as bootstrap does it, on ports that are simulated."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cache

from botapp.audit.tree import NodeSource
from botapp.bootstrap.content import withdrawal_words
from botapp.bootstrap.foundation import PLATFORM, Foundation
from botapp.campaign.guards import Guards
from botapp.campaign.outcomes import OutcomeKeeper
from botapp.channels.platform_rules import PlatformRules
from botapp.channels.vault import Vault, new_key
from botapp.clock import SystemClock
from botapp.compliance.erasure import ErasureRounds
from botapp.compliance.seal import Sealer
from botapp.compliance.signer import SigningRefusedError
from botapp.config_files import read_languages
from botapp.conversation.answers import Wordings, load_wordings
from botapp.conversation.handover_rounds import HandoverRounds
from botapp.conversation.profiles import ProfileKeeper
from botapp.conversation.receipts import AppIds
from botapp.conversation.receive import Receiver
from botapp.conversation.returning import Remembrance
from botapp.policy.experiments.guards import Bounds
from botapp.policy.overload import Rate
from botapp.reengagement.facts import LiveRules
from botapp.reengagement.overload import Overload
from botapp.reengagement.plan import Planner
from botapp.reengagement.terms import HouseRules
from botapp.settings import Settings, load_settings
from botapp.simulation.clockwork import Process
from botapp.simulation.confirmations import Confirmations
from botapp.simulation.deletions import Deletions, Idle, ToldEraser
from botapp.simulation.echoes import OUR_APP
from botapp.simulation.parts import Parts
from botapp.simulation.platform import Platform
from botapp.simulation.processes import WorkerParts
from botapp.simulation.redis import SimulatedRate
from botapp.simulation.rounds import GuardRounds, Turn
from botapp.simulation.store import SimulatedDatabase
from botapp.understanding.courtesy import Courtesies, load_courtesies
from botapp.understanding.wish import WithdrawalWords
from botapp.workers.ticker import Ticker

# Longer than the default: a world should not spend its time looking again at what has to wait.
_HOLD = timedelta(minutes=5)
_BATCH = 16
_TOMBSTONE_KEY = b"the same in every world"


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What is read from files, the same for every world."""

    settings: Settings
    rules: PlatformRules
    house: HouseRules
    words: WithdrawalWords
    courtesies: Courtesies
    wordings: Wordings
    confirmations: Confirmations


@cache
def load_knowledge() -> Knowledge:
    """Once in each process."""
    installation = Foundation(load_settings(), SystemClock())
    answers = read_languages("answers")
    return Knowledge(
        settings=installation.settings,
        rules=installation.rules,
        house=replace(installation.house, hold_interval=_HOLD),
        words=withdrawal_words(),
        courtesies=load_courtesies(read_languages("courtesy")),
        wordings=load_wordings(answers),
        confirmations=Confirmations.of(answers),
    )


@dataclass(frozen=True, slots=True)
class Workshop:
    """Builds what a process runs, anew each time it starts."""

    parts: Parts
    knowledge: Knowledge
    database: SimulatedDatabase
    platform: Platform
    rate: SimulatedRate
    vault: Vault
    turn: Turn = field(default_factory=Turn)

    def receiver(self, _process: Process) -> Receiver:
        house = self.knowledge.house
        return self.parts.receiver(
            platform=PLATFORM,
            database=self.database,
            planner=self._planner(),
            words=self.knowledge.words,
            courtesies=self.knowledge.courtesies,
            apps=AppIds(OUR_APP, self.knowledge.rules.inbox_app_id),
            remembrance=Remembrance(_TOMBSTONE_KEY, house.cool_down + house.send_allowance),
        )

    def worker(self, process: Process) -> WorkerParts:
        house, settings = self.knowledge.house, self.knowledge.settings
        delivery = self.parts.delivery(
            sender=self.platform,
            vault=self.vault,
            clock=process.clock,
            rate=self.rate,
            freshness_seconds=settings.freshness_seconds,
            usage_pause_percent=self.knowledge.rules.usage_pause_percent,
        )
        replies = self.parts.replies(
            database=self.database,
            house=house,
            wordings=self.knowledge.wordings,
            delivery=delivery,
            profiles=ProfileKeeper(self.database, self.platform, self.vault),
            rate=self.rate,
            batch=_BATCH,
        )
        reengagements = self.parts.reengagements(
            database=self.database,
            house=house,
            claimer=self.parts.claimer(database=self.database, house=house, live_rules=LiveRules(house.scale)),
            delivery=delivery,
            rate=self.rate,
            batch=2 * _BATCH,
        )
        return WorkerParts(replies, reengagements)

    def ticker(self, process: Process) -> Ticker:
        settings = self.knowledge.settings
        return self.parts.ticker(
            database=self.database,
            planner=self._planner(),
            ring=self.rate.redis.ring,
            clock=process.clock,
            tick=settings.tick,
            leader_ttl=settings.leader_ttl,
            chores=(
                self._deletions(process).run,
                self._handover_rounds().run,
                self._guard_rounds().run,
                self._overload(process).relieve,
            ),
        )

    def _overload(self, process: Process) -> Overload:
        rate = Rate(self.rate.sends_per_second, burst=self.rate.burst)
        return self.parts.overload(database=self.database, house=self.knowledge.house, rate=rate, clock=process.clock)

    def _guard_rounds(self) -> GuardRounds:
        s = self.knowledge.settings
        guards = Guards(self.database, Bounds(s.response_floor, s.harm_ceiling))
        sealer = Sealer(self.database, _unsigned)
        platform = self.platform
        return GuardRounds(sealer, OutcomeKeeper(self.database), guards, platform.record, platform.clockwork, self.turn)

    def _deletions(self, process: Process) -> Deletions:
        told = (self.database.store, self.platform.record, self.platform.clockwork)
        eraser = ToldEraser(self.database, self.knowledge.house, _TOMBSTONE_KEY, *told)
        rounds = ErasureRounds(self.database, eraser, Idle(), process.clock)
        return Deletions(self.database, Sealer(self.database, _unsigned), rounds)

    def _handover_rounds(self) -> HandoverRounds:
        target = self.knowledge.settings.handover_target
        return HandoverRounds(self.database, self.knowledge.house, target, self.rate.redis.ring)

    def _planner(self) -> Planner:
        house = self.knowledge.house
        return self.parts.planner(house=house, live_rules=LiveRules(house.scale))


def _unsigned(_size: int, _root: bytes, _nodes: NodeSource) -> str:
    """A world's entries only get their places; whoever exports its log signs for all of it."""
    raise SigningRefusedError


class _RememberingVault(Vault):
    """Decrypts each page's token once: the deciphering of all the others would show nothing new."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self._opened: dict[str, str] = {}

    def open(self, token_encrypted: str) -> str:
        token = self._opened.get(token_encrypted)
        if token is None:
            token = self._opened[token_encrypted] = super().open(token_encrypted)
        return token


def new_vault() -> Vault:
    """With a key of its own: tokens of pages are in no trace."""
    return _RememberingVault(new_key())

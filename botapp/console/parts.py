"""What the console's pages are made of."""

from dataclasses import dataclass
from datetime import timedelta

from botapp.campaign.connecting import PageConnector
from botapp.campaign.guards import Guards
from botapp.campaign.reading import CampaignReader
from botapp.channels.vault import Vault
from botapp.clock import Clock
from botapp.compliance.export import Exporter
from botapp.conversation.desk import HandoverDesk
from botapp.conversation.transcript import ReadStored
from botapp.conversation.trials import Trials
from botapp.outgoing.subscriptions import Subscriptions
from botapp.reengagement.terms import HouseRules
from botapp.reengagement.tone import ToneRule
from botapp.staff.log_in import LogIn
from botapp.staff.members import Members
from botapp.staff.sessions import Sessions
from botapp.storage.engine import Database


@dataclass(frozen=True, slots=True)
class SignOn:
    """Another house's log-in: OpenID Connect."""

    issuer: str
    client_id: str
    client_secret: str
    label: str  # on the button
    redirect_url: str


@dataclass(frozen=True, slots=True)
class InboxParts:
    """What people of the team answer customers with."""

    desk: HandoverDesk
    target: timedelta  # within which somebody should come
    read_stored: ReadStored


@dataclass(frozen=True, slots=True)
class ConsoleParts:
    """Handed to the factory of every section."""

    database: Database
    vault: Vault
    clock: Clock
    sessions: Sessions
    log_in: LogIn
    members: Members
    cookie_key: str
    public_url: str  # without the mount point; what links that leave the console begin with
    trusted_proxies: int
    exporter: Exporter
    house: HouseRules
    inbox: InboxParts
    webhooks: Subscriptions
    tombstone_key: bytes
    campaign_reader: CampaignReader
    guards: Guards
    connector: PageConnector
    trials: Trials
    sign_on: SignOn | None = None
    tone: ToneRule = ToneRule.REFUSE
    daily_cap_steps: tuple[int, ...] = (50, 250, 1000)
    sends_per_second: float = 1.0  # of one page, at most

    @property
    def is_https(self) -> bool:
        return self.public_url.startswith("https:")

"""What the API is made of."""

from dataclasses import dataclass, field

from botapp.campaign.guards import Guards
from botapp.campaign.reading import CampaignReader
from botapp.clock import Clock
from botapp.outgoing.subscriptions import Subscriptions
from botapp.reengagement.terms import HouseRules
from botapp.staff.api_keys import ApiKeys
from botapp.storage.engine import Database
from botapp.web.api.limits import ListTurns


@dataclass(frozen=True, slots=True)
class ApiParts:
    """What the composition root gives."""

    database: Database
    keys: ApiKeys
    clock: Clock
    platform: str
    requests_per_second: float  # of one key, in this process
    house: HouseRules
    guards: Guards
    reader: CampaignReader
    tombstone_key: bytes
    cursor_key: bytes
    webhooks: Subscriptions
    sends_per_second: float  # of one page, at most
    list_turns: ListTurns = field(default_factory=ListTurns)

"""What a world is made from: its plan, and the production parts, each of which a test may exchange."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from botapp.conversation.receive import Receiver
from botapp.conversation.reply import ReplySender
from botapp.reengagement.claim import Claimer
from botapp.reengagement.delivery import Delivery
from botapp.reengagement.overload import Overload
from botapp.reengagement.plan import Planner
from botapp.reengagement.send import ReengagementSender
from botapp.simulation.faults import Faults
from botapp.simulation.processes import take_delivery
from botapp.workers.ticker import Ticker


@dataclass(frozen=True, slots=True)
class WorldPlan:
    """One world: one database, some customers, some days. Two runs of the same plan are alike to the byte."""

    seed: int
    customers: int = 100
    days: int = 10
    faults: Faults = Faults.ALL
    campaign: bytes | None = None  # the text of a user's own campaign file


@dataclass(frozen=True, slots=True)
class Parts:
    """The production parts, each by its class. A test that plants a fault hands in a subclass or a replacement.

    Each is called with the keyword arguments that the production class takes; `take_delivery` as in processes.py.
    """

    planner: Callable[..., Planner] = Planner
    receiver: Callable[..., Receiver] = Receiver
    claimer: Callable[..., Claimer] = Claimer
    delivery: Callable[..., Delivery] = Delivery
    replies: Callable[..., ReplySender] = ReplySender
    reengagements: Callable[..., ReengagementSender] = ReengagementSender
    ticker: Callable[..., Ticker] = Ticker
    overload: Callable[..., Overload] = Overload
    take_delivery: Callable[..., None] = take_delivery
    # Run on the raw sqlite3 connection once the schema stands, to take away a constraint or trigger as well.
    after_schema: Callable[[Any], None] | None = None

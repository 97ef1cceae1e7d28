"""An installation on a driven clock, whose platform is within this process; all else is as bootstrap builds it."""

from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from sqlalchemy import Connection

from botapp.answering.answerer import Answer, Answerer
from botapp.bootstrap.content import encoder
from botapp.bootstrap.installation import Installation
from botapp.channels.messenger.sender import MessengerSender
from botapp.channels.messenger.stored import read_stored
from botapp.channels.transport import Transport
from botapp.conversation.faq_knowledge import FaqKnowledge
from botapp.storage.driven import DrivenDatabase
from botapp.storage.engine import Database
from botapp.understanding.intent.encoder import Encoder
from botapp.workers.jobs import Doorbell
from botapp.workers.worker import Duties


class _SilentDoorbell(Doorbell):
    """Nobody waits for it: what is owed is looked for."""

    def __init__(self) -> None:  # no call of super: there is no Redis
        pass

    def ring(self) -> bool:
        return False


class _AmpleRate:
    """Lets everything through: one shop's fortnight is far below any limit. Satisfies `botapp.channels.rate.Rate`."""

    def take(self, account_id: int, wanted: int) -> int:  # noqa: ARG002  the port's signature
        return wanted

    def wait_for_more(self, most_seconds: float) -> bool:  # noqa: ARG002  the port's signature
        return False

    def wait_for_turn(self, account_id: int, most_seconds: float) -> bool:  # noqa: ARG002  the port's signature
        return True

    def spend(self, account_id: int) -> bool:  # noqa: ARG002  the port's signature
        return True

    def pause(self, account_id: int, seconds: float) -> None:
        pass

    def hold_proactive(self, account_id: int, seconds: float) -> None:
        pass


class _RememberingAnswerer(Answerer):
    """Many ask the same in the same words, and the shop's FAQ stays as it is from its first morning on."""

    def __init__(self, encoder: Encoder | None) -> None:
        super().__init__(encoder)
        self._said: dict[tuple[int, str, str], Answer | None] = {}

    def answer(self, connection: Connection, account_id: int, text: str, language: str) -> Answer | None:
        asked = account_id, text, language
        if asked not in self._said:
            self._said[asked] = super().answer(connection, account_id, text, language)
        return self._said[asked]


class InlineExecutor(Executor):
    """A pool of one thread, which is its caller."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:  # noqa: ANN401  Executor's own signature
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001  as every pool does
            future.set_exception(error)
        return future


@dataclass(frozen=True)
class DrivenInstallation(Installation):
    """Made of the production's parts. `transport` stands for the platform."""

    transport: Transport

    @cached_property
    def database(self) -> Database:
        self.settings.var_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        return DrivenDatabase(self.settings.database_address, clock=self.clock)

    @cached_property
    def sender(self) -> MessengerSender:
        return MessengerSender(
            transport=self.transport,
            version=self.settings.graph_version,
            errors=self.rules.errors,
            inbox_app_id=self.rules.inbox_app_id,
        )

    def beside(self, work: str) -> Executor:  # noqa: ARG002  one thread does it all
        """Nothing goes on in the database when the fortnight is over."""
        return InlineExecutor()

    def doorbell(self) -> Doorbell:
        return _SilentDoorbell()

    def duties(self) -> Duties:
        """The production's, at an ample rate, without showing that somebody writes, and nothing looked up twice."""
        found, rate = super().duties(), _AmpleRate()
        knowledge = FaqKnowledge(_RememberingAnswerer(encoder(self.settings.encoder)), read_stored)
        delivery = replace(found.reengagements.delivery, rate=rate)
        return replace(
            found,
            replies=replace(found.replies, delivery=delivery, rate=rate, typing=None, knowledge=knowledge),
            reengagements=replace(found.reengagements, delivery=delivery, rate=rate),
        )

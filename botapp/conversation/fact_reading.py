"""Facts out of what customers write and where they came from, folded with the event that brought them.

Inside the webhook's transaction, not in a worker: it costs some ten microseconds, and the plan that is made there sees
what it is about. A worker would have to lock the contact and plan once more for each message.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import Connection

from botapp.channels.port import InboundEvent
from botapp.config_files import read_toml
from botapp.conversation.change import Change, Folding
from botapp.policy.window import clamp
from botapp.reengagement.facts import zone_of
from botapp.storage import catalogues, inbound_events
from botapp.storage.accounts import Account
from botapp.understanding.catalogue import Catalogue, Sighting
from botapp.understanding.mentions import Mention, MentionWords, load_mention_words
from botapp.understanding.wish import Understood, Wish

_LASTS = timedelta(days=30)  # an interest, and where somebody came from
# Who wants out or asks for their data speaks of us, and not of something to be reminded of.
_MAY_MENTION = (None, Wish.HELP, Wish.PERSON, Wish.COMPLAINT, Wish.RETURN)


@cache
def shipped_mention_words() -> MentionWords:
    """Those of config/mentions.toml, read once in each process."""
    return load_mention_words(read_toml("mentions.toml"))


@dataclass(slots=True)
class FactReaders:
    """Reads events by the catalogue of their page, which is kept until the page's generation tells of another."""

    words: MentionWords = field(default_factory=shipped_mention_words)
    _kept: dict[int, tuple[int, Catalogue]] = field(default_factory=dict)

    def fold(
        self,
        connection: Connection,
        account: Account,
        change: Change,
        event: InboundEvent,
        understood: Understood,
        folding: Folding,
    ) -> None:
        """All facts that an event brings. Of two about the same the newer counts, however they are delivered.

        What was taken back or changed is as if it had not been said; an edit says its words when the message was.
        """
        said_at = clamp(event.occurred_at or folding.received_at, folding.received_at)
        if event.subject_key is not None:
            first_said_at = inbound_events.find_said_at(connection, change.contact, event.subject_key)
            if first_said_at is None:
                return
            said_at = first_said_at
            _forget(change, said_at)
        language = change.contact.language or account.language
        found = list(self._mentions(event, understood, said_at.astimezone(zone_of(change.contact, account)), language))
        catalogue = self._catalogue(connection, account)
        if catalogue is not None:
            found += _interests(catalogue, event, understood, (language, account.language))
        if found or event.facts:
            origin = (Mention(name, value, 100, lasts=_LASTS) for name, value in event.facts.items())
            _keep(change, event, [*found, *origin], said_at, folding)

    def _mentions(
        self, event: InboundEvent, understood: Understood, said_at: datetime, language: str
    ) -> Iterable[Mention]:
        if event.text is None or understood.wish not in _MAY_MENTION:
            return ()
        return self.words.read(event.text, said_at, language)

    def _catalogue(self, connection: Connection, account: Account) -> Catalogue | None:
        if not account.catalogue_generation:
            return None  # the page never had one: nothing is asked
        kept = self._kept.get(account.id)
        if kept is None or kept[0] != account.catalogue_generation:
            content = catalogues.find_content(connection, account.id)
            kept = account.catalogue_generation, Catalogue.of(json.loads(content or "[]"))
            self._kept[account.id] = kept
        return kept[1]


def _interests(
    catalogue: Catalogue, event: InboundEvent, understood: Understood, languages: tuple[str, str]
) -> Iterator[Mention]:
    """The product or category that an event is about; what is written counts more than the link that led to it."""
    seen: Sighting | None = None
    if event.text is not None and understood.wish in _MAY_MENTION:
        seen = catalogue.find(event.text)
    if seen is None and "product_id" in event.facts:
        seen = catalogue.find_by_id(event.facts["product_id"])
    if seen is None:
        return
    offer, percent = seen.offer, seen.confidence_percent
    yield Mention("interest", offer.name(*languages), percent, lasts=_LASTS)
    if offer.is_product:
        yield Mention("product", offer.key, percent, lasts=_LASTS)
    category = offer.category if offer.is_product else offer.key
    if category:
        yield Mention("category", category, percent, lasts=_LASTS)


def _forget(change: Change, said_at: datetime) -> None:
    """Of this very batch here, and of what is stored before the facts of the batch are."""
    change.unsaid.append(said_at)
    for name in [name for name, row in change.facts.items() if row["observed_at"] == said_at]:
        del change.facts[name]


def _keep(
    change: Change, event: InboundEvent, found: Iterable[Mention], observed_at: datetime, folding: Folding
) -> None:
    for mention in found:
        newer = change.facts.get(mention.name)
        if newer is None or newer["observed_at"] <= observed_at:
            lasts = mention.lasts
            change.facts[mention.name] = {
                "account_id": change.contact.account_id,
                "contact_id": change.contact.id,
                "name": mention.name,
                "value": mention.value,
                "source": event.kind,
                "confidence_percent": mention.confidence_percent,
                "observed_at": observed_at,
                "expires_at": mention.until if lasts is None else observed_at + lasts * folding.house.scale,
            }

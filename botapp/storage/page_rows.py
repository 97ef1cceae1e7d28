"""The rows of a page, or of the installation, that the log tells of, beside their entries: to compare the two."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, Table, func, select

from botapp.storage import api_keys, campaigns, canned_answers, guards, staff, webhooks
from botapp.storage.api_keys import ApiKey
from botapp.storage.ledger import THE_INSTALLATION, THE_PAGE_ITSELF
from botapp.storage.rule_stages import RULE_VERSIONS
from botapp.storage.schema import (
    account,
    control,
    faq_model,
    faq_version,
    ledger_entry,
    question_version,
    rule,
    rule_version,
    template,
    template_version,
    texts_version,
)
from botapp.storage.staff import StaffMember
from botapp.storage.stages import StagedVersion
from botapp.storage.template_stages import TEMPLATE_VERSIONS
from botapp.storage.webhooks import Webhook

# Of these a page has one each; the others have names.
ONLY_ONES = {"question": "opt_in", "texts": "own", "faq": "own"}
_NAMED = (("template", template), ("rule", rule))
_VERSIONS = {
    "template": template_version,
    "rule": rule_version,
    "question": question_version,
    "texts": texts_version,
    "faq": faq_version,
}
_NOT_CONTENT = frozenset({"account_id", "name", "version", "content_hash", "created_at"})
_OWN = (ledger_entry.c.contact_id == THE_PAGE_ITSELF,)

Named = tuple[str, str]  # "template", "rule", "question", "texts" or "faq", and its name
Versioned = tuple[str, str, int]  # and the version


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A version as it is stored: the hash beside its content, and that of the content itself."""

    content_hash: str
    hashed: str


@dataclass(slots=True)
class PageRows:
    """Everything of one page; of the installation only its row and its entries."""

    row: Row[Any] | None = None  # of `account`, or of `control`
    live: dict[Named, int | None] = field(default_factory=dict)
    versions: dict[Versioned, VersionRow] = field(default_factory=dict)
    template_stages: dict[tuple[str, int], StagedVersion] = field(default_factory=dict)  # by name and version
    rule_stages: dict[tuple[str, int], StagedVersion] = field(default_factory=dict)
    canned: dict[tuple[str, str], str] = field(default_factory=dict)  # by language and name: the words' hash
    model: VersionRow | None = None  # what was learnt from the live answers
    paused_rules: set[tuple[str, int, str]] = field(default_factory=set)  # by a guard: name, version, variant
    staff: Sequence[StaffMember] = ()  # of the installation, as are the keys; webhooks are a page's
    api_keys: Sequence[ApiKey] = ()
    webhooks: Sequence[Webhook] = ()
    entries: Sequence[Row[Any]] = ()  # of the kinds asked for, in the order of their numbers
    count: int = 0  # of all of its own entries
    last_sequence: int = 0


def accounts_told(connection: Connection) -> Iterator[int]:
    """Every page that has entries of its own or a row, in their order. The installation is none."""
    rows = {number for (number,) in connection.execute(select(account.c.id))}
    told: set[int] = set()
    after = THE_INSTALLATION
    while True:  # from page to page by the index: an entry of each is looked at, not all of them
        following = select(func.min(ledger_entry.c.account_id)).where(ledger_entry.c.account_id > after)
        found = connection.execute(following).scalar()
        if found is None:
            return iter(sorted(rows | told))
        told.add(found)
        after = found


def load_page(connection: Connection, account_id: int, kinds: Sequence[str]) -> PageRows:
    """One page's rows, and its own entries of those kinds."""
    found = PageRows(connection.execute(select(account).where(account.c.id == account_id)).first())
    for what, table in _NAMED:
        rows = connection.execute(select(table).where(table.c.account_id == account_id))
        found.live.update({(what, row.name): row.live_version for row in rows})
    model = connection.execute(select(faq_model).where(faq_model.c.account_id == account_id)).first()
    found.live["faq", ONLY_ONES["faq"]] = model.version if model else None
    found.model = VersionRow(model.model_hash, hashlib.sha256(bytes(model.model)).hexdigest()) if model else None
    if found.row is not None:
        found.live["question", ONLY_ONES["question"]] = found.row.question_version
        found.live["texts", ONLY_ONES["texts"]] = found.row.texts_version
    for (name, version), variants in guards.load_paused(connection, account_id).items():
        found.paused_rules |= {(name, version, variant) for variant in variants}
    for kept in canned_answers.load_of_page(connection, account_id):
        found.canned[kept.language, kept.name] = hashlib.sha256(kept.text.encode()).hexdigest()
    found.template_stages = _by_version(TEMPLATE_VERSIONS.load_of_page(connection, account_id))
    found.rule_stages = _by_version(RULE_VERSIONS.load_of_page(connection, account_id))
    for what, table in _VERSIONS.items():
        _add_versions(connection, found, what, table, account_id)
    found.webhooks = [each for each in webhooks.load_all(connection) if each.account_id == account_id]
    _add_entries(connection, found, account_id, kinds)
    return found


def load_installation(connection: Connection, kinds: Sequence[str]) -> PageRows:
    """The same of the installation itself."""
    found = PageRows(connection.execute(select(control)).first())
    found.staff, found.api_keys = staff.load_all(connection), api_keys.load_all(connection)
    _add_entries(connection, found, THE_INSTALLATION, kinds)
    return found


def hold(connection: Connection, account_id: int) -> None:
    """Nobody changes the page, or the installation, until the transaction ends."""
    if account_id == THE_INSTALLATION:
        connection.execute(select(control.c.id).with_for_update())
    else:
        connection.execute(select(account.c.id).where(account.c.id == account_id).with_for_update())


def _by_version(staged: Iterable[StagedVersion]) -> dict[tuple[str, int], StagedVersion]:
    return {(each.key.name, each.key.version): each for each in staged}


def _add_versions(connection: Connection, found: PageRows, what: str, table: Table, account_id: int) -> None:
    for row in connection.execute(select(table).where(table.c.account_id == account_id)).mappings():
        content = {name: value for name, value in row.items() if name not in _NOT_CONTENT}
        name = row["name"] if what not in ONLY_ONES else ONLY_ONES[what]
        found.versions[what, name, row["version"]] = VersionRow(row["content_hash"], _hash(content))


def _hash(content: Mapping[str, Any]) -> str:
    """As whoever stores it does: of one column the column itself, of several all of them."""
    if content.keys() == {"content"}:
        return hashlib.sha256(content["content"].encode()).hexdigest()
    return campaigns.content_hash(content)


def _add_entries(connection: Connection, found: PageRows, account_id: int, kinds: Sequence[str]) -> None:
    own = (ledger_entry.c.account_id == account_id, *_OWN)
    wanted = select(ledger_entry).where(*own, ledger_entry.c.kind.in_(kinds)).order_by(ledger_entry.c.sequence)
    found.entries = connection.execute(wanted).all()
    numbers = select(func.count(), func.coalesce(func.max(ledger_entry.c.sequence), 0)).where(*own)
    found.count, found.last_sequence = connection.execute(numbers).one()

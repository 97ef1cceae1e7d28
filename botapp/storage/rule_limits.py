"""What rules with a budget have spent, counted by whoever claims, and what rules with a cap have sent to whom."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache

from sqlalchemy import Connection

from botapp.storage import bulk
from botapp.storage.reengagements import ReengagementKey, key_values
from botapp.storage.schema import reengagement
from botapp.storage.standing import ContactId
from botapp.storage.statement import Answer, Rows, Statement
from botapp.storage.times import from_microseconds

_CONTACT = ("account_id", "contact_id")
_PERIOD = "account_id = :account_id AND rule_name = :rule AND since = :since"
_SPENT = Statement(f"SELECT spent FROM rule_spending WHERE {_PERIOD}")  # noqa: S608  names are our schema's
_SPEND = Statement(
    "INSERT INTO rule_spending (account_id, rule_name, since, spent) VALUES (:account_id, :rule, :since, 1)"
    " ON CONFLICT (account_id, rule_name, since) DO UPDATE SET spent = rule_spending.spent + 1"
    " WHERE rule_spending.spent < :most RETURNING spent"
)
_BEFORE_SPENDING = Statement("SAVEPOINT before_spending")
_AS_BEFORE_SPENDING = Statement("ROLLBACK TO SAVEPOINT before_spending")
_GIVE_BACK = Statement(f"UPDATE rule_spending SET spent = spent - 1 WHERE {_PERIOD} AND spent > 0")  # noqa: S608  the same
_BY_KEY = "account_id = :account_id AND contact_id = :contact_id AND interaction_at = :interaction_at"
_COUNTED_IN = Statement(f"SELECT rule_name, budget_since FROM reengagement WHERE {_BY_KEY}")  # noqa: S608  the same
_FORGET = Statement(f"UPDATE reengagement SET budget_since = NULL WHERE {_BY_KEY}")  # noqa: S608  the same

ClaimsOfRules = Mapping[str, tuple[datetime, ...]]  # by the rule, the newest first


def ask_spent(connection: Connection, account_id: int, rule: str, since: datetime) -> Answer[int]:
    """How much of a rule's budget is spent in the period that began then."""
    period = {"account_id": account_id, "rule": rule, "since": since}
    return _SPENT.ask(connection, period, read=lambda rows: int(rows[0][0]) if rows else 0)


def spend(connection: Connection, account_id: int, rule: str, since: datetime, most: int) -> int | None:
    """Count one more in that period: how many it is then; None if the budget has no more, and nothing changes.

    Claims of one rule wait for each other here, so that its budget is kept to the message. PostgreSQL holds the row of
    a budget that has no more, too. It is let go: who goes on to another rule's would hold two, and not in one order.
    """
    period = {"account_id": account_id, "rule": rule, "since": since}
    _BEFORE_SPENDING.send(connection)
    spent: int | None = _SPEND.scalar(connection, {**period, "most": most})
    if spent is None:
        _AS_BEFORE_SPENDING.send(connection)
    return spent


def unspend(connection: Connection, account_id: int, rule: str, since: datetime) -> None:
    """Count one less."""
    _GIVE_BACK.send(connection, {"account_id": account_id, "rule": rule, "since": since})


def give_back(connection: Connection, keys: Iterable[ReengagementKey]) -> None:
    """Claims that were undone are counted no more. In one order, so that no two transactions wait for each other."""
    counted = []
    for key in keys:
        row = _COUNTED_IN.first(connection, key_values(key))
        if row is not None and row[1] is not None:
            counted.append((key.account_id, *row))
            _FORGET.send(connection, key_values(key))
    for account_id, rule, since in sorted(counted):
        unspend(connection, account_id, rule, from_microseconds(since))


def ask_claims_of_rules(
    connection: Connection, contacts: Iterable[ContactId], since: datetime
) -> Answer[dict[ContactId, ClaimsOfRules]]:
    """By contact, when those of each rule were begun that may have arrived, from an instant on."""
    rows = [{"account_id": account_id, "contact_id": contact_id} for account_id, contact_id in contacts]
    values = {"rows": bulk.encode(rows), "since": since}
    return _claims(connection.dialect.name).ask(connection, values, read=_read_claims)


@lru_cache
def _claims(dialect: str) -> Statement:
    return Statement(
        "SELECT account_id, contact_id, rule_name, claimed_at FROM reengagement"  # noqa: S608  the same
        f" WHERE {bulk.is_among(reengagement, _CONTACT, dialect)} AND claimed_at >= :since"
        " AND state IN ('claimed', 'sent', 'unknown') ORDER BY claimed_at DESC"
    )


def _read_claims(rows: Rows) -> dict[ContactId, ClaimsOfRules]:
    found: dict[ContactId, dict[str, tuple[datetime, ...]]] = defaultdict(dict)
    for account_id, contact_id, rule, claimed_at in rows:
        of_contact = found[account_id, contact_id]
        of_contact[rule] = (*of_contact.get(rule, ()), from_microseconds(claimed_at))
    return dict(found)

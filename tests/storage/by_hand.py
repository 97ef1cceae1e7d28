"""Re-engagements written by hand, in plain SQL, by somebody who knows the tables and ignores the code."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import DataError, IntegrityError

from botapp.storage.engine import Database
from botapp.storage.times import to_microseconds

MINUTE = 60_000_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
NOON = to_microseconds(datetime(2026, 11, 2, 12, tzinfo=UTC))
ALLOWANCE = 5 * MINUTE
GAP = DAY + ALLOWANCE
ALICE, BOB = 1, 2

CLAIM_COLUMNS = (
    "claim_token",
    "claimed_at",
    "previous_claimed_at",
    "least_gap",
    "opened_at",
    "closes_at",
    "send_allowance",
    "rule_name",
    "rule_version",
    "template_name",
    "template_version",
    "text",
)


def token_of(contact_id: int, claimed_at: int) -> str:
    """The token of a claim that `Hand.claimed` made."""
    return f"token-{contact_id}-{claimed_at}"


def claim_values(interaction_at: int, claimed_at: int, previous: int | None = None, **other: object) -> dict[str, Any]:
    """The columns of a claim as it should be; `other` replaces some of them."""
    values: dict[str, object] = {
        "state": "claimed",
        "claim_token": f"a-token-at-{claimed_at}",
        "claimed_at": claimed_at,
        "previous_claimed_at": previous,
        "least_gap": GAP,
        "opened_at": interaction_at,
        "closes_at": interaction_at + DAY,
        "send_allowance": ALLOWANCE,
        "rule_name": "a-rule",
        "rule_version": 1,
        "template_name": "a-template",
        "template_version": 1,
        "text": "Hello again",
    }
    return {**values, **other}


class Hand:
    """Types SQL; each statement is its own transaction."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.execute(
            "INSERT INTO account (id, platform, page_id, name, token_encrypted, created_at)"
            " VALUES (1, 'messenger', '1000', 'Test Page', '-', 0)"
        )
        for customer in (ALICE, BOB):
            self.add_customer(customer)

    def execute(self, sql: str, **values: object) -> int:
        """How many rows it touched."""
        with self.database.transaction() as connection:
            return connection.execute(text(sql), values).rowcount

    def rows(self, sql: str, **values: object) -> list[Any]:
        with self.database.reading() as connection:
            return list(connection.execute(text(sql), values))

    def is_refused(self, sql: str, **values: object) -> bool:
        """Whether the database itself says no."""
        try:
            self.execute(sql, **values)
        except (IntegrityError, DataError):
            return True
        return False

    def add_customer(self, contact_id: int) -> None:
        self.execute(
            "INSERT INTO contact (account_id, id, person_id, platform_contact_id, created_at)"
            " VALUES (1, :id, :id, :name, 0)",
            id=contact_id,
            name=f"customer-{contact_id}",
        )

    def insert(self, contact_id: int, interaction_at: int, state: str = "planned", **other: object) -> None:
        """A row as it begins; raises what the database says."""
        values = {
            "account_id": 1,
            "contact_id": contact_id,
            "interaction_at": interaction_at,
            "state": state,
            "planned_at": interaction_at,
            "due_at": interaction_at + 4 * HOUR,
            "deadline_at": interaction_at + DAY - ALLOWANCE,
            **other,
        }
        names = ", ".join(values)
        marks = ", ".join(f":{name}" for name in values)
        sql = f"INSERT INTO reengagement ({names}) VALUES ({marks})"  # noqa: S608  names are this file's
        self.execute(sql, **values)

    def change(self, contact_id: int, interaction_at: int, changes: Mapping[str, Any]) -> int:
        """Set columns of one re-engagement; raises what the database says."""
        sets = ", ".join(f"{name} = :{name}" for name in changes)
        where = "account_id = 1 AND contact_id = :of_contact AND interaction_at = :of_interaction"
        sql = f"UPDATE reengagement SET {sets} WHERE {where}"  # noqa: S608  names are this file's
        return self.execute(sql, **changes, of_contact=contact_id, of_interaction=interaction_at)

    def cannot(self, contact_id: int, interaction_at: int, changes: Mapping[str, Any]) -> bool:
        """Whether the database refuses this change of one re-engagement."""
        try:
            self.change(contact_id, interaction_at, changes)
        except (IntegrityError, DataError):
            return True
        return False

    def claimed(
        self, contact_id: int, interaction_at: int, claimed_at: int, previous: int | None = None, **other: object
    ) -> None:
        """A silence that was claimed as it should be."""
        token = {"claim_token": token_of(contact_id, claimed_at)}
        self.insert(contact_id, interaction_at)
        self.change(contact_id, interaction_at, claim_values(interaction_at, claimed_at, previous) | token | other)

    def in_state(self, state: str, contact_id: int = ALICE, interaction_at: int = NOON) -> None:
        """A re-engagement brought to this state by lawful moves."""
        if state in ("planned", "skipped"):
            self.insert(contact_id, interaction_at, state)
            return
        if state in ("superseded", "expired"):
            self.insert(contact_id, interaction_at)
        else:
            self.claimed(contact_id, interaction_at, interaction_at + 4 * HOUR)
        if state != "claimed":
            self.change(contact_id, interaction_at, {"state": state})

    def states(self, contact_id: int = ALICE) -> list[str]:
        """The states of one customer's re-engagements, in the order of their silences."""
        sql = "SELECT state FROM reengagement WHERE contact_id = :contact ORDER BY interaction_at"
        return [row.state for row in self.rows(sql, contact=contact_id)]

"""What is heard of re-engagements after they were claimed: taken up, crossed, seen as echo, delivered, read."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import Connection

from botapp.storage import bulk
from botapp.storage.reengagements import KEY_COLUMNS, ReengagementKey, State, key_values
from botapp.storage.schema import reengagement
from botapp.storage.standing import ContactId
from botapp.storage.times import from_microseconds


def mark_taken_up(
    connection: Connection, interactions: Iterable[tuple[ContactId, datetime]]
) -> list[tuple[ContactId, datetime]]:
    """Contacts interacted at these instants: an earlier re-engagement whose window was open then was not ignored.

    Tells for whom there was one, and by which interaction.
    """
    rows = [{"account_id": a, "contact_id": c, "taken_up_at": at} for (a, c), at in interactions]
    taken_up = bulk.update(
        connection,
        reengagement,
        rows,
        key=("account_id", "contact_id"),
        condition="reengagement.claimed_at < source.taken_up_at AND reengagement.closes_at > source.taken_up_at"
        " AND reengagement.taken_up_at IS NULL",
        returning="reengagement.account_id, reengagement.contact_id, reengagement.taken_up_at",
    )
    return [((account_id, contact_id), from_microseconds(at)) for account_id, contact_id, at in taken_up]


def mark_crossed(connection: Connection, keys: Iterable[ReengagementKey], crossed_at: datetime) -> None:
    """A withdrawal was committed while these claims were in flight."""
    bulk.update(
        connection,
        reengagement,
        [{**key_values(key), "crossed_at": crossed_at} for key in keys],
        key=KEY_COLUMNS,
        condition="reengagement.state = 'claimed' AND reengagement.crossed_at IS NULL",
    )


def settle(
    connection: Connection, settled: Iterable[tuple[ReengagementKey, str | None]], recorded_at: datetime
) -> None:
    """The platform showed these messages to be sent: outcomes in doubt are so no longer."""
    rows = [
        {**key_values(key), "state": State.SENT, "reason": None, "message_id": message_id, "recorded_at": recorded_at}
        for key, message_id in settled
    ]
    condition = "reengagement.state IN ('claimed', 'unknown')"
    bulk.update(connection, reengagement, rows, key=KEY_COLUMNS, condition=condition)


def find_known_messages(connection: Connection, message_ids: Iterable[tuple[int, str]]) -> set[tuple[int, str]]:
    """Which of these, by account id and message id, are re-engagements of ours."""
    wanted = [{"account_id": account_id, "message_id": message_id} for account_id, message_id in message_ids]
    return {(row.account_id, row.message_id) for row in bulk.find(connection, reengagement, wanted)}


def mark_received(connection: Connection, column: str, messages: Mapping[tuple[int, str], datetime]) -> None:
    """Keep when messages, by account id and message id, were first delivered ("delivered_at") or read ("read_at")."""
    rows = [{"account_id": a, "message_id": message_id, column: at} for (a, message_id), at in messages.items()]
    condition = f"reengagement.{column} IS NULL"
    bulk.update(connection, reengagement, rows, key=("account_id", "message_id"), condition=condition)


def mark_received_until(connection: Connection, column: str, watermarks: Mapping[ContactId, datetime]) -> None:
    """Everything sent to a contact up to its watermark was delivered ("delivered_at") or read ("read_at")."""
    rows = [{"account_id": a, "contact_id": c, column: at} for (a, c), at in watermarks.items()]
    condition = (
        f"reengagement.{column} IS NULL AND reengagement.state = 'sent' AND reengagement.claimed_at <= source.{column}"
    )
    bulk.update(connection, reengagement, rows, key=("account_id", "contact_id"), condition=condition)

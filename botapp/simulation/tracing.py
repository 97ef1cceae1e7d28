"""Hands a finished world over to whoever judges it."""

import json
from collections.abc import Iterable

from botapp.simulation.clockwork import instant
from botapp.simulation.store import Store
from botapp.simulation.trace import HouseTold, Trace
from botapp.simulation.world import World

_CONTACT = "JOIN contact ON contact.account_id = t.account_id AND contact.id = t.contact_id"
_PAGE = "JOIN account ON account.id = t.account_id"
_TIMES = frozenset(
    {
        "interaction_at", "planned_at", "due_at", "deadline_at", "leased_until", "claimed_at", "previous_claimed_at",
        "opened_at", "closes_at", "recorded_at", "crossed_at", "delivered_at", "read_at", "taken_up_at", "not_before",
        "until", "occurred_at", "subject_at",
    }
)  # fmt: skip

Row = dict[str, object]


def trace_of(world: World) -> Trace:
    """Everything that happened, and the final tables as plain data."""
    rules = [*world.record.rules, *(rule for page in world.pages for rule in page.live.values())]
    house = world.knowledge.house
    return Trace(
        seed=world.plan.seed,
        begins_at=instant(world.begins_at),
        ends_at=instant(world.ends_at),
        pages=tuple(world.pages_told),
        rules=tuple(rules),
        zones={},
        happenings=tuple(world.record.happenings),
        reengagements=tuple(_rows(world.store, "reengagement", "interaction_at")),
        replies=tuple(_with_mids(world.store, _rows(world.store, "reply", "position"))),
        ledger=tuple(_rows(world.store, "ledger_entry", "sequence")),
        house=HouseTold(
            window=house.window_length,
            send_allowance=house.send_allowance,
            cool_down=house.cool_down,
            cap_period=house.cap_period,
            cap=house.cap,
            ignored_cap=house.ignored_cap,
            sends_per_second=world.sends_per_second,
        ),
    )


def _rows(store: Store, table: str, order: str) -> Iterable[Row]:
    cursor = store.raw.execute(
        f"SELECT account.page_id, contact.platform_contact_id, t.* FROM {table} t {_PAGE} {_CONTACT}"  # noqa: S608  our own names
        f" ORDER BY account.page_id, contact.platform_contact_id, t.{order}"
    )
    names = [column[0] for column in cursor.description]
    # The platform's name of the contact takes the place of ours.
    kept = [place for place, name in enumerate(names) if name not in ("account_id", "contact_id")]
    called = ["contact_id" if names[place] == "platform_contact_id" else names[place] for place in kept]
    is_time = [name in _TIMES for name in called]
    for found in cursor:
        row: Row = {}
        for name, place, timely in zip(called, kept, is_time, strict=True):
            value = found[place]
            row[name] = instant(value) if timely and value is not None else value
        yield row


def _with_mids(store: Store, rows: Iterable[Row]) -> Iterable[Row]:
    """An answer belongs to an event of a person, which the world calls by its mid."""
    found = store.query("SELECT event_key, raw FROM inbound_event WHERE kind LIKE 'referral%'")
    referrals = {key: json.loads(raw)["referral"]["world_mid"] for key, raw in found}
    for row in rows:
        key = str(row["event_key"])
        row["mid"] = referrals.get(key) or key.removeprefix("m:")
        yield row

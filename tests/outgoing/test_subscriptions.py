"""Who may be told: where webhooks may go, and that each change is on record without the secret."""

import json
import socket
from collections.abc import Sequence

import pytest

from botapp.channels.addresses import only_public
from botapp.outgoing.subscriptions import COMMAND_LINE, Added, Destinations, Refused, Subscriptions
from botapp.policy.webhook_event import EventType
from botapp.storage.webhooks import State
from tests.world import World

_URL = "https://hooks.example.com/botapp"
_HOSTS = {"hooks.example.com": ["93.184.215.14"], "inside.example.com": ["93.184.215.14", "10.0.0.1"]}


def _look_up(host: str, _port: int) -> Sequence[str]:
    """The network's resolver, as the test plays it."""
    if host not in _HOSTS:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")
    return only_public(_HOSTS[host])


def _subscriptions(world: World, *hosts: str) -> Subscriptions:
    installation = world.installation
    return Subscriptions(installation.database, installation.vault, Destinations(hosts, look_up=_look_up))


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://hooks.example.com/", "is not https"),
        ("https://10.0.0.1/", "names an address"),
        ("https://2130706433/", "names an address"),
        ("https://inside.example.com/", "leads to an address that is not public"),
        ("https://nobody.example.com/", "cannot be found"),
        ("http://127.0.0.1:9000/", "is not https"),
    ],
)
def test_an_address_that_is_not_the_publics_is_refused_with_the_reason(world: World, url: str, words: str) -> None:
    refused = _subscriptions(world).add(world.account.id, "crm", url, [EventType.SENT], COMMAND_LINE)
    assert isinstance(refused, Refused)
    assert (refused.field, words in refused.words) == ("url", True)


def test_the_house_can_name_the_only_hosts(world: World) -> None:
    elsewhere = _subscriptions(world, "crm.example.com")
    refused = elsewhere.add(world.account.id, "crm", _URL, [EventType.SENT], COMMAND_LINE)
    assert isinstance(refused, Refused)
    assert "BOTAPP_WEBHOOK_HOSTS" in refused.words
    assert isinstance(
        _subscriptions(world, "hooks.example.com").add(world.account.id, "crm", _URL, [EventType.SENT], COMMAND_LINE),
        Added,
    )


def test_names_are_given_once_and_a_page_has_twenty(world: World) -> None:
    subscriptions, page = _subscriptions(world), world.account.id
    for number in range(20):
        assert isinstance(subscriptions.add(page, f"n{number}", _URL, [EventType.SENT], COMMAND_LINE), Added)
    full = subscriptions.add(page, "another", _URL, [EventType.SENT], COMMAND_LINE)
    first = subscriptions.load_all()[0]
    assert subscriptions.end(first, "removed", COMMAND_LINE)
    taken = subscriptions.add(page, first.name, _URL, [EventType.SENT], COMMAND_LINE)
    nothing = subscriptions.add(page, "another", _URL, [], COMMAND_LINE)
    unnamed = subscriptions.add(page, " ", _URL, [EventType.SENT], COMMAND_LINE)
    refused = [(r.field, r.words.split()[0]) for r in (full, taken, nothing, unnamed) if isinstance(r, Refused)]
    assert refused == [("name", "would"), ("name", "is,"), ("events", "names"), ("name", "has")]
    assert isinstance(subscriptions.add(page, "another", _URL, [EventType.SENT], COMMAND_LINE), Added)


def test_each_change_is_on_record_by_number_and_without_the_secret(world: World) -> None:
    subscriptions = _subscriptions(world)
    added = subscriptions.add(world.account.id, "crm", _URL, [EventType.SENT, EventType.STOPPED], 7)
    assert isinstance(added, Added)
    webhook, second = added.webhook, subscriptions.rotate(added.webhook, -3)
    assert subscriptions.pause(webhook, 7)
    assert subscriptions.resume(webhook, 7)
    assert subscriptions.end(webhook, "removed", 8)
    for change in (subscriptions.pause, subscriptions.resume, subscriptions.rotate):
        assert not change(webhook, 8)
    assert not subscriptions.end(webhook, "removed", 8)
    entries = [(e.kind, e.reason, json.loads(e.details)) for e in world.page_ledger() if e.kind.startswith("webhook")]
    told = {"webhook": webhook.id, "host": "hooks.example.com", "events": ["contact.stopped", "reengagement.sent"]}
    assert entries == [
        ("webhook_added", None, {**told, "by": 7}),
        ("webhook_changed", "rotated", {"webhook": webhook.id, "by": -3}),
        ("webhook_changed", "paused", {"webhook": webhook.id, "by": 7}),
        ("webhook_changed", "resumed", {"webhook": webhook.id, "by": 7}),
        ("webhook_changed", "removed", {"webhook": webhook.id, "by": 8}),
    ]
    assert [(known.name, known.state) for known in subscriptions.load_all()] == [("crm", State.ENDED)]
    stored = str(world.rows_of_everything())
    assert not any(str(secret).removeprefix("whsec_") in stored for secret in (added.secret, second))

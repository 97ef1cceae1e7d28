"""A webhook's body: read or refused; every element becomes one event or one malformed item that a database can hold."""

import json
import tomllib

from botapp.channels.messenger.envelope import BodyRefusal, open_envelope, parse
from botapp.channels.port import InboundEvent
from botapp.config_files import config_dir

KINDS = frozenset(tomllib.loads((config_dir() / "platforms.toml").read_text())["messenger"]["opening_kinds"])


def try_input(data: bytes) -> None:
    """The bytes as they are posted."""
    body = open_envelope(data)
    if isinstance(body, BodyRefusal):
        return
    parsed = parse(body, KINDS)
    for event in parsed.events:
        _check(event)
    for item in parsed.malformed:
        json.loads(item.raw)
        assert "\0" not in item.raw


def _check(event: InboundEvent) -> None:
    assert isinstance(json.loads(event.raw), dict)
    assert 0 < len(event.key) <= 200
    texts = [event.page_id, event.key, event.kind, event.platform_contact_id, event.text, event.payload, event.topic]
    texts += [event.message_id, event.metadata, event.app_id, *event.message_ids, *event.facts, *event.facts.values()]
    for text in texts:
        if text is not None:
            assert "\0" not in text
            text.encode()

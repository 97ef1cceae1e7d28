"""Plays lines as the platform would deliver them: signed bodies of several events, repeated until answered 200."""

import json
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from botapp.bootstrap.foundation import Foundation
from botapp.channels.messenger.signature import sign
from botapp.replay.doors import Door
from botapp.replay.recording import Line, ReplayError

_LINES_IN_A_BODY = 50
_TRIES = 5
_PAUSE_SECONDS = 1.0
_REMEDIES = {
    403: "it did not accept our signature; set the same BOTAPP_VAR_DIR or BOTAPP_MESSENGER_APP_SECRET as it has",
    404: "it is no botapp, or an older one; look at BOTAPP_HTTP_PORT",
}


@dataclass(frozen=True, slots=True)
class Plan:
    """How to play: every time is moved by the same `shift_ms`."""

    page_id: str
    lines: Sequence[Line]
    shift_ms: int
    speed: float | None  # times the recorded speed; None: as fast as possible
    run: str  # names this run, so that the same chat can be played again


def plan_play(page_id: str, lines: Sequence[Line], *, now_ms: int, end_ago_ms: int, speed: float | None) -> Plan:
    """The last line will have happened `end_ago_ms` before the end of the play."""
    times = [line.at_ms for line in lines]
    takes_ms = (max(times) - min(times)) / speed if speed else 0
    shift_ms = now_ms + round(takes_ms) - end_ago_ms - max(times)
    return Plan(page_id, lines, shift_ms, speed, secrets.token_hex(4))


def play(
    plan: Plan,
    installation: Foundation,
    door: Door,
    on_played: Callable[[int], None],
    before: Callable[[Sequence[Line]], None],
) -> None:
    """Deliver every line; `before` is told each body's lines first. Raises ReplayError when one is not accepted."""
    secret = installation.settings.app_secrets[0]
    for lines in _batches(plan, installation.clock.elapsed):
        before(lines)
        body = _body(plan, lines, installation.rules.inbox_app_id)
        _deliver(door, body, sign(body, secret))
        on_played(len(lines))


def event_key(plan: Plan, line: Line) -> str:
    """The key under which the database knows the line."""
    return f"m:{_message_id(plan, line)}"


def _batches(plan: Plan, elapsed: Callable[[], float]) -> Iterator[list[Line]]:
    """Lines that are due together travel together, up to a body's worth."""
    if not plan.speed:
        for start in range(0, len(plan.lines), _LINES_IN_A_BODY):
            yield list(plan.lines[start : start + _LINES_IN_A_BODY])
        return
    began_at, first_ms, waiting = elapsed(), min(line.at_ms for line in plan.lines), list(plan.lines)
    while waiting:
        offset_seconds = (waiting[0].at_ms - first_ms) / 1000 / plan.speed
        time.sleep(max(0.0, began_at + offset_seconds - elapsed()))
        now_ms = first_ms + (elapsed() - began_at) * 1000 * plan.speed
        due = 1 + next((n for n, line in enumerate(waiting[1:]) if line.at_ms > now_ms), len(waiting) - 1)
        due = min(due, _LINES_IN_A_BODY)
        yield waiting[:due]
        del waiting[:due]


def _body(plan: Plan, lines: Sequence[Line], inbox_app_id: str) -> bytes:
    items = [_item(plan, line, inbox_app_id) for line in lines]
    entry = {"id": plan.page_id, "time": items[-1]["timestamp"], "messaging": items}
    # As the platform signs it: ASCII with escapes (platform-reference 1.1).
    return json.dumps({"object": "page", "entry": [entry]}, separators=(",", ":")).encode("ascii")


def _item(plan: Plan, line: Line, inbox_app_id: str) -> dict[str, object]:
    message: dict[str, object] = {"mid": _message_id(plan, line)}
    if line.text:
        message["text"] = line.text
    else:  # what was no text stands for an attachment
        message["attachments"] = [{"type": "fallback", "payload": None}]
    sender, recipient = line.contact_id, plan.page_id
    if line.from_staff:
        sender, recipient = recipient, sender
        message |= {"is_echo": True, "app_id": int(inbox_app_id)}
    return {
        "sender": {"id": sender},
        "recipient": {"id": recipient},
        "timestamp": line.at_ms + plan.shift_ms,
        "message": message,
    }


def _message_id(plan: Plan, line: Line) -> str:
    return f"replay-{plan.run}-{line.number}"


def _deliver(door: Door, body: bytes, signature: str) -> None:
    for attempt in range(1, _TRIES + 1):
        status = door.post(body, signature)
        if status == 200:  # noqa: PLR2004  HTTP's OK
            return
        if status in _REMEDIES:
            raise ReplayError(f"{door} answered {status}: {_REMEDIES[status]}")
        if attempt < _TRIES:
            time.sleep(_PAUSE_SECONDS)
    said = f"answered {status}" if status else "gave no answer"
    raise ReplayError(f"{door} {said} {_TRIES} times; look at its log, then play the chat again")

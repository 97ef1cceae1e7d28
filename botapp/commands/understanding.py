"""`botapp understand`: what single lines ask for, for people and scripts."""

import json
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo

import click

from botapp.bootstrap.content import withdrawal_words
from botapp.clock import SystemClock
from botapp.policy.zones import find_zone
from botapp.understanding.wish import Understood, Wish, understand

LABELS = {
    Wish.STOP: "optout",
    Wish.TOPIC_STOP: "topic_optout",
    Wish.MUTE: "mute",
    Wish.START: "resume",
    Wish.RETURN: "resume",
    Wish.PERSON: "human",
    Wish.DATA: "data",
    Wish.DELETE: "delete",
    Wish.WHY: "why",
    Wish.COMPLAINT: "complaint",
}


@click.command("understand")
@click.option("--now", "written_now", help="The instant at which the lines are said, ISO 8601; the present if absent.")
@click.option("--zone", "zone_name", default="UTC", show_default=True, help="The speakers' time zone.")
def understand_lines(written_now: str | None, zone_name: str) -> None:
    """Read JSON lines (text, and if known lang) and write for each the label, confidence and evidence.

    A mute has its end as "until", null until undone. Several wishes of one line are told under "also".

    A line that cannot be read is named on the error output and passed over; the command then ends with 2.
    """
    zone, now = find_zone(zone_name), _instant(written_now)
    if zone is None:
        raise click.BadParameter(f"{zone_name!r} is not a time zone", param_hint="--zone")
    words = withdrawal_words()
    is_readable = True
    for number, line in enumerate(sys.stdin.buffer, start=1):
        if not line.strip():
            continue
        said = _read(line)
        if said is None:
            is_readable = False
            click.echo(f"line {number} is no JSON object with a text, and a lang if there is one", err=True)
            continue
        answer = _as_json(understand(said[0], None, words, said[1]), now, zone)
        sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
    if not is_readable:
        raise click.exceptions.Exit(2)


def _instant(written: str | None) -> datetime:
    if written is None:
        return SystemClock().now()
    try:
        instant = datetime.fromisoformat(written)
    except ValueError as error:
        raise click.BadParameter(f"{written!r} is not a time in ISO 8601", param_hint="--now") from error
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def _read(line: bytes) -> tuple[str, str | None] | None:
    """Text and language; None for a line that is none of ours."""
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError):  # a few thousand brackets are no message
        return None
    text, hint = (fields.get("text"), fields.get("lang")) if isinstance(fields, Mapping) else (None, None)
    return (text, hint) if isinstance(text, str) and isinstance(hint, str | None) else None


def _as_json(understood: Understood, now: datetime, zone: tzinfo) -> dict[str, object]:
    answer: dict[str, object] = {
        "label": label_of(understood),
        "confidence": understood.confidence,
        "evidence": understood.evidence,
    }
    if understood.is_ambiguous:
        answer["ambiguous"] = True
    if understood.also:
        answer["also"] = [LABELS[wish] for wish in understood.also if wish in LABELS]
    if understood.wish is Wish.MUTE:
        end = understood.mute_end(now, zone)
        answer["until"] = end.astimezone(zone).isoformat() if end else None
    return answer


def label_of(understood: Understood) -> str:
    """The label of what was understood; what is no such wish, such as a call for help, is "none"."""
    return LABELS.get(understood.wish, "none") if understood.wish else "none"

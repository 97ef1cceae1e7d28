"""The platform's headers about limits and time, and its answers: rubbish is ignored, and never believed."""

import tomllib

from requests.structures import CaseInsensitiveDict

from botapp.channels.messenger.outcome import read_outcome
from botapp.channels.messenger.usage import read_platform_now, read_usage_percent, read_wait_seconds
from botapp.channels.platform_rules import load_platform_rules
from botapp.channels.port import OutcomeKind
from botapp.channels.transport import Reply
from botapp.config_files import config_dir

ERRORS = load_platform_rules(
    tomllib.loads((config_dir() / "platforms.toml").read_text())["messenger"], 1.0, platform="messenger"
).errors
NAMES = ("X-App-Usage", "X-Page-Usage", "X-Business-Use-Case-Usage", "Retry-After", "Date")


def try_input(data: bytes) -> None:
    """A byte for the status, then headers line by line in the order above, and after them the body."""
    status = 200 + 2 * data[0] if data else 200
    lines = data[1:].split(b"\n", len(NAMES))
    headers = CaseInsensitiveDict(
        {name: line.decode("latin-1") for name, line in zip(NAMES, lines, strict=False) if line}
    )
    assert read_usage_percent(headers) >= 0
    wait_seconds = read_wait_seconds(headers)
    assert wait_seconds is None or 0 <= wait_seconds <= 24 * 3600
    now = read_platform_now(headers)
    assert now is None or now.utcoffset() is not None
    body = lines[len(NAMES)] if len(lines) > len(NAMES) else b""
    outcome = read_outcome(Reply(status, headers, body, write_lag_seconds=0.0), ERRORS)
    if outcome.kind is OutcomeKind.ACCEPTED:
        assert status < 300
        assert outcome.message_id

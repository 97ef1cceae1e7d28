"""Ways into the webhook: over HTTP into the running instance, or the same application within this process."""

import http.client
import json
from collections.abc import Mapping, Sequence
from typing import Protocol
from urllib.parse import urlsplit

from flask import Flask

from botapp.replay.recording import Line, ReplayError

_PATH = "/webhooks/messenger"
_ANSWER_SECONDS = 30.0
_PROBE_SECONDS = 2.0


class Door(Protocol):
    """Where bodies are handed in. Its text form is what messages call it."""

    def post(self, body: bytes, signature: str) -> int | None:
        """The status of the answer; None when there was none."""
        ...


class HttpDoor:
    """The webhook of a running instance."""

    def __init__(self, web_url: str) -> None:
        self._url = web_url
        self._connection = _connect(web_url, _ANSWER_SECONDS)

    def post(self, body: bytes, signature: str) -> int | None:
        answer = _ask(self._connection, "POST", _PATH, body, _headers(signature))
        return answer[0] if answer else None

    def __str__(self) -> str:
        return f"{self._url}{_PATH}"


class OwnDoor:
    """The webhook within this process: it commits like any other, but nobody here sends what is owed."""

    def __init__(self, app: Flask) -> None:
        self._client = app.test_client()

    def post(self, body: bytes, signature: str) -> int | None:
        return self._client.post(_PATH, data=body, headers=_headers(signature)).status_code

    def __str__(self) -> str:
        return "the webhook in this process"


def is_running(web_url: str) -> bool:
    """Whether a botapp answers at the address."""
    answer = _ask(_connect(web_url, _PROBE_SECONDS), "GET", "/health/live")
    return answer is not None and answer[0] == http.client.OK and b'"alive"' in answer[1]


class SandboxDoor:
    """A running sandbox, which judges by its own records and so has to know the people."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection = _connect(url, _ANSWER_SECONDS)

    def answers(self) -> bool:
        answer = _ask(self._connection, "GET", "/sandbox/health")
        return answer is not None and answer[0] == http.client.OK

    def introduce(self, page_id: str, lines: Sequence[Line], *, now_ms: int) -> None:
        """Tell it who wrote these lines, and when last. `now_ms` is in the recording's time. Raises ReplayError."""
        latest = {line.customer: line for line in sorted(lines, key=lambda each: each.at_ms) if not line.from_staff}
        for name, line in latest.items():
            # A conflict: known from an earlier play.
            self._tell("", {"page_id": page_id, "psid": line.contact_id, "name": name}, (201, 409))
            said = {"text": line.text or "(no text)", "ago": max(0, now_ms - line.at_ms) / 1000, "webhook": False}
            self._tell(f"/{line.contact_id}/message", said, (200,))

    def _tell(self, path: str, fields: Mapping[str, object], fine: Sequence[int]) -> None:
        body, headers = json.dumps(fields).encode(), {"Content-Type": "application/json"}
        answer = _ask(self._connection, "POST", f"/sandbox/customers{path}", body, headers)
        if answer is None or answer[0] not in fine:
            said = answer[1].decode(errors="replace")[:200].strip() if answer else "nothing"
            raise ReplayError(f"the sandbox at {self._url} would not take in a customer; is it this instance's? {said}")


def _connect(url: str, timeout_seconds: float) -> http.client.HTTPConnection:
    parts = urlsplit(url)
    return http.client.HTTPConnection(parts.hostname or "127.0.0.1", parts.port, timeout=timeout_seconds)


def _headers(signature: str) -> dict[str, str]:
    return {"Content-Type": "application/json", "X-Hub-Signature-256": signature}


def _ask(
    connection: http.client.HTTPConnection,
    method: str,
    path: str,
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
) -> tuple[int, bytes] | None:
    """Status and body; None where nobody answered. The connection is kept while it lasts."""
    try:
        connection.request(method, path, body, headers or {})
        with connection.getresponse() as answer:
            return answer.status, answer.read()
    except (OSError, http.client.HTTPException):
        connection.close()
        return None

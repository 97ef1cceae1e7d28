"""Reads the platform's log as it grows, and acts for single customers, to the millisecond."""

import contextlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import requests

from botapp.sandbox.events import sign
from tests.chaos.arena import APP_SECRET, Arena, ArenaError
from tests.chaos.audit import LogEntry
from tests.chaos.pages import PAGES

_LOOK_SECONDS = 0.01
_TIMEOUT_SECONDS = 10.0


@dataclass
class Witness:
    """One arena's platform, seen from outside. Times are seconds since 1970 on this host's clock."""

    arena: Arena
    sends: list[LogEntry] = field(default_factory=list)  # those that were accepted, in order
    _last: int = 0

    def now(self) -> float:
        return self.arena.clock.now().timestamp()

    def add_customers(self, count: int) -> list[str]:
        """New customers of the pages in turn; their ids on the platform."""
        bodies = ({"name": f"Customer {n}", "page_id": PAGES[n % len(PAGES)]} for n in range(count))
        return [str(self.post("/sandbox/customers", body)["psid"]) for body in bodies]

    def says(self, psid: str, text: str = "hello") -> float:
        """The customer writes; when."""
        at = self.now()
        self.post(f"/sandbox/customers/{psid}/message", {"text": text})
        return at

    def post(self, path: str, body: object) -> dict[str, Any]:
        answer = requests.post(f"{self.arena.sandbox_url}{path}", json=body, timeout=_TIMEOUT_SECONDS)
        answer.raise_for_status()
        content: dict[str, Any] = answer.json()
        return content

    def sent_to(self, psid: str, *, is_response: bool, after: float = 0.0) -> list[float]:
        """When answers (or re-engagements) to this customer were accepted."""
        self._read_on()
        of_psid = [e for e in self.sends if e["psid"] == psid and e["is_response"] is is_response]
        return [e["epoch"] for e in of_psid if e["epoch"] > after]

    def wait_for_send(self, psid: str, *, is_response: bool, after: float, seconds: float = 90) -> float:
        """When the next is accepted. Raises ArenaError when there is none in time."""
        self.wait(lambda: self.sent_to(psid, is_response=is_response, after=after), seconds, "a send")
        return self.sent_to(psid, is_response=is_response, after=after)[0]

    def wait(self, condition: Callable[[], object], seconds: float, what: str) -> float:
        """When it came true. Raises ArenaError when it does not in time."""
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                raise ArenaError(f"not within {seconds:g} s: {what}")
            time.sleep(_LOOK_SECONDS)
        return self.now()

    def is_taken(self, psid: str, mid: str) -> bool:
        """Whether a webhook of ours, at the door, is answered with 200."""
        page_id = self._page_of(psid)
        item = {
            "sender": {"id": psid},
            "recipient": {"id": page_id},
            "timestamp": round(self.now() * 1000),
            "message": {"mid": mid, "text": "hello"},
        }
        body = json.dumps({"object": "page", "entry": [{"id": page_id, "time": 0, "messaging": [item]}]}).encode()
        url = f"http://127.0.0.1:{self.arena.door.port}/webhooks/messenger"
        with contextlib.suppress(requests.RequestException):
            headers = {"X-Hub-Signature-256": sign(body, APP_SECRET)}
            return requests.post(url, body, headers=headers, timeout=_TIMEOUT_SECONDS).ok
        return False

    def _page_of(self, psid: str) -> str:
        answer = requests.get(f"{self.arena.sandbox_url}/sandbox/thread/{psid}", timeout=_TIMEOUT_SECONDS)
        return str(answer.json()["page_id"])

    def _read_on(self) -> None:
        url = f"{self.arena.sandbox_url}/sandbox/log?after={self._last}"
        answer = requests.get(url, timeout=_TIMEOUT_SECONDS).json()
        self._last = answer["last"]
        self.sends += [e for e in answer["entries"] if e["what"] == "send" and e["accepted"]]

"""Customers who write, stop, start, mute, react and block, at random and right around the dangerous instants."""

import contextlib
import heapq
import random
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import requests

from botapp.clock import Clock
from tests.chaos.arena import Arena
from tests.chaos.pages import PAGES

_THREADS = 6
_ANSWER_SECONDS = 10.0
_LOOK_SECONDS = 0.01
_NEAR_SECONDS = 0.25  # standard deviation around a dangerous instant
_DELAY_HOURS = 3.0  # of the campaign's one rule
_ALLOWANCE_HOURS = 2.0
_DAY_HOURS = 24.0
MUTE_HOURS = 6
_SILENT, _STOP, _MUTE, _BLOCK, _WRITE, _REACT, _PRESS = "silent", "STOP", "mute", "block", "hello", "react", "press"
_WHAT_THEY_DO = {_SILENT: 34, _STOP: 22, _MUTE: 12, _BLOCK: 8, _WRITE: 10, _REACT: 8, _PRESS: 6}
_GAP_SECONDS = 4.0  # between a no and what undoes it

Act = tuple[float, str]  # seconds after the one before, what


def life(dice: random.Random, day_seconds: float) -> Iterator[Act]:
    """What one customer does, without end. They guess when they will be written to, and act about then."""
    hour = day_seconds / _DAY_HOURS
    now, expected = 0.0, -2 * day_seconds
    pause = dice.uniform(0, day_seconds / 2)
    while True:
        now += pause
        yield pause, "hello"
        # The next is due some hours after these words, and a day and the allowance after the one before.
        due = max(now + _DELAY_HOURS * hour, expected + (_DAY_HOURS + _ALLOWANCE_HOURS) * hour)
        if due < now + (_DAY_HOURS - _ALLOWANCE_HOURS) * hour:
            expected = due
        what = dice.choices(list(_WHAT_THEY_DO), list(_WHAT_THEY_DO.values()))[0]
        at = max(now, min(due, now + day_seconds) + dice.gauss(0, _NEAR_SECONDS))
        if what != _SILENT:
            yield at - now, what
            now = at
        undone = {_STOP: "START", _BLOCK: "unblock"}.get(what)
        if undone is not None:
            pause = dice.expovariate(1 / _GAP_SECONDS)
            now += pause
            yield pause, undone
        longest = (_DAY_HOURS + 6) * hour if what == _SILENT else 8 * hour
        pause = dice.uniform(hour, longest)


@dataclass
class People:
    """All customers of an arena, played by a few threads."""

    arena: Arena
    seed: int
    count: int
    acts: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    _queue: list[tuple[float, int, str]] = field(default_factory=list)
    _lives: dict[int, Iterator[Act]] = field(default_factory=dict)
    _psids: dict[int, str] = field(default_factory=dict)
    _stopping: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None
    _session: threading.local = field(default_factory=threading.local)

    def start(self) -> None:
        for number in range(self.count):
            page_id, name = PAGES[number % len(PAGES)], f"Customer {number}"
            answer = self._post("/sandbox/customers", {"name": name, "page_id": page_id, "auto_read": number % 2 == 0})
            self._psids[number] = str(answer["psid"])
            self._lives[number] = life(random.Random(f"{self.seed}:{number}"), self.arena.day_seconds)  # noqa: S311  to be repeatable
            self._plan(number, self.arena.clock.elapsed())
        self._thread = threading.Thread(target=self._play, name="people")
        self._thread.start()

    def stop(self) -> None:
        """From now on everybody is silent."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    @property
    def clock(self) -> Clock:
        return self.arena.clock

    def _plan(self, number: int, after: float) -> None:
        pause, what = next(self._lives[number])
        heapq.heappush(self._queue, (after + pause, number, what))

    def _play(self) -> None:
        with ThreadPoolExecutor(_THREADS, "people") as pool:
            while not self._stopping.wait(_LOOK_SECONDS):
                while self._queue and self._queue[0][0] <= self.clock.elapsed():
                    at, number, what = heapq.heappop(self._queue)
                    pool.submit(self._act, self._psids[number], what)
                    self._plan(number, at)

    def _act(self, psid: str, what: str) -> None:
        try:
            self._do(f"/sandbox/customers/{psid}", psid, what)
            self.acts[what] += 1
        except requests.HTTPError:  # forbidden by the state of things: who has blocked cannot write
            self.failed[what] += 1
        except requests.RequestException:
            self.failed["the platform did not answer"] += 1

    def _do(self, path: str, psid: str, what: str) -> None:
        if what in (_BLOCK, "unblock"):
            self._post(f"{path}/{what}", {})
        elif what == _REACT:
            mid = self._last_of_the_bot(psid)
            if mid is not None:
                self._post(f"{path}/react", {"mid": mid})
        elif what == _PRESS:
            self._post(f"{path}/postback", {"title": "More", "payload": "MORE"})
        else:
            text = f"mute for {MUTE_HOURS} hours" if what == _MUTE else what
            self._post(f"{path}/message", {"text": text})

    def _last_of_the_bot(self, psid: str) -> str | None:
        thread = self._http().get(f"{self.arena.sandbox_url}/sandbox/thread/{psid}", timeout=_ANSWER_SECONDS).json()
        said = [m["mid"] for m in thread["messages"] if m["author"] == "bot"]
        return str(said[-1]) if said else None

    def _post(self, path: str, body: dict[str, object]) -> dict[str, object]:
        answer = self._http().post(f"{self.arena.sandbox_url}{path}", json=body, timeout=_ANSWER_SECONDS)
        answer.raise_for_status()
        content: dict[str, object] = answer.json()
        return content

    def _http(self) -> requests.Session:
        with contextlib.suppress(AttributeError):
            session: requests.Session = self._session.session
            return session
        self._session.session = requests.Session()
        return self._http()

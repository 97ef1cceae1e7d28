"""Deliveries that arrive while another is being committed are committed together, and each is answered for itself."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from botapp.channels.port import MalformedItem, ParsedBody
from botapp.conversation.receive import Receipt
from botapp.web.gathering import Gathering

_ARRIVED_AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
_LONG_SECONDS = 20


class _Books:
    """Stands for the database: notes every transaction, and holds them up where a test wants it."""

    def __init__(self) -> None:
        self.transactions: list[tuple[list[str], datetime]] = []
        self.begun = threading.Semaphore(0)
        self._gate = threading.Event()
        self._gate.set()

    @contextmanager
    def held_up(self) -> Iterator[None]:
        """Whatever begins meanwhile waits for the end of the block."""
        self._gate.clear()
        try:
            yield
        finally:
            self._gate.set()

    def receive(self, body: ParsedBody, received_at: datetime) -> Receipt:
        """What the gathering calls, in the place of `Receiver.receive`."""
        self.begun.release()
        assert self._gate.wait(_LONG_SECONDS)
        names = [item.raw for item in body.malformed]
        if "poison" in names:
            raise ValueError("a body that no transaction survives")
        self.transactions.append((names, received_at))
        return Receipt(fresh=len(names), answers_owed=0)

    @property
    def committed(self) -> list[str]:
        return [name for names, _ in self.transactions for name in names]


def _body(*names: str) -> ParsedBody:
    return ParsedBody((), tuple(MalformedItem("1000", "test", name) for name in names))


def _wait_until(holds: Callable[[], bool]) -> None:
    for attempt in count():
        if holds():
            return
        assert attempt < _LONG_SECONDS * 1000
        threading.Event().wait(0.001)


@contextmanager
def _behind_the_first(books: _Books, gathering: Gathering, *bodies: ParsedBody) -> Iterator[list[Future[Receipt]]]:
    """One delivery is held up inside its transaction, and these wait behind it until the block ends."""
    with ThreadPoolExecutor(len(bodies) + 1) as pool, books.held_up():
        first = pool.submit(gathering.receive, _body("first"), _ARRIVED_AT)
        assert books.begun.acquire(timeout=_LONG_SECONDS)
        futures = [first]
        for number, body in enumerate(bodies, 1):
            futures.append(pool.submit(gathering.receive, body, _ARRIVED_AT + timedelta(seconds=number)))
            _wait_until(lambda number=number: gathering.waiting == number)  # type: ignore[misc]  # a default, not a parameter
        yield futures


def test_a_delivery_that_finds_nobody_waits_for_nobody() -> None:
    books = _Books()
    gathering = Gathering(books.receive)
    assert gathering.receive(_body("a"), _ARRIVED_AT).fresh == 1
    assert gathering.receive(_body("b"), _ARRIVED_AT).fresh == 1
    assert [names for names, _ in books.transactions] == [["a"], ["b"]]


def test_what_arrives_during_a_transaction_is_committed_by_the_next_one_at_the_earliest_arrival() -> None:
    books = _Books()
    gathering = Gathering(books.receive, _LONG_SECONDS)
    with _behind_the_first(books, gathering, _body("a"), _body("b", "c"), _body("d")) as futures:
        pass
    assert [future.result().fresh for future in futures] == [1, 4, 4, 4]
    assert books.transactions == [
        (["first"], _ARRIVED_AT),
        (["a", "b", "c", "d"], _ARRIVED_AT + timedelta(seconds=1)),
    ]


def test_a_large_body_goes_alone_and_the_order_of_arrival_stays() -> None:
    books = _Books()
    gathering = Gathering(books.receive, _LONG_SECONDS)
    large = [f"l{number}" for number in range(150)]
    with _behind_the_first(books, gathering, _body("a"), _body(*large), _body("z")):
        pass
    assert [names for names, _ in books.transactions] == [["first"], ["a"], large, ["z"]]


def test_a_body_with_a_fault_fails_alone_and_its_neighbours_are_committed() -> None:
    books = _Books()
    gathering = Gathering(books.receive, _LONG_SECONDS)
    with _behind_the_first(books, gathering, _body("a"), _body("poison"), _body("b")) as futures:
        pass
    assert [futures[0].result().fresh, futures[1].result().fresh, futures[3].result().fresh] == [1, 1, 1]
    with pytest.raises(ValueError, match="no transaction survives"):
        futures[2].result()
    assert sorted(books.committed) == ["a", "b", "first"]


def test_a_fault_of_one_alone_is_raised_and_the_next_is_taken_in() -> None:
    books = _Books()
    gathering = Gathering(books.receive, _LONG_SECONDS)
    with pytest.raises(ValueError, match="no transaction survives"):
        gathering.receive(_body("poison"), _ARRIVED_AT)
    assert gathering.receive(_body("a"), _ARRIVED_AT).fresh == 1


def test_who_waits_too_long_behind_somebodys_lock_goes_alone() -> None:
    books = _Books()
    begun, released = threading.Event(), threading.Event()

    def receive(body: ParsedBody, received_at: datetime) -> Receipt:
        if body.malformed[0].raw == "locked":
            begun.set()
            assert released.wait(_LONG_SECONDS)
        return books.receive(body, received_at)

    gathering = Gathering(receive, patience_seconds=0.01)
    with ThreadPoolExecutor(1) as pool:
        stuck = pool.submit(gathering.receive, _body("locked"), _ARRIVED_AT)
        assert begun.wait(_LONG_SECONDS)
        assert gathering.receive(_body("a"), _ARRIVED_AT).fresh == 1
        assert books.committed == ["a"]
        released.set()
        assert stuck.result(_LONG_SECONDS).fresh == 1
    assert gathering.waiting == 0


def test_in_a_throng_every_delivery_is_committed_once_and_nobody_is_left_waiting() -> None:
    books = _Books()
    gathering = Gathering(books.receive, patience_seconds=0.001)
    names = [f"d{number}" if number % 50 else "poison" for number in range(2_000)]

    def deliver(name: str) -> bool:
        try:
            gathering.receive(_body(name), _ARRIVED_AT)
        except ValueError:
            return False
        return True

    with ThreadPoolExecutor(16) as pool:
        answered = list(pool.map(deliver, names))
    assert answered == [name != "poison" for name in names]
    assert sorted(books.committed) == sorted(name for name in names if name != "poison")
    assert gathering.waiting == 0

"""The journal: complete, ordered, and remembered by a restarted sandbox."""

import resource
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import pytest

from botapp.sandbox.journal import Journal

if TYPE_CHECKING:
    from tests.sandbox.conftest import Bot, StartSandbox


def test_lines_are_found_again_by_number_across_thousands(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal")
    for number in range(1, 3001):
        journal.append(b"%d\n" % number)
    for after in (0, 1, 511, 512, 513, 2999, 3000, 9000):
        assert list(journal.lines(after)) == [b"%d\n" % number for number in range(after + 1, 3001)]
    journal.close()


def test_a_reader_sees_what_was_there_when_it_asked() -> None:
    journal = Journal(None)
    journal.append(b"one\n")
    lines = journal.lines()
    journal.append(b"two\n")
    assert list(lines) == [b"one\n"]
    journal.close()


def test_a_last_line_torn_by_a_death_is_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    path.write_bytes(b"one\ntwo\nthr")
    journal = Journal(path)
    journal.append(b"three\n")
    assert list(journal.lines()) == [b"one\n", b"two\n", b"three\n"]
    assert journal.count == 3
    journal.close()


FullAt: TypeAlias = Callable[[int], AbstractContextManager[None]]


@pytest.fixture
def full_at() -> FullAt:
    """As on a full disk: no file of this process grows beyond so many bytes, and a write may be cut short there."""

    @contextmanager
    def limit(size_bytes: int) -> Iterator[None]:
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, hard))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    return limit


def test_a_line_that_finds_no_room_leaves_no_trace(tmp_path: Path, full_at: FullAt) -> None:
    journal = Journal(tmp_path / "journal")
    journal.append(b"one\n")
    with full_at(6), pytest.raises(OSError, match="journal"):
        journal.append(b"two\n")
    journal.append(b"three\n")
    assert list(journal.lines()) == [b"one\n", b"three\n"]
    journal.close()


def test_webhooks_go_on_where_the_journal_has_no_room(
    start_sandbox: "StartSandbox", bot: "Bot", tmp_path: Path, full_at: FullAt
) -> None:
    sandbox = start_sandbox(tmp_path / "journal")
    psid = sandbox.customer(writes=False)
    sandbox.post("/faults", {"match": {"text": "STOP"}, "fault": "delay=0.3"})
    bot.statuses += [500]
    sandbox.act(psid, "message", text="STOP")
    with full_at((tmp_path / "journal").stat().st_size):
        bot.wait_for("message")


def test_a_restarted_sandbox_remembers_windows_blocks_owners_threads_and_the_log(
    start_sandbox: "StartSandbox", bot: "Bot", tmp_path: Path
) -> None:
    first = start_sandbox(tmp_path / "journal")
    open_one, blocked, taken, closed = (first.customer() for _ in range(4))
    first.send(open_one, "before the restart")
    first.act(blocked, "block")
    first.act(taken, "person", text="Kim here")
    never = first.customer(writes=False)
    first.act(never, "message", text="late", ago=90_000)
    bot.wait_for("message", 5)
    first.graph("POST", "/me/messenger_profile", {"get_started": {"payload": "GO"}})
    first.stop()
    log = (tmp_path / "journal").read_bytes().splitlines()

    second = start_sandbox(tmp_path / "journal")
    assert len(second.get("/log")["entries"]) == len(log)
    subcodes = [
        second.send(psid).json().get("error", {}).get("error_subcode")
        for psid in (open_one, blocked, taken, closed, never)
    ]
    assert subcodes == [None, 1545041, 2018300, None, 2018278]
    texts = [message["text"] for message in second.get(f"/thread/{open_one}")["messages"]]
    assert texts == ["hi", "before the restart", "hello"]
    assert second.get("/state")["pages"][0]["profile"] == {"get_started": {"payload": "GO"}}

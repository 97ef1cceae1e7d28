"""The private Redis: reached by us alone, survived by its data, never twice."""

import os
import shutil
import signal
import socket
import stat
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis

from botapp.runtime import embedded_redis
from tests.servers import PrivateRedis

Wait = Callable[..., None]


@pytest.fixture
def started(wait_until: Wait) -> Iterator[Callable[[Path], "subprocess.Popen[bytes]"]]:
    """Runs the child's command for a var directory until it answers; ends all of them after the test."""
    processes = []

    def start(var_dir: Path) -> "subprocess.Popen[bytes]":
        var_dir.mkdir(exist_ok=True)
        with (var_dir / "redis.log").open("ab") as log:
            process = subprocess.Popen(embedded_redis.command(var_dir), stdout=log)  # noqa: S603  # ours
        processes.append(process)
        wait_until(lambda: embedded_redis.is_answering(embedded_redis.url(var_dir)), message="redis answers")
        return process

    yield start
    for process in processes:
        process.kill()
        process.wait()


@pytest.fixture
def remove() -> Iterator[Callable[[Path], None]]:
    """Takes note of a directory to be removed after the test."""
    noted: list[Path] = []
    yield noted.append
    for directory in noted:
        shutil.rmtree(directory, ignore_errors=True)


def test_it_listens_on_a_socket_of_ours_and_on_no_port(started: Callable[[Path], object], var_dir: Path) -> None:
    started(var_dir)
    path = embedded_redis.socket_path(var_dir)
    assert var_dir in path.parents
    assert stat.S_IMODE(path.stat().st_mode) == 0o700
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    with redis.Redis.from_url(embedded_redis.url(var_dir)) as client:
        wanted = {"port": "0", "appendonly": "yes", "appendfsync": "everysec", "maxmemory-policy": "noeviction"}
        assert {name: client.config_get(name)[name] for name in wanted} == wanted


def test_a_directory_with_odd_characters_serves_as_well(started: Callable[[Path], object], var_dir: Path) -> None:
    odd = var_dir / "a b?c#d%20é"
    started(odd)
    assert list((odd / "redis").rglob("*.aof"))


def test_what_was_written_survives_a_kill(private_redis: PrivateRedis) -> None:
    with redis.Redis.from_url(private_redis.url) as client:
        client.set("doorbell", "rung")
    private_redis.kill()
    assert not embedded_redis.is_answering(private_redis.url)
    private_redis.start()
    with redis.Redis.from_url(private_redis.url) as client:
        assert client.get("doorbell") == b"rung"


def test_an_orphan_is_adopted_and_no_second_server_started(
    started: Callable[[Path], "subprocess.Popen[bytes]"], var_dir: Path, wait_until: Wait
) -> None:
    orphan = started(var_dir)
    adopter = started(var_dir)
    wait_until(lambda: "Adopted" in (var_dir / "redis.log").read_text())
    with redis.Redis.from_url(embedded_redis.url(var_dir)) as client:
        assert client.info("server")["process_id"] == orphan.pid
    adopter.send_signal(signal.SIGTERM)
    assert adopter.wait(timeout=30) == 0
    assert orphan.wait(timeout=30) == 0


def test_the_adopter_ends_with_the_orphan_so_that_the_supervisor_starts_a_new_one(
    started: Callable[[Path], "subprocess.Popen[bytes]"], var_dir: Path, wait_until: Wait
) -> None:
    orphan = started(var_dir)
    adopter = started(var_dir)
    wait_until(lambda: "Adopted" in (var_dir / "redis.log").read_text())
    orphan.kill()
    assert adopter.wait(timeout=30) == 0


def test_the_adopter_ends_in_good_order_with_an_orphan_that_had_not_taken_its_call_yet(
    var_dir: Path, wait_until: Wait
) -> None:
    with socket.socket(socket.AF_UNIX) as orphan:  # busy: it listens, and never accepts
        orphan.bind(str(embedded_redis.socket_path(var_dir)))
        orphan.listen()
        with (var_dir / "redis.log").open("ab") as log:
            adopter = subprocess.Popen(embedded_redis.command(var_dir), stdout=log)  # noqa: S603  # ours
        wait_until(lambda: "Adopted" in (var_dir / "redis.log").read_text())
    assert adopter.wait(timeout=30) == 0


def test_where_the_path_is_too_long_for_a_socket_a_short_private_one_is_kept_on_record(
    started: Callable[[Path], object], var_dir: Path, remove: Callable[[Path], None]
) -> None:
    var_dir /= "long" * 30
    path = embedded_redis.socket_path(var_dir)
    remove(path.parent)
    assert len(os.fsencode(path)) <= 103
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert embedded_redis.socket_path(var_dir) == path
    started(var_dir)
    assert path.is_socket()


@pytest.mark.parametrize("damage", [lambda path: path.chmod(0o755), lambda path: path.rmdir()])
def test_a_recorded_directory_that_is_no_longer_ours_alone_is_given_up(
    var_dir: Path, remove: Callable[[Path], None], damage: Callable[[Path], None]
) -> None:
    var_dir /= "long" * 30
    before = embedded_redis.socket_path(var_dir).parent
    damage(before)
    after = embedded_redis.socket_path(var_dir).parent
    remove(before)
    remove(after)
    assert after != before
    assert stat.S_IMODE(after.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    ("version", "is_taken"), [("5.0.7", False), ("6.0.16", False), ("6.2.0", True), ("8.1.1", True)]
)
def test_a_server_on_the_path_is_taken_when_it_is_new_enough_for_rq(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, is_taken: bool
) -> None:
    program = tmp_path / "redis-server"
    program.write_text(f"#!/bin/sh\necho 'Redis server v={version} sha=00000000:0 malloc=jemalloc-5.2.1 bits=64'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert (embedded_redis.server_program() == program) == is_taken


def test_asking_an_empty_socket_is_answered_at_once(tmp_path: Path) -> None:
    asked_at = time.monotonic()
    assert not embedded_redis.is_answering(embedded_redis.url(tmp_path))
    assert time.monotonic() - asked_at < 0.5

"""`botapp up`: what it says, what it refuses, what it brings back to life, and that it leaves nothing behind."""

import os
import signal
import socket
import time
from collections.abc import Callable

import pytest
import redis

from botapp.runtime import embedded_redis
from tests.scenarios.audit import Books, faults
from tests.scenarios.instance import Instance, Wait, free_port

_STOP_SECONDS = 8.0  # 4.5 s by the clock of the one who stops them, and its own end where all cores are busy
_PARTS = ("web", "worker", "ticker", "sandbox", "redis")


@pytest.mark.parametrize(
    ("taken", "setting", "option"),
    [("http_port", "BOTAPP_HTTP_PORT", "--port"), ("sandbox_port", "BOTAPP_SANDBOX_PORT", "--sandbox-port")],
)
def test_a_taken_port_is_named_with_its_setting_and_nothing_is_started(
    make_instance: Callable[..., Instance], taken: str, setting: str, option: str
) -> None:
    instance = make_instance()
    port = getattr(instance, taken)
    with socket.create_server(("127.0.0.1", port)):
        refused = instance.command("up")
    assert refused.returncode == 2
    assert refused.stdout == ""
    assert refused.stderr.count("\n") == 1
    assert f"Port {port} on 127.0.0.1" in refused.stderr
    assert f"(process {os.getpid()})" in refused.stderr
    assert f"{setting}=…" in refused.stderr
    assert option in refused.stderr
    assert instance.family() == {}


def test_one_port_for_two_parts_is_refused(make_instance: Callable[..., Instance]) -> None:
    instance = make_instance()
    refused = instance.command("up", "--sandbox-port", str(instance.http_port))
    assert refused.returncode == 2
    assert "BOTAPP_SANDBOX_PORT" in refused.stderr


def test_up_announces_itself_alone_in_its_directory_restarts_who_dies_and_ends_with_everybody(
    make_instance: Callable[..., Instance], wait_until: Wait
) -> None:
    instance = make_instance(BOTAPP_SEND_ALLOWANCE="1h")
    instance.start("--day", "60s")
    assert instance.process is not None
    assert "ONE DAY LASTS 0:01:00" in instance.said()
    assert f"chat page  {instance.sandbox_url}/" in instance.said()
    assert f"console    http://127.0.0.1:{instance.http_port}/console/welcome/" in instance.said()

    checks = [instance.command(*check) for check in (("health", "worker"), ("health", "ticker"), ("doctor",))]
    assert [check.returncode for check in checks] == [0, 0, 0], checks

    second = instance.command("up", BOTAPP_HTTP_PORT=str(free_port()), BOTAPP_SANDBOX_PORT=str(free_port()))
    assert second.returncode == 2
    assert f"as process {instance.process.pid}" in second.stderr
    assert "BOTAPP_VAR_DIR" in second.stderr

    before = {part: instance.members(part) for part in _PARTS}
    assert all(before.values()), before
    for part in _PARTS:
        instance.signal(part, signal.SIGKILL)
    wait_until(lambda: all(f"{part} ended (" in instance.said() for part in _PARTS), 20, "five deaths told")
    wait_until(lambda: _all_new(instance, before), 20, "five new lives")
    wait_until(instance.platform_answers, 20, "an answering sandbox")
    alice = instance.add_customer("Alice Ng")
    instance.says(alice, "hello")
    wait_until(lambda: len(instance.accepted(alice)) == 1, 20, "an answer after the deaths")

    _say_and_lose_the_ring(instance, alice, wait_until)
    wait_until(lambda: len(instance.accepted(alice)) == 2, 20, "an answer that nobody rings for any more")
    assert instance.command("health", "worker").returncode == 0  # it has introduced itself anew

    asked_at = time.monotonic()
    assert instance.stop() == 0
    assert time.monotonic() - asked_at < _STOP_SECONDS
    assert instance.family() == {}


def test_an_instance_killed_outright_leaves_nothing_and_the_next_one_does_what_it_owed(
    make_instance: Callable[..., Instance], wait_until: Wait
) -> None:
    instance = make_instance(BOTAPP_SEND_ALLOWANCE="1h")
    instance.start("--day", "60s")
    instance.apply("1h")
    assert instance.process is not None
    alice, bob = instance.add_customer("Alice Ng"), instance.add_customer("Bob Ito")
    instance.signal("worker", signal.SIGSTOP)
    instance.says(alice, "hello")
    instance.says(bob, "STOP")
    with instance.record() as record:
        wait_until(lambda: len(record.replies()) == 2, 10, "both received")
    instance.process.kill()
    instance.process.wait()
    wait_until(lambda: not instance.family(), 10, "an empty family")

    (instance.var_dir / "up.output").unlink()
    instance.start("--day", "60s")
    wait_until(lambda: len(instance.accepted(alice)) == 2, 20, "an answer and one more message")
    assert [e["is_response"] for e in instance.accepted(alice)] == [True, False]
    assert [e["is_response"] for e in instance.accepted(bob)] == [True]
    with instance.record() as record:
        assert faults(Books(instance.platform_log(), record)) == []

    asked_at = time.monotonic()
    instance.process.send_signal(signal.SIGINT)  # as Ctrl-C does
    assert instance.process.wait(timeout=20) == 0
    assert time.monotonic() - asked_at < _STOP_SECONDS
    assert instance.family() == {}


def _say_and_lose_the_ring(instance: Instance, psid: str, wait_until: Wait) -> None:
    """The doorbell was rung, and before the worker came Redis forgot everything, the worker included."""
    with instance.record() as record:
        # Its last duty for the first message: a worker frozen at work would hold SQLite's one lock.
        wait_until(lambda: all(c.profile_fetched_at for c in record.contacts()), 10, "an idle worker")
        instance.signal("worker", signal.SIGSTOP)
        instance.says(psid, "are you still there?")
        wait_until(lambda: len(record.replies()) == 2, 10, "the message to be received")
    with redis.Redis.from_url(embedded_redis.url(instance.var_dir)) as client:
        wait_until(lambda: client.keys("rq:job:*"), 10, "the ring")
        client.flushall()
    instance.signal("worker", signal.SIGCONT)


def _all_new(instance: Instance, before: dict[str, list[int]]) -> bool:
    return all(instance.members(part) and not set(instance.members(part)) & set(before[part]) for part in _PARTS)

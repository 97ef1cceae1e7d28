"""Real children, real signals: what the supervisor promises about starting, restarting and leaving nothing behind."""

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.runtime.conftest import Supervised

PATIENT = {"name": "patient", "command": ["sh", "-c", "sleep 600; true"]}
# Ignores the polite signal, has a child, and a grandchild that moved to a session of its own.
STUBBORN = {
    "name": "stubborn",
    "command": ["sh", "-c", "trap '' TERM INT; setsid sh -c 'sleep 601; true' & sleep 602; sleep 603; true"],
}

Wait = Callable[..., None]


def test_children_start_in_order_each_after_the_one_before_answers(supervised: Supervised, wait_until: Wait) -> None:
    sign = supervised.directory / "redis-answers"
    redis = {"name": "redis", "command": ["sh", "-c", f"sleep 0.3; touch {sign}; sleep 600"], "ready_file": str(sign)}
    web = {"name": "web", "command": ["sh", "-c", f"test -e {sign} && echo found it; sleep 600"]}
    supervised.start_and_wait(redis, web)
    wait_until(lambda: "found it" in supervised.log("web"), message="web to look for redis")


def test_children_that_start_together_do_not_wait_for_each_other_and_all_are_waited_for(
    supervised: Supervised,
) -> None:
    begun, answers = supervised.directory / "worker-begun", supervised.directory / "web-answers"
    waiting = f"until test -e {begun}; do sleep 0.02; done; sleep 0.2; touch {answers}; sleep 600"
    web = {"name": "web", "command": ["sh", "-c", waiting], "ready_file": str(answers), "together": True}
    worker = {"name": "worker", "command": ["sh", "-c", f"touch {begun}; sleep 600"], "together": True}
    supervised.start_and_wait(web, worker)
    assert answers.exists()


def test_a_child_gets_its_own_environment_on_top_of_ours(supervised: Supervised, wait_until: Wait) -> None:
    command = ["sh", "-c", 'echo "$COLOUR $BOTAPP_TEST_FAMILY"; sleep 600']
    supervised.start_and_wait({"name": "web", "command": command, "environment": {"COLOUR": "green"}})
    wait_until(lambda: f"green {supervised.directory}" in supervised.log("web"))


def test_a_child_killed_outright_is_started_again_and_one_line_says_so(
    supervised: Supervised, wait_until: Wait
) -> None:
    supervised.start_and_wait(PATIENT)
    first = supervised.leader("sleep 600; true")
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: "patient ended (killed by SIGKILL); starting it again in 0.2 s" in supervised.said())
    wait_until(lambda: supervised.members("sleep 600; true"), message="a second life")
    assert first not in supervised.members("sleep 600; true")


def test_a_child_that_stays_frozen_with_a_lock_is_killed_and_who_goes_on_in_time_is_not(
    supervised: Supervised, wait_until: Wait, tmp_path: Path
) -> None:
    database = tmp_path / "locked.sqlite3"
    holding = f"""import sqlite3, time
connection = sqlite3.connect({str(database)!r}, isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("holds", flush=True)
time.sleep(600)"""
    holder = {"name": "holder", "command": [sys.executable, "-c", holding]}
    supervised.start_and_wait(holder, PATIENT)
    wait_until(lambda: "holds" in supervised.log("holder"))
    frozen, patient = supervised.leader("BEGIN IMMEDIATE"), supervised.leader("sleep 600; true")
    for process_id in (frozen, patient):
        os.kill(process_id, signal.SIGSTOP)
    os.kill(patient, signal.SIGCONT)
    wait_until(lambda: "holder has been stopped for 5 s (SIGSTOP) and is killed." in supervised.said())
    wait_until(lambda: supervised.log("holder").count("holds") == 2, message="another life, which has got the lock")
    assert supervised.leader("sleep 600; true") == patient


def test_what_a_dead_child_leaves_in_its_group_is_gone_before_the_next_life(
    supervised: Supervised, wait_until: Wait
) -> None:
    script = """echo begun; sh -c "trap '' TERM; echo holds the port; sleep 601; true" & sleep 600; true"""
    supervised.start_and_wait({"name": "web", "command": ["sh", "-c", script]})
    wait_until(lambda: "holds the port" in supervised.log("web").splitlines())
    leader = supervised.leader("echo begun")
    left_behind = set(supervised.members("sleep 601")) - {leader}
    os.kill(leader, signal.SIGKILL)
    wait_until(lambda: supervised.log("web").count("begun") == 2, message="a second life")
    assert left_behind
    assert not left_behind & set(supervised.family())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_everybody_is_gone_within_five_seconds_of_a_signal_even_who_ignores_it(
    supervised: Supervised, wait_until: Wait, number: signal.Signals
) -> None:
    process = supervised.start_and_wait(PATIENT, STUBBORN)
    wait_until(lambda: len(supervised.family()) >= 8, message="all descendants")  # two, and shells with their sleeps
    asked_at = time.monotonic()
    process.send_signal(number)
    assert process.wait(timeout=10) == 0
    assert time.monotonic() - asked_at < 5
    assert supervised.family() == {}
    assert "stubborn did not end when asked and is killed." in supervised.said()


def test_who_behaves_is_stopped_at_once(supervised: Supervised) -> None:
    process = supervised.start_and_wait(PATIENT, {**PATIENT, "name": "second"})
    asked_at = time.monotonic()
    process.terminate()
    process.wait(timeout=10)
    assert time.monotonic() - asked_at < 3
    assert supervised.family() == {}


def test_children_stop_in_reverse_order_so_that_workers_still_have_their_redis(
    supervised: Supervised, wait_until: Wait
) -> None:
    def part(name: str, last_words: str) -> dict[str, Any]:
        script = f"trap '{last_words}; exit' TERM; echo up; while :; do sleep 0.05; done"
        return {"name": name, "command": ["sh", "-c", script]}

    gone = supervised.directory / "redis-gone"
    process = supervised.start_and_wait(
        part("redis", f"touch {gone}"), part("worker", f"sleep 0.5; test -e {gone} || echo redis was there")
    )
    wait_until(lambda: all("up" in supervised.log(name) for name in ("redis", "worker")))
    process.terminate()
    process.wait(timeout=10)
    assert "redis was there" in supervised.log("worker")
    assert gone.exists()


def test_parts_that_started_together_stop_together_while_redis_is_still_there(
    supervised: Supervised, wait_until: Wait
) -> None:
    gone = supervised.directory / "redis-gone"
    slow = f"trap 'sleep 0.8; test -e {gone} || echo redis was there; exit' TERM; echo up; while :; do sleep 0.05; done"
    redis = f"trap 'touch {gone}; exit' TERM; echo up; while :; do sleep 0.05; done"
    together = [{"name": n, "command": ["sh", "-c", slow], "together": True} for n in ("web", "worker", "ticker")]
    process = supervised.start_and_wait({"name": "redis", "command": ["sh", "-c", redis]}, *together)
    wait_until(lambda: all("up" in supervised.log(name) for name in ("redis", "web", "worker", "ticker")))
    asked_at = time.monotonic()
    process.terminate()
    process.wait(timeout=10)
    assert time.monotonic() - asked_at < 2 * 0.8
    assert [supervised.log(str(part["name"])).count("redis was there") for part in together] == [1, 1, 1]


def test_nobody_outlives_a_supervisor_that_is_killed_outright(supervised: Supervised, wait_until: Wait) -> None:
    process = supervised.start_and_wait(PATIENT, STUBBORN)
    wait_until(lambda: len(supervised.family()) >= 8, message="all descendants")
    process.kill()
    wait_until(lambda: not supervised.family(), message="an empty family")


def test_a_guard_that_is_killed_is_replaced_and_the_next_one_does_its_work(
    supervised: Supervised, wait_until: Wait
) -> None:
    process = supervised.start_and_wait(PATIENT)
    first = supervised.leader("guard.py")
    os.kill(first, signal.SIGKILL)
    # The dead one is listed until it has been reaped.
    wait_until(lambda: set(supervised.members("guard.py")) - {first}, message="another guard")
    process.kill()
    wait_until(lambda: not supervised.family(), message="an empty family")


def test_ctrl_c_in_the_terminal_reaches_the_children_only_through_the_supervisor(
    supervised: Supervised, wait_until: Wait
) -> None:
    script = "trap 'echo interrupted' INT; trap 'echo asked; exit' TERM; echo up; while :; do sleep 0.05; done"
    process = supervised.start_and_wait({"name": "web", "command": ["sh", "-c", script]})
    wait_until(lambda: "up" in supervised.log("web"))
    os.killpg(process.pid, signal.SIGINT)
    process.wait(timeout=10)
    assert "asked" in supervised.log("web")
    assert "interrupted" not in supervised.log("web")


def test_a_child_that_never_answers_stops_everything_with_a_clear_error(supervised: Supervised) -> None:
    silent = {"name": "web", "command": ["sh", "-c", "echo no such table; sleep 600; true"], "ready_file": "/nowhere"}
    process = supervised.start(PATIENT, silent, ready_timeout_seconds=1)
    assert process.wait(timeout=10) == 1
    assert "web was not ready after 1 s." in supervised.said()
    assert "    no such table\n" in supervised.said()
    assert "ready\n" not in supervised.said().splitlines(keepends=True)
    assert supervised.family() == {}


def test_a_child_that_ends_while_awaited_is_an_error_at_once(supervised: Supervised) -> None:
    faulty = {"name": "web", "command": ["sh", "-c", "echo wrong setting; exit 3"], "ready_file": "/nowhere"}
    process = supervised.start(PATIENT, faulty)
    assert process.wait(timeout=10) == 1
    assert "web ended before it was ready" in supervised.said()
    assert "    wrong setting\n" in supervised.said()
    assert supervised.family() == {}


def test_a_command_that_does_not_exist_is_named(supervised: Supervised) -> None:
    process = supervised.start(PATIENT, {"name": "web", "command": ["/no/such/program"]})
    assert process.wait(timeout=10) == 1
    assert "web could not be started" in supervised.said()
    assert "/no/such/program" in supervised.said()
    assert supervised.family() == {}


def test_a_signal_during_the_start_stops_what_had_started(supervised: Supervised, wait_until: Wait) -> None:
    process = supervised.start({**PATIENT, "ready_file": "/nowhere"}, {**PATIENT, "name": "never"})
    wait_until(lambda: supervised.members("sleep 600; true"))
    process.terminate()
    assert process.wait(timeout=10) == 0
    assert not (supervised.var_dir / "log" / "never.log").exists()
    assert supervised.family() == {}


def test_a_second_instance_in_the_same_directory_is_told_who_runs_there(supervised: Supervised) -> None:
    first = supervised.start_and_wait(PATIENT)
    second = supervised.start(PATIENT)
    assert second.wait(timeout=10) == 1
    assert f"as process {first.pid}" in supervised.said()
    assert first.poll() is None


def test_after_a_kill_the_next_instance_waits_for_the_guard_to_clear_up(
    supervised: Supervised, wait_until: Wait
) -> None:
    first = supervised.start_and_wait(STUBBORN)
    wait_until(lambda: len(supervised.family()) >= 6, message="all descendants")
    old_family = set(supervised.family())
    first.kill()
    supervised.start_and_wait(PATIENT)
    assert not old_family & set(supervised.family())

"""`botapp replay`: a recorded chat through the real webhook, and what the database then knows."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Botapp
from tests.scenarios.instance import Instance

_CONVERSATIONS = Path(__file__).resolve().parents[2] / "../shared/samples/conversations"
_DAY_MS = 86_400_000
_START_MS = 1_600_000_000_000
_HOUR_MS = 3_600_000


def _line(hours: float, speaker: str, role: str = "customer", **more: object) -> dict[str, object]:
    at_ms = _START_MS + int(hours * _HOUR_MS)
    return {"timestamp_ms": at_ms, "speaker": speaker, "role": role, "text": f"{speaker} speaks", **more}


def _written(path: Path, *lines: object) -> str:
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    return str(path)


def _windows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.fixture
def chat(tmp_path: Path) -> str:
    """Alice twice in one window and again two days later; Bob once, and staff in between."""
    return _written(
        tmp_path / "chat.jsonl",
        _line(0, "staff member", "staff"),
        _line(1, "alice"),
        _line(2, "staff member", "staff", to="alice"),
        _line(3, "bob"),
        _line(20, "alice"),
        _line(48, "staff member", "staff"),
        _line(70, "alice", seconds_since_speaker_last=5, thread=None),
    )


def test_the_windows_of_the_recorded_sample_are_the_known_ones(shop: Botapp, tmp_path: Path) -> None:
    if not _CONVERSATIONS.exists():
        pytest.skip("the shared samples are not here")
    known = [
        (of["speaker"], window["opens_ms"], window["closes_ms"])
        for of in _windows(_CONVERSATIONS / "windows.jsonl")
        for window in of["windows"]
    ]
    out = tmp_path / "windows.jsonl"
    done = shop("replay", str(_CONVERSATIONS / "support_chat.jsonl"), "--windows-out", str(out), "--json")
    assert done.code == 0, done.err
    assert sorted((w["speaker"], w["opens_ms"], w["closes_ms"]) for w in _windows(out)) == sorted(known)
    report = json.loads(done.out)
    assert (report["customers"], report["interactions"], report["windows"], report["windows_open"]) == (98, 755, 98, 98)


def test_a_chat_is_moved_as_a_whole_and_its_windows_are_told_in_its_own_time(
    shop: Botapp, chat: str, tmp_path: Path
) -> None:
    out = tmp_path / "windows.jsonl"
    done = shop("replay", chat, "--json", "--end-ago", "1h", "--windows-out", str(out))
    assert done.code == 0, done.err
    hour, start = _HOUR_MS, _START_MS
    assert _windows(out) == [
        {"speaker": "alice", "opens_ms": start + hour, "closes_ms": start + 20 * hour + _DAY_MS},
        {"speaker": "alice", "opens_ms": start + 70 * hour, "closes_ms": start + 70 * hour + _DAY_MS},
        {"speaker": "bob", "opens_ms": start + 3 * hour, "closes_ms": start + 3 * hour + _DAY_MS},
    ]
    report = json.loads(done.out)
    assert {name: report[name] for name in ("page_id", "customers", "lines", "interactions", "windows_open")} == {
        "page_id": "1000",
        "customers": 2,
        "lines": 4,
        "interactions": 4,
        "windows_open": 1,
    }


def test_plans_and_the_reasons_against_them_are_reported(shop: Botapp, chat: str, tmp_path: Path) -> None:
    campaign = tmp_path / "campaign.toml"
    campaign.write_text(
        '[[templates]]\nname = "t"\ntext = "Hello"\n[[rules]]\nname = "r"\ntemplate = "t"\ndelay = "20h"\n'
    )
    shop("campaign", "apply", str(campaign), "--publish")
    report = json.loads(shop("replay", chat, "--json").out)
    assert report["reengagements"] == {"planned": 1, "skipped": 1}  # bob wrote three days ago
    assert report["reasons"] == {"window_closed": 1}
    assert report["next_due_at"] is not None
    in_words = shop("replay", chat).out
    assert "2, with 4 interactions in 4 lines" in in_words
    assert "1 window_closed" in in_words


def test_the_same_chat_again_is_another_conversation_of_the_same_people(shop: Botapp, chat: str) -> None:
    reports = [json.loads(shop("replay", chat, "--json").out) for _ in range(2)]
    assert [(r["customers"], r["interactions"], r["windows"]) for r in reports] == [(2, 4, 3), (2, 4, 3)]


def test_staff_who_answer_in_the_inbox_own_the_thread(shop: Botapp, chat: str) -> None:
    report = json.loads(shop("replay", chat, "--with-staff", "--json").out)
    assert report["lines"] == 6  # the first line speaks to nobody yet
    assert report["interactions"] == 4
    assert report["answers"] == {"planned": 3, "skipped": 1}  # staff wrote to alice within the day before her last line


def test_lines_without_text_and_out_of_order_are_interactions_too(shop: Botapp, tmp_path: Path) -> None:
    chat = _written(tmp_path / "chat.jsonl", _line(5, "alice", text=""), _line(1, "alice"), _line(1, "bob"))
    report = json.loads(shop("replay", chat, "--json").out)
    assert (report["interactions"], report["windows"]) == (3, 2)


def test_the_speed_is_kept_and_the_last_line_was_just_now(shop: Botapp, tmp_path: Path) -> None:
    chat = _written(tmp_path / "chat.jsonl", *(_line(n / 3600, "alice") for n in range(0, 121, 20)))
    report = json.loads(shop("replay", chat, "--speed", "240", "--json").out)
    assert (report["interactions"], report["windows"], report["windows_open"]) == (7, 1, 1)


@pytest.mark.parametrize(
    ("line", "key", "reason"),
    [
        ("no json", "", "not JSON"),
        ("[1]", "", "not a JSON object"),
        (_line(1, "alice", role="bot"), "role: ", '"customer" or "staff"'),
        ({**_line(1, "alice"), "timestamp_ms": "1600000000000"}, "timestamp_ms: ", "whole number"),
        ({**_line(1, "alice"), "timestamp_ms": True}, "timestamp_ms: ", "whole number"),
        ({**_line(1, "alice"), "timestamp_ms": -5}, "timestamp_ms: ", "since 1970"),
        ({**_line(1, "alice"), "timestamp_ms": 10**30}, "timestamp_ms: ", "since 1970"),
        ({"timestamp_ms": _START_MS, "role": "customer", "text": "hi"}, "speaker: ", "missing"),
        (_line(1, ""), "speaker: ", "1 to 100"),
        (_line(1, "alice", text=["private words"]), "text: ", "wrong type"),
    ],
)
def test_a_line_that_cannot_be_read_is_named_and_nothing_is_played(
    shop: Botapp, tmp_path: Path, line: object, key: str, reason: str
) -> None:
    path = tmp_path / "chat.jsonl"
    written = line if isinstance(line, str) else json.dumps(line)
    path.write_text(f"{json.dumps(_line(0, 'bob'))}\n\n{written}\n")
    refused = shop("replay", str(path))
    assert (refused.code, refused.out) == (1, "")
    assert f"{path}: line 3: {key}" in refused.err
    assert reason in refused.err
    assert "private" not in refused.err
    assert json.loads(shop("status", "--json").out)["counters"] == {}


@pytest.mark.parametrize("content", ["", json.dumps(_line(0, "someone", "staff"))])
def test_a_chat_without_customers_has_nothing_to_play(shop: Botapp, tmp_path: Path, content: str) -> None:
    (tmp_path / "chat.jsonl").write_text(content)
    refused = shop("replay", str(tmp_path / "chat.jsonl"))
    assert refused.code == 1
    assert "nothing to play" in refused.err


def test_a_page_is_needed_and_among_several_it_has_to_be_named(botapp: Botapp, chat: str) -> None:
    assert "botapp db upgrade" in botapp("replay", chat).err
    botapp("db", "upgrade")
    assert "botapp account add" in botapp("replay", chat).err
    for page in ("1000", "2000"):
        botapp("account", "add", "messenger", "--page-id", page, "--token", f"t{page}", "--name", page)
    unnamed = botapp("replay", chat)
    assert (unnamed.code, unnamed.out) == (2, "")
    assert "--page: 1000, 2000" in unnamed.err
    assert json.loads(botapp("replay", chat, "--page-id", "2000", "--json").out)["page_id"] == "2000"
    assert "no page '3000'" in botapp("replay", chat, "--page-id", "3000").err


@pytest.mark.parametrize(
    "option", [("--speed", "0.5"), ("--speed", "fast"), ("--end-ago", "1 hour"), ("--settle", "x")]
)
def test_an_option_that_cannot_be_is_used_wrongly(shop: Botapp, chat: str, option: tuple[str, str]) -> None:
    refused = shop("replay", chat, *option)
    assert refused.code == 2
    assert option[0] in refused.err


def test_without_an_instance_it_says_that_nobody_sends(shop: Botapp, chat: str) -> None:
    done = shop("replay", chat)
    assert "nothing is sent" in done.err
    assert "not all that is owed was sent yet" in done.out


@pytest.fixture
def running(var_dir: Path) -> Iterator[Instance]:
    instance = Instance(var_dir)
    instance.start()
    yield instance
    instance.end()


def test_a_running_instance_answers_and_its_sandbox_knows_the_people(running: Instance, chat: str) -> None:
    running.apply("5s")
    done = running.command("replay", chat, "--json", "--end-ago", "1h")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    report = json.loads(done.stdout)
    assert report["settled"] is True
    assert report["reengagements"] == {"sent": 1, "skipped": 1}
    assert report["answers"] == {"sent": 3, "skipped": 1}  # bob's window had closed
    log = running.platform_log()
    assert [e for e in log if e["what"] == "send" and not e["accepted"]] == []
    assert [e for e in log if e["what"] == "webhook" and "message" in {told["kind"] for told in e["events"]}] == []

    other = running.command("replay", chat, BOTAPP_MESSENGER_APP_SECRET="a-secret-of-nobody-here")
    assert other.returncode == 1
    assert "answered 403" in other.stderr
    assert "BOTAPP_MESSENGER_APP_SECRET" in other.stderr

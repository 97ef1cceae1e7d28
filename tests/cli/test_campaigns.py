"""Campaign files on the command line: all or nothing; every fault with file, key and reason; the kill switch."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Botapp

_GOOD = """
[[templates]]
name = "hello"
text = "Hello {first_name|there}!"
language = "en"
purpose = "service"

[[rules]]
name = "after-a-while"
template = "hello"
delay = "4h"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "campaign.toml"
    path.write_text(_GOOD)
    return path


def test_a_file_is_stored_then_published_then_known(shop: Botapp, file: Path) -> None:
    stored = shop("campaign", "apply", str(file))
    published = shop("campaign", "apply", str(file), "--publish")
    again = shop("campaign", "apply", str(file), "--publish")
    assert [(done.code, done.out) for done in (stored, published, again)] == [
        (0, f"page 1000: template hello version 1 {state}\npage 1000: rule after-a-while version 1 {state}\n")
        for state in ("stored, not published", "published", "live already")
    ]


def test_other_content_is_another_version(shop: Botapp, file: Path) -> None:
    shop("campaign", "apply", str(file), "--publish")
    file.write_text(_GOOD.replace("Hello", "Hi"))
    changed = shop("campaign", "apply", str(file), "--publish")
    assert "template hello version 2 published" in changed.out
    assert "rule after-a-while version 1 live already" in changed.out


@pytest.mark.parametrize(
    ("written", "instead", "key", "reason"),
    [
        ('delay = "4h"', 'delay = "24h"', "rules['after-a-while'].delay", "window of 1 day"),
        ('delay = "4h"', 'delay = "4 hours"', "rules['after-a-while'].delay", '"90s"'),
        ('delay = "4h"', "", "rules['after-a-while'].delay", "either delay or timing"),
        ('delay = "4h"', 'delay = "4h"\nmood = "gay"', "rules['after-a-while'].mood", "unknown key"),
        ('template = "hello"', 'template = "hallo"', "rules['after-a-while'].template", "no template 'hallo'"),
        ("{first_name|there}", "{name}", "templates['hello'].text", "name"),
        ("Hello", "H" * 2000, "templates['hello'].text", "2000"),
        ('name = "hello"', "", "templates[1].name", "missing"),
        ("[[rules]]", "[[rulez]]", "rulez", "unknown key"),
        ("[[rules]]", "[[rules", "", "not a TOML file"),
    ],
)
def test_a_fault_is_told_with_file_key_and_reason_and_nothing_is_stored(
    shop: Botapp, file: Path, written: str, instead: str, key: str, reason: str
) -> None:
    file.write_text(_GOOD.replace(written, instead))
    refused = shop("campaign", "apply", str(file), "--publish")
    assert (refused.code, refused.out) == (1, "")
    assert f"{file}: {key}" in refused.err
    assert reason in refused.err
    file.write_text(_GOOD)
    assert "version 1 published" in shop("campaign", "apply", str(file), "--publish").out


def test_all_faults_of_a_file_are_told_at_once(shop: Botapp, file: Path) -> None:
    file.write_text(_GOOD.replace("4h", "4 hours").replace("first_name", "name"))
    assert shop("campaign", "apply", str(file)).err.count(f"{file}: ") == 2


def test_bytes_that_are_no_text_are_refused_as_such(shop: Botapp, file: Path) -> None:
    file.write_bytes(b"\xff\xfe")
    refused = shop("campaign", "apply", str(file))
    assert refused.code == 1
    assert "not a TOML file" in refused.err


def test_a_file_that_is_not_there_is_used_wrongly(shop: Botapp, tmp_path: Path) -> None:
    refused = shop("campaign", "apply", str(tmp_path / "none.toml"))
    assert refused.code == 2
    assert "none.toml" in refused.err


@pytest.mark.parametrize(
    "command", [("campaign", "apply", "FILE"), ("campaign", "retire", "r"), ("stop",), ("resume",)]
)
def test_a_page_that_is_not_known_is_named_with_the_remedy(shop: Botapp, file: Path, command: tuple[str, ...]) -> None:
    refused = shop(*(str(file) if part == "FILE" else part for part in command), "--page-id", "404")
    assert refused.code == 1
    assert "no page '404'" in refused.err
    assert "botapp account add" in refused.err


def test_without_a_page_a_campaign_has_nowhere_to_go(botapp: Botapp, file: Path) -> None:
    botapp("db", "upgrade")
    refused = botapp("campaign", "apply", str(file))
    assert refused.code == 1
    assert "botapp account add" in refused.err


def test_a_rule_is_retired_once(shop: Botapp, file: Path) -> None:
    shop("campaign", "apply", str(file), "--publish")
    retired = shop("campaign", "retire", "after-a-while")
    assert (retired.code, retired.out) == (0, "page 1000: rule after-a-while retired\n")
    again = shop("campaign", "retire", "after-a-while")
    assert again.code == 1
    assert "after-a-while" in again.err


def _status(botapp: Botapp) -> dict[str, Any]:
    status: dict[str, Any] = json.loads(botapp("status", "--json").out)
    return status


def test_the_kill_switch_is_seen_at_once_and_undone_by_resume(shop: Botapp) -> None:
    stopped = shop("stop", "--reason", "a bad text")
    assert (stopped.code, stopped.out) == (0, "proactive messages are stopped for every page\n")
    assert _status(shop)["proactive_stopped"] is True
    assert "stopped for every page" in shop("status").out
    assert shop("resume").code == 0
    assert _status(shop)["proactive_stopped"] is False


def test_one_page_can_be_stopped_alone(shop: Botapp) -> None:
    shop("account", "add", "messenger", "--page-id", "2000", "--token", "t", "--name", "Other")
    assert shop("stop", "--page-id", "2000").code == 0
    status = _status(shop)
    assert status["proactive_stopped"] is False
    assert [page["proactive_stopped"] for page in status["pages"]] == [False, True]
    assert "2000" in next(line for line in shop("status").out.splitlines() if "stopped" in line)


def test_a_resume_of_one_page_that_leaves_it_stopped_says_so(shop: Botapp) -> None:
    shop("stop")
    resumed = shop("resume", "--page-id", "1000")
    assert _status(shop)["pages"][0]["proactive_stopped"] is True
    assert "botapp resume" in resumed.out + resumed.err


def test_a_resume_of_everything_names_the_pages_that_were_stopped_by_themselves(shop: Botapp) -> None:
    shop("stop", "--page-id", "1000")
    assert "--page-id 1000" in shop("resume").out
    assert "still" not in shop("resume", "--page-id", "1000").out


def test_the_kill_switch_works_before_there_is_any_page(botapp: Botapp) -> None:
    botapp("db", "upgrade")
    assert botapp("stop").code == 0
    assert _status(botapp)["proactive_stopped"] is True
    assert botapp("resume").code == 0

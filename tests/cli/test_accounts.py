"""Adding pages, changing them, listing them; and two contacts that are one person."""

import sqlite3
from pathlib import Path

import pytest

from tests.cli.conftest import Botapp

_TOKEN = "EAAG-a-page-token"
_ADD = ("account", "add", "messenger", "--page-id", "1000", "--name", "Corner Shop")


def _listed(botapp: Botapp) -> list[list[str]]:
    done = botapp("account", "list")
    assert done.code == 0, done.err
    return [line.split("\t") for line in done.out.splitlines()]


def test_a_page_is_added_and_listed_and_its_token_is_nowhere_to_be_read(botapp: Botapp, var_dir: Path) -> None:
    botapp("db", "upgrade")
    added = botapp(*_ADD, "--token", _TOKEN, "--zone", "Europe/Berlin", "--basis", "explicit")
    assert (added.code, added.out) == (0, "added messenger page 1000\n")
    assert _listed(botapp) == [["messenger", "1000", "Corner Shop", "explicit", "latest", "Europe/Berlin", "live"]]
    said = added.out + added.err + botapp("account", "list").out + botapp("status", "--json").out
    assert _TOKEN not in said
    assert not [path for path in var_dir.rglob("*") if path.is_file() and _TOKEN.encode() in path.read_bytes()]


def test_adding_a_known_page_changes_what_is_given_and_keeps_the_rest(botapp: Botapp) -> None:
    botapp("db", "upgrade")
    botapp(*_ADD, "--token", _TOKEN, "--zone", "Europe/Berlin")
    changed = botapp(*_ADD[:-1], "Shop at the Corner", "--token", "another", "--anchor", "initial")
    assert (changed.code, changed.out) == (0, "changed messenger page 1000\n")
    assert _listed(botapp) == [
        ["messenger", "1000", "Shop at the Corner", "implied", "initial", "Europe/Berlin", "live"]
    ]


def test_adding_a_paused_page_again_resumes_it(shop: Botapp, var_dir: Path) -> None:
    with sqlite3.connect(var_dir / "botapp.db") as database:
        database.execute("UPDATE account SET paused_at = 1, pause_reason = '190/463'")
    database.close()
    assert _listed(shop)[0][-1] == "paused: 190/463"
    assert shop(*_ADD, "--token", "a-new-token").code == 0
    assert _listed(shop)[0][-1] == "live"


def test_a_token_can_come_by_standard_input_and_so_stay_out_of_the_process_list(botapp: Botapp) -> None:
    botapp("db", "upgrade")
    assert botapp(*_ADD, "--token", "-", stdin=f"{_TOKEN}\n").code == 0


@pytest.mark.parametrize(
    ("arguments", "option", "remedy"),
    [
        (("--token", "t", "--zone", "Berlin"), "--zone", "Europe/Berlin"),
        (("--token", "t", "--zone", "../../etc/passwd"), "--zone", "Europe/Berlin"),
        (("--token", "t", "--language", "xx"), "--language", "en"),
        (("--token", " "), "--token", "page access token"),
        (("--token", "geheim\n-\x07ö"), "--token", "page access token"),
        (("--token", "-"), "--token", "page access token"),
        (("--token", "t", "--page-id", "10 00"), "--page-id", "letters, digits"),
        (("--token", "t", "--name", ""), "--name", "empty"),
        (("--token", "t", "--name", "tab\tbed"), "--name", "line"),
        (("--token", "t", "--anchor", "newest"), "--anchor", "'latest'"),
        (("--token", "t", "--basis", "none"), "--basis", "'implied'"),
        ((), "--token", "Missing option"),
    ],
)
def test_what_cannot_be_is_refused_with_the_option_and_nothing_is_stored(
    botapp: Botapp, arguments: tuple[str, ...], option: str, remedy: str
) -> None:
    botapp("db", "upgrade")
    refused = botapp(*_ADD, *arguments)
    assert refused.code == 2
    assert option in refused.err
    assert remedy in refused.err
    assert "geheim" not in refused.err
    assert _listed(botapp) == []


@pytest.mark.parametrize(("first", "second"), [("1000", "1000/a"), ("1000/a", "1000/b"), ("9/a", "1000/a")])
def test_contacts_that_are_not_known_cannot_be_linked(shop: Botapp, first: str, second: str) -> None:
    refused = shop("contact", "link", first, second)
    assert refused.code == 2
    assert "PAGE_ID/PLATFORM_ID" in refused.err or "there is no contact" in refused.err


def test_a_fresh_installation_lists_nothing(botapp: Botapp) -> None:
    botapp("db", "upgrade")
    assert _listed(botapp) == []
    assert "botapp account add" in botapp("status").out


def test_where_people_answer_is_set_for_a_known_page(shop: Botapp) -> None:
    done = shop("account", "set", "--page", "1000", "--handover", "platform")
    assert (done.code, done.out) == (0, "people answer page 1000 in the platform's inbox\n")
    assert shop("account", "set", "--page", "1000", "--handover", "inbox").out.endswith("the console's inbox\n")
    assert shop("account", "set", "--page", "4711", "--handover", "inbox").code == 2
    assert shop("account", "set", "--page", "1000", "--handover", "nowhere").code == 2


def test_how_many_approve_and_whom_a_page_writes_to_are_set(shop: Botapp) -> None:
    assert shop("account", "set", "--page", "1000", "--approvals", "2").out.endswith("of others: 2\n")
    assert shop("account", "set", "--page", "1000", "--approvals", "3").code == 2
    assert "the team's own contacts only" in shop("account", "set", "--page", "1000", "--mode", "team").out
    assert "everybody" in shop("account", "set", "--page", "1000", "--mode", "live").out
    assert shop("account", "set", "--page", "1000").code == 2

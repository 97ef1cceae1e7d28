"""What came of rules, at the command line; and letting one go on that a guard has paused."""

import json
import sqlite3
from pathlib import Path

import pytest

from tests.cli.conftest import Botapp

_CAMPAIGN = """
[[templates]]
name = "hello"
text = "Hello!"

[[templates]]
name = "hi"
text = "Hi!"

[[rules]]
name = "after-a-while"
delay = "4h"
method = "thompson"

[[rules.variants]]
template = "hello"

[[rules.variants]]
name = "short"
template = "hi"
"""


@pytest.fixture
def live(shop: Botapp, tmp_path: Path) -> Botapp:
    """A rule with two variants is live."""
    file = tmp_path / "campaign.toml"
    file.write_text(_CAMPAIGN)
    published = shop("campaign", "apply", str(file), "--publish")
    assert published.code == 0, published.err
    return shop


def test_a_live_rule_is_shown_with_what_is_known_and_what_is_needed(live: Botapp) -> None:
    done = live("campaign", "outcomes")
    assert done.code == 0, done.err
    assert "  after-a-while, version 1, variant short: 0 sent, the outcome of 0 is known" in done.out
    assert "response not known yet; harm not known yet" in done.out
    assert "guards: running; response open, known after about " in done.out
    [page] = [json.loads(line) for line in live("campaign", "outcomes", "--json").out.splitlines()]
    assert [result["variant"] for result in page["results"]] == ["hello", "short"]
    assert page["results"][0]["guards"]["response"]["finding"] == "open"
    assert page["results"][0]["counts"]["sent"] == 0


def test_the_counts_are_compared_with_the_log(live: Botapp, var_dir: Path) -> None:
    checked = live("campaign", "outcomes", "--check")
    assert (checked.code, checked.out) == (0, "all counts are as the first 0 entries of the log tell them\n")
    _by_hand(var_dir, "INSERT INTO outcome_count VALUES (1, 'after-a-while', 1, 'short', 0, 'sent', 3)")
    changed = live("campaign", "outcomes", "--check")
    assert changed.code == 1
    assert "variant short, sent: 3 are counted, the log tells 0" in changed.out


def test_a_paused_variant_is_resumed_by_a_member_of_the_staff_only(live: Botapp, var_dir: Path) -> None:
    live("staff", "add", "bob", "--role", "marketer")
    resume = ("campaign", "resume-rule", "after-a-while", "--variant", "short", "--reason", "it was a holiday")
    assert "no guard has paused it" in live(*resume, "--staff", "bob").err
    paused = "INSERT INTO rule_guard VALUES (1, 'after-a-while', 1, 'short', 'paused', 'harm', 1, NULL, 0, 0, 0)"
    _by_hand(var_dir, paused)
    assert "PAUSED by the guard of its harm" in live("campaign", "outcomes").out
    assert "say who you are" in live(*resume).err
    assert live(*resume, "--staff", "carol").code == 2
    assert live(*resume, "--staff", "bob").out == "page 1000: after-a-while, variant short, goes on\n"
    assert "PAUSED" not in live("campaign", "outcomes").out


def _by_hand(var_dir: Path, statement: str) -> None:
    with sqlite3.connect(var_dir / "botapp.db") as connection:
        connection.execute(statement)
    connection.close()

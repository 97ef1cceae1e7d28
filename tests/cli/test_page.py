"""What the platform shows of a page, and what the bot says there: set, compared, checked, put on record."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.cli.conftest import SECRETS
from tests.cli.terminal import Done, Terminal
from tests.world import PAGE_ID, World

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

Botapp = Callable[..., Done]
OWN_TEXTS = """
[en]
greeting = "Ahoy! I am the bot of the Corner Shop. Send STOP at any time if you want no reminders."
thanks = "Any time!"

[de]
thanks = "Jederzeit!"
"""


@pytest.fixture
def botapp(terminal: Terminal, world: World, database_url: str, var_dir: Path) -> Botapp:
    """The command line of the installation that the world has."""
    environment = {
        **SECRETS,
        "BOTAPP_VAR_DIR": str(var_dir),
        "BOTAPP_DATABASE_URL": database_url,
        "BOTAPP_GRAPH_URL": world.platform_url,
    }
    return lambda *arguments, **more: terminal.type(*arguments, environment={**environment, **more})


def _shown(world: World) -> dict[str, Any]:
    state = requests.get(f"{world.platform_url}/sandbox/state", timeout=5).json()
    return dict(state["pages"][0]["profile"])


def test_a_profile_is_compared_set_and_then_as_it_should_be(botapp: Botapp, world: World) -> None:
    before = botapp("page", "profile", "--page", PAGE_ID)
    assert before.code == 1, "something differs"
    assert "to be set with --apply: get_started, greeting, ice_breakers, persistent_menu" in before.out
    assert _shown(world) == {}
    assert botapp("page", "profile", "--page", PAGE_ID, "--apply").code == 0
    after = botapp("page", "profile", "--page", PAGE_ID)
    assert (after.code, after.out) == (0, f"page {PAGE_ID}: the platform shows it as it should be\n")
    assert [entry.kind for entry in world.page_ledger()].count("profile_set") == 1


def test_the_profile_has_every_language_and_what_is_tapped_does_what_it_says(botapp: Botapp, world: World) -> None:
    botapp("page", "profile", "--apply")
    shown = _shown(world)
    locales = {entry["locale"] for entry in shown["greeting"]}
    assert {"default", "en_US", "de_DE", "es_ES", "fr_FR", "pt_BR", "it_IT", "nl_NL"} <= locales
    [menu] = [entry for entry in shown["persistent_menu"] if entry["locale"] == "de_DE"]
    assert ("Stopp", "botapp:stop") in {(item["title"], item["payload"]) for item in menu["call_to_actions"]}
    alice = world.add_customer()
    for title, payload in [("Get Started", shown["get_started"]["payload"]), ("Stop", "botapp:stop")]:
        world.act(alice, "postback", title=title, payload=payload)
        world.receives(alice, {"postback": {"mid": f"p_{title}", "title": title, "payload": payload}})
        world.answer()
    assert [row.kind for row in world.replies()] == ["greeting", "stop_confirmed"]


def test_a_platform_that_does_not_answer_is_told_and_changes_nothing(botapp: Botapp, world: World) -> None:
    world.faults({"match": {"path": "messenger_profile"}, "fault": "status=500"})
    done = botapp("page", "profile", "--apply")
    assert done.code == 1
    assert "the platform does not tell what it shows" in done.err
    assert "profile_set" not in [entry.kind for entry in world.page_ledger()]


def test_a_pages_own_texts_are_said_from_then_on_and_named_on_the_record(
    botapp: Botapp, world: World, tmp_path: Path
) -> None:
    file = tmp_path / "texts.toml"
    file.write_text(OWN_TEXTS)
    applied = botapp("texts", "apply", str(file), "--page", PAGE_ID)
    assert (applied.code, applied.out) == (0, f"page {PAGE_ID}: texts version 1 published\n")
    assert botapp("texts", "apply", str(file)).out == f"page {PAGE_ID}: texts version 1 live already\n"
    alice = world.add_customer()
    for line in ("hello", "thanks", "what is your address?"):
        world.says(alice, line)
        world.answer()
    said = [sent["text"] for sent in world.accepted(alice)]
    assert said[0].startswith("Ahoy!")
    assert said[1] == "Any time!"
    assert said[2].startswith("Thank you, your message has arrived."), "what is not in the file is said as shipped"
    assert [entry.details for entry in world.ledger() if '"wording":"1"' in entry.details]
    assert botapp("texts", "drop").code == 0
    world.says(alice, "thanks")
    world.answer()
    assert world.accepted(alice)[-1]["text"].startswith("You are welcome")
    published = [entry.details for entry in world.page_ledger() if entry.kind == "texts_published"]
    assert ['"version":1' in published[0], '"version":null' in published[1]] == [True, True]


def test_a_text_that_does_not_sound_right_is_applied_with_a_warning(botapp: Botapp, tmp_path: Path) -> None:
    file = tmp_path / "texts.toml"
    file.write_text('[en]\nthanks = "Hurry, last chance! We noticed you were looking at shoes."\n')
    applied = botapp("texts", "apply", str(file), "--page", PAGE_ID, BOTAPP_TONE="warn")
    assert (applied.code, applied.out) == (0, f"page {PAGE_ID}: texts version 1 published\n")
    assert "warning: [en] thanks: " in applied.err


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('[en]\nslogan = "Buy!"', "unknown keys: slogan"),
        ('[xx]\nthanks = "?"', "write the texts of a language under its code"),
        ('[en]\nthanks = ""', "thanks must be a text that is not empty"),
        ('[en]\nbutton_stop = "Stop all these messages"', "button_stop has 23 characters, 20 are allowed"),
        ('[en]\nmute_confirmed = "Muted. To end it send START."', "must hold {until}"),
        ('[en]\ngreeting = "Hello! I am a bot."', "must name the word in capitals by which people stop"),
        ('[en]\ngreeting = "Hello! I am Anna. Send STOP to end this."', "must say that a machine is writing"),
        ('[en]\nthanks = "Send CAKE!"', "tells people to send CAKE"),
        ("thanks = " + 9000 * "[", "recursion"),
        ("thanks = 3", "write the texts of a language under its code"),
        ('[en]\nthanks = "Hurry up, last chance!!"', "does not sound right"),
        ("[en", "Expected"),
        ("", "there are no texts in it"),
    ],
)
def test_texts_that_would_break_a_promise_are_refused_as_a_whole(
    botapp: Botapp, world: World, tmp_path: Path, text: str, complaint: str
) -> None:
    file = tmp_path / "texts.toml"
    file.write_text(text)
    done = botapp("texts", "apply", str(file))
    assert done.code == 1
    assert complaint in done.err
    assert world.account.texts_version is None

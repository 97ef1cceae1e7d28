"""What customers choose for themselves: shown at once, in force at once, on the log, and no stricter than they said."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from botapp.compliance.agreement import AgreementCheck
from botapp.config_files import read_languages
from botapp.conversation.preference_menus import load_preference_menus
from botapp.conversation.texts import apply_texts
from botapp.policy.suppression import Suppression
from botapp.storage.tombstones import Tombstone
from botapp.understanding.preferences import Choice, Menu, PreferenceWords
from tests.world import CAMPAIGN, World

HOUR = timedelta(hours=1)
TABLES = read_languages("preferences")
ABOUT_OFFERS = CAMPAIGN + 'topic = "offers"\n'


@pytest.fixture(scope="module")
def words() -> PreferenceWords:
    return PreferenceWords(TABLES)


def _taps(world: World, psid: str, payload: str, *, ago: timedelta = timedelta(0)) -> None:
    message = {"mid": f"tap_{payload}", "text": "a title", "quick_reply": {"payload": payload}}
    world.act(psid, "message", text="a title", quick_reply=payload, ago=ago.total_seconds())
    world.receives(psid, {"message": message}, ago=ago)


def _chooses(world: World, psid: str, choice: str, *, ago: timedelta = timedelta(0)) -> None:
    _taps(world, psid, f"botapp:choose:0123456789ab:{choice}", ago=ago)


def _last(world: World, psid: str) -> dict[str, Any]:
    """The latest answer. What is due by itself waits for `work`."""
    world.answer()
    last: dict[str, Any] = world.accepted(psid)[-1]
    return last


def _titles(message: dict[str, Any]) -> dict[str, str]:
    return {reply["title"]: reply["payload"] for reply in message["quick_replies"]}


def _outcomes(world: World) -> list[tuple[str, str | None]]:
    return [(r.state, r.reason) for r in world.reengagements()]


def _hours(world: World, begin: timedelta, end: timedelta) -> str:
    now = world.installation.clock.now()
    return f"{now + begin:%H:%M}-{now + end:%H:%M}"


def _agrees(world: World) -> bool:
    return AgreementCheck(world.installation.database, world.installation.house).run().differences == 0


@pytest.mark.parametrize("language", sorted(TABLES))
def test_everything_that_is_shipped_is_understood_and_fits(language: str, words: PreferenceWords) -> None:
    assert load_preference_menus(TABLES).by_language.keys() == TABLES.keys()
    for key, said in TABLES[language]["said"].items():
        for text in said:
            found = words.understand(text.upper() + "!", None)
            assert found is not None, (key, text)
    tapped = words.understand(TABLES[language]["buttons"]["settings"], None)
    assert tapped is not None
    assert tapped.menu is Menu.SETTINGS


def test_no_word_of_preferences_takes_a_stop_away(words: PreferenceWords) -> None:
    stops = [stop for table in read_languages("optout").values() for stop in table["examples"]["stop"]]
    assert [stop for stop in stops if words.understand(stop, None)] == []


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("quiet hours 22:00-07:00", "22:00-07:00"),
        ("Quiet hours 10pm to 7am", "22:00-07:00"),
        ("Ruhezeiten 21-8 Uhr", "21:00-08:00"),
        ("ruhezeiten 21:30 bis 7", "21:30-07:00"),
        ("heures calmes 22h-7h", "22:00-07:00"),
        ("horas de silencio 22:00 a 08:00", "22:00-08:00"),
    ],
)
def test_quiet_hours_may_be_written_with_their_hours(said: str, value: str, words: PreferenceWords) -> None:
    found = words.understand(said, None)
    assert found is not None
    assert (found.choice, found.value) == (Choice.QUIET_HOURS, value)


@pytest.mark.parametrize(
    ("said", "language"),
    [
        ("in German please", "de"),
        ("Can you write in German?", "de"),
        ("auf Englisch", "en"),
        ("en alemán por favor", "de"),
        ("Parlez-vous anglais ?", "en"),
        ("em espanhol", "es"),
        ("Spreekt u Frans?", "fr"),
    ],
)
def test_a_language_may_be_named_in_another(said: str, language: str, words: PreferenceWords) -> None:
    found = words.understand(said, None)
    assert found is not None
    assert (found.choice, found.value) == (Choice.LANGUAGE, language)


@pytest.mark.parametrize(
    "said",
    [
        "our quiet hours are 9-5",
        "in Spain",
        "italian",
        "I speak German",
        "settings of my camera",
        "we open 22-7",
        "often",
        "",
        "22-7",
    ],
)
def test_other_talk_is_no_setting(said: str, words: PreferenceWords) -> None:
    assert words.understand(said, None) is None


def test_the_settings_are_shown_all_at_once_and_in_the_customers_language(world: World) -> None:
    alice = world.add_customer()
    world.says(alice, "Einstellungen")
    shown = _last(world, alice)
    assert shown["text"].startswith("Ihre Einstellungen.")
    assert len(shown["text"]) <= 400
    taps = _titles(shown)
    assert {"Wie oft", "Ruhezeiten", "Sprache", "Stumm", "Stopp", "Meine Daten", "Daten löschen"} <= taps.keys()
    assert "Themen" not in taps, "the page has none"
    assert len(taps) <= 13
    _taps(world, alice, taps["Wie oft"])
    choices = _titles(_last(world, alice))
    assert choices["Nie"] == "botapp:stop"
    _taps(world, alice, choices["Einmal pro Woche"])
    assert "höchstens einmal pro Woche" in _last(world, alice)["text"]
    [chosen] = [json.loads(e.details) for e in world.ledger() if e.kind == "preference"]
    assert (chosen["name"], chosen["value"], chosen["method"]) == ("frequency", "weekly", "button")
    assert len(chosen["wording_version"]) == 12
    assert _agrees(world)


def test_own_quiet_hours_hold_from_the_message_that_chose_them(world: World) -> None:
    alice = world.add_customer()
    world.apply(CAMPAIGN)
    world.says(alice, ago=6 * HOUR)
    world.answer()
    hours = _hours(world, -1 * HOUR, 22 * HOUR)
    _chooses(world, alice, f"quiet_hours:{hours}", ago=5 * HOUR)
    world.work()
    assert _outcomes(world)[-1] == ("skipped", "own_quiet_hours")
    _chooses(world, alice, "quiet_hours:none", ago=4.5 * HOUR)
    world.answer()
    world.work()
    assert _outcomes(world)[-1] == ("sent", None)
    assert _agrees(world)


def test_a_topic_that_is_not_wanted_stops_that_topic_and_no_other(world: World) -> None:
    alice = world.add_customer()
    world.apply(ABOUT_OFFERS)
    world.says(alice, "topics", ago=6 * HOUR)
    taps = _titles(_last(world, alice))
    assert list(taps)[:2] == ["✓ offers", "Settings"]
    _taps(world, alice, taps["✓ offers"], ago=5.5 * HOUR)
    assert "do not want: offers" in _last(world, alice)["text"]
    world.work()
    assert _outcomes(world)[-1] == ("skipped", "topic_stopped")
    world.apply(ABOUT_OFFERS.replace('"offers"', '"news"'))
    world.says(alice, "hello", ago=5 * HOUR)
    world.answer()
    world.work()
    assert _outcomes(world)[-1] == ("sent", None)
    assert _agrees(world)


def test_a_page_says_its_menus_and_its_topics_in_its_own_words_in_each_language(world: World) -> None:
    installation = world.installation
    own = {
        "de": {
            "topics": {"offers": "Angebote"},
            "preferences": {
                "texts": {"topics": "Wovon dürfen wir schreiben?"},
                "buttons": {"settings": "Zurück zur Auswahl"},
            },
        }
    }
    apply_texts(installation.database, world.account.id, installation.text_rules().check(own))
    world.apply(ABOUT_OFFERS)
    alice = world.add_customer()
    world.says(alice, "topics", ago=6 * HOUR)
    assert [b["title"] for b in _last(world, alice)["quick_replies"]] == ["✓ offers", "Settings"]
    world.says(alice, "auf deutsch", ago=5 * HOUR)
    world.says(alice, "themen", ago=4 * HOUR)
    shown = _last(world, alice)
    assert shown["text"] == "Wovon dürfen wir schreiben?"
    assert [b["title"] for b in shown["quick_replies"]] == ["✓ Angebote", "Zurück zur Auswahl"]
    _taps(world, alice, shown["quick_replies"][0]["payload"], ago=3 * HOUR)
    assert "Angebote" in _last(world, alice)["text"]


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ({"topics": {"offers": "Angebote und noch viel mehr"}}, "the topic offers must have 1 to 18 characters"),
        ({"preferences": {"texts": {"settings": "Alles"}}}, "settings must have 400 characters at most, and hold"),
        ({"preferences": {"texts": {"setings": "x"}}}, "unknown: preferences.texts.setings"),
        ({"preferences": {"buttons": "x"}}, "preferences.buttons must be a table of texts"),
    ],
)
def test_own_words_of_menus_are_checked(world: World, wrong: dict[str, object], complaint: str) -> None:
    with pytest.raises(ValueError, match=re.escape(complaint)):
        world.installation.text_rules().check({"de": wrong})


def test_words_that_name_a_topic_of_the_page_stop_it_and_any_others_stop_all(world: World) -> None:
    alice, bob = world.add_customer(), world.add_customer("Bob Ito")
    world.apply(ABOUT_OFFERS)
    world.says(alice, "no more offers, but order updates are fine")
    world.says(bob, "no more newsletters, but order updates are fine")
    scopes = [json.loads(e.details)["scope"] for e in world.ledger() if e.kind == "suppression_set"]
    assert sorted(scopes) == ["topic", "topic:offers"]
    assert "do not want: offers" in _last(world, alice)["text"]
    assert "START" in _last(world, bob)["text"]


@pytest.mark.parametrize(
    ("topic", "text", "scope", "answer"),
    [
        ("offers", "Fraud warnings absolutely, credit card offers absolutely not", "topic", "stop_confirmed"),
        ("alerts", "account alerts should stay on, but the loan offers have to go", "mute", "stop_asked"),
    ],
)
def test_what_only_sounds_like_a_no_to_a_topic_ends_none_by_its_name(
    world: World, topic: str, text: str, scope: str, answer: str
) -> None:
    """The topic that the words name may be the one that is wanted."""
    alice = world.add_customer()
    world.apply(CAMPAIGN + f'topic = "{topic}"\n')
    world.says(alice, text)
    scopes = {json.loads(e.details)["scope"] for e in world.ledger() if e.kind == "suppression_set"}
    assert scope in scopes
    assert f"topic:{topic}" not in scopes
    assert world.replies()[-1].kind == answer


def test_of_a_no_to_a_topic_an_erasure_keeps_a_stop() -> None:
    said_at = datetime(2026, 11, 22, tzinfo=UTC)
    kept = Tombstone.of(said_at + HOUR, [Suppression("topic:offers", said_at)], None)
    assert kept.suppressions() == [Suppression("stop", said_at)]


def test_the_later_of_two_choices_holds_in_whatever_order_they_arrive(world: World) -> None:
    alice = world.add_customer()
    _chooses(world, alice, "frequency:monthly", ago=1 * HOUR)
    _chooses(world, alice, "frequency:usual", ago=2 * HOUR)
    [known] = world.contacts()
    assert known.frequency == "monthly"
    assert _agrees(world)


def test_what_cannot_be_chosen_changes_nothing(world: World) -> None:
    alice = world.add_customer()
    for choice in (
        *("frequency:never", "frequency:hourly", "quiet_hours:25:00-07:00", "quiet_hours:07:00-07:00", "quiet_hours:x"),
        *("language:xx", "topic_off:none of the page's", "mood:good"),
    ):
        _chooses(world, alice, choice)
    [known] = world.contacts()
    assert (known.frequency, known.quiet_hours, known.language_chosen_at) == (None, None, None)
    assert {e.kind for e in world.ledger()} == {"interaction", "planned"}


@pytest.mark.parametrize(
    ("said", "language"),
    [("horas de silencio 21-8", None), ("temas", None), ("settings", "en"), ("Ruhezeiten 21-8", "de")],
)
def test_words_that_languages_share_do_not_tell_which_is_spoken(
    said: str, language: str | None, words: PreferenceWords
) -> None:
    found = words.understand(said, None)
    assert found is not None
    assert found.language == language


def test_a_chosen_language_stays_whatever_is_typed_later(world: World) -> None:
    alice = world.add_customer()
    _chooses(world, alice, "language:fr")
    assert _last(world, alice)["text"].startswith("C'est enregistré.")
    world.says(alice, "Hören Sie auf, mir zu schreiben")
    assert "START" in _last(world, alice)["text"]
    assert world.contacts()[0].language == "fr"


def test_a_stop_stays_a_stop_beside_every_choice(world: World) -> None:
    alice = world.add_customer()
    world.apply(CAMPAIGN)
    world.says(alice, "stop", ago=6 * HOUR)
    world.answer()
    _chooses(world, alice, "frequency:usual", ago=5 * HOUR)
    shown = _last(world, alice)
    assert "told us to stop" in shown["text"]
    assert "Start" in _titles(shown)
    assert _outcomes(world)[-1] == ("skipped", "stopped")


@pytest.mark.parametrize(
    ("said", "state", "on_off"),
    [
        ("this is a scam", "until you end the pause", {"botapp:start", "botapp:stop"}),
        ("mute", "until you end the pause", {"botapp:start", "botapp:stop"}),
        ("stop", "told us to stop", {"botapp:start"}),
        ("ok", "may write to you", {"botapp:mute", "botapp:stop"}),
    ],
)
def test_the_settings_say_whether_we_write_and_offer_what_changes_it(
    world: World, said: str, state: str, on_off: set[str]
) -> None:
    alice = world.add_customer()
    for text in ("hello", said, "settings"):
        world.says(alice, text)
    shown = _last(world, alice)
    assert state in shown["text"]
    assert on_off == set(_titles(shown).values()) & {"botapp:start", "botapp:stop", "botapp:mute"}

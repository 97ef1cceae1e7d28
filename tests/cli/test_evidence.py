"""`botapp audit explain`, `as-of`, `silence`, `agree`, as they are typed."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from botapp.bootstrap.installation import Installation
from botapp.channels.messenger.envelope import parse
from botapp.reengagement.recorded_terms import RecordedTerms
from botapp.settings import load_settings
from botapp.storage import ledger
from botapp.storage.ledger import Entry, EntryKind, NumberedEntry
from tests.cli.conftest import Botapp
from tests.world import CAMPAIGN

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ALICE = "1000/2000"


@pytest.fixture
def installation(shop: Botapp, var_dir: Path, tmp_path: Path) -> Iterator[Installation]:
    """The shop's own database, with a campaign, for customers to write to."""
    (tmp_path / "campaign.toml").write_text(CAMPAIGN)
    done = shop("campaign", "apply", str(tmp_path / "campaign.toml"), "--publish")
    assert done.code == 0, done.err
    secrets = {"messenger_app_secret": "an-app-secret-for-tests", "messenger_verify_token": "a-verify-token-for-tests"}
    opened = Installation.of(load_settings(var_dir=var_dir, sandbox="off", **secrets))
    yield opened
    opened.database.close()


def says(installation: Installation, words: str, ago: timedelta) -> datetime:
    """Alice writes; when that was."""
    now = installation.clock.now()
    milliseconds = (now - ago - _EPOCH) // timedelta(milliseconds=1)
    item = {"sender": {"id": "2000"}, "recipient": {"id": "1000"}, "timestamp": milliseconds}
    item["message"] = {"mid": f"m_{words}", "text": words}
    body = {"object": "page", "entry": [{"id": "1000", "time": 0, "messaging": [item]}]}
    installation.receiver().receive(parse(body, installation.rules.opening_kinds), now)
    return _EPOCH + timedelta(milliseconds=milliseconds)


def test_a_decision_is_explained_by_instant_and_by_silence(shop: Botapp, installation: Installation) -> None:
    wrote_at = says(installation, "hello", timedelta(hours=3))
    by_time = shop("audit", "explain", f"{ALICE}@{installation.clock.now():%Y-%m-%dT%H:%M:%S.%fZ}")
    by_silence = shop("audit", "explain", f"{ALICE}/{(wrote_at - _EPOCH) // timedelta(microseconds=1)}")
    assert by_time.code == by_silence.code == 0, by_time.err + by_silence.err
    assert by_time.out == by_silence.out
    assert "It is planned and has not been sent." in by_time.out
    assert "(entry 1, event m:m_hello)" in by_time.out


def test_a_standing_is_shown_by_our_own_numbers_too(shop: Botapp, installation: Installation) -> None:
    says(installation, "STOP", timedelta(hours=3))
    at = f"@{installation.clock.now():%Y-%m-%dT%H:%M:%S.%f}"
    named = shop("audit", "as-of", f"{ALICE}{at}")
    assert "noes in force  stop since" in named.out, named.err
    contact = named.out.split()[1]
    assert shop("audit", "as-of", f"{contact}{at}").out == named.out


def test_silence_is_proved_in_a_bundle_that_anybody_can_verify(
    shop: Botapp, installation: Installation, tmp_path: Path
) -> None:
    says(installation, "hello", timedelta(hours=3))
    nothing = shop("audit", "silence", ALICE, "--since", "2026-01-01")
    assert nothing.code == 1
    assert "nothing to prove" in nothing.out
    says(installation, "STOP", timedelta(hours=2))
    proved = shop("audit", "silence", ALICE, "--since", "2026-01-01", "--out", str(tmp_path / "proof"))
    assert proved.code == 0, proved.out + proved.err
    assert "None of the " in proved.out
    assert "holds   " in proved.out
    assert shop("audit", "verify", str(tmp_path / "proof")).code == 0


def test_tables_that_were_changed_by_hand_do_not_agree(shop: Botapp, installation: Installation) -> None:
    says(installation, "STOP", timedelta(hours=2))
    agreeing = shop("audit", "agree")
    assert agreeing.code == 0, agreeing.out + agreeing.err
    assert "the tables agree with the log: 1 pages, 1 contacts" in agreeing.out
    with installation.database.transaction() as connection:
        connection.execute(text("UPDATE suppression SET lifted_at = set_at + 1"))
    differing = shop("audit", "agree")
    assert differing.code == 1
    assert "suppression of contact 1/" in differing.out


def test_every_answer_has_a_stable_form_for_scripts(shop: Botapp, installation: Installation) -> None:
    wrote_at = says(installation, "STOP", timedelta(hours=3))
    at = f"{ALICE}@{installation.clock.now():%Y-%m-%dT%H:%M:%S.%f}"
    asked = {
        "explain": (at,),
        "as-of": (at,),
        "silence": (ALICE, "--since", "2026-01-01"),
        "agree": (),
        "check": (),
    }
    done = {name: shop("audit", name, *arguments, "--json") for name, arguments in asked.items()}
    assert {each.code for each in done.values()} == {0}, done
    told = {name: json.loads(each.out) for name, each in done.items()}
    assert {"at", "says", "entry", "event", "of_page"} == set(told["explain"]["story"][0])
    assert told["as-of"]["noes"] == [{"scope": "stop", "since": wrote_at.isoformat(), "until": None}]
    assert (told["silence"]["holds"], told["silence"]["verified"]["broken"]) == (True, [])
    assert (told["agree"]["agree"], told["agree"]["pages"], told["agree"]["contacts"]) == (True, 1, 1)
    assert (told["check"]["holds"], told["check"]["fault"], told["check"]["begun"]) == (True, None, 0)


def test_a_live_log_that_tells_of_a_broken_promise_does_not_hold(shop: Botapp, installation: Installation) -> None:
    now, database = installation.clock.now(), installation.database
    RecordedTerms().record(database, installation.house, 1)
    begun = Entry(EntryKind.CLAIMED, now, subject_at=now)
    with database.transaction() as connection:
        ledger.append_numbered(connection, [NumberedEntry(1, 7, 1, begun)], database.now(connection))
    broken = shop("audit", "check")
    assert broken.code == 1
    assert broken.out.startswith("BROKEN: promise 1, only when spoken to: ")
    assert "number 1 of contact 7 of page 1" in broken.out


@pytest.mark.parametrize(
    "typed",
    [
        ("explain", "1/2"),
        ("explain", "1/2/x"),
        ("explain", "1/2@yesterday"),
        ("explain", "9999/9999@2026-11-22"),
        ("as-of", ALICE),
        ("as-of", "1000@2026-11-22"),
        ("silence", ALICE, "--since", "soon"),
        ("silence", "1000/nobody", "--since", "2026-11-22"),
        ("silence", ALICE),
    ],
)
def test_what_was_typed_wrongly_is_said_in_a_line(shop: Botapp, typed: tuple[str, ...]) -> None:
    done = shop("audit", *typed)
    assert (done.code, done.out) == (2, "")
    assert "Error: " in done.err

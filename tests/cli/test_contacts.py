"""`botapp contact`: what staff type when somebody asks for their data, or to have them deleted."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from botapp.bootstrap.installation import Installation
from botapp.compliance import requests
from botapp.compliance.requests import PlatformRequest
from botapp.storage.schema import contact, ledger_entry, privacy_request
from tests.cli.conftest import Botapp

COMMANDS = ("erase", "export", "requests", "close")


def numbers(installation: Installation) -> dict[str, str]:
    """How each contact is named by our own numbers, by its platform id."""
    with installation.database.reading() as connection:
        return {row.platform_contact_id: f"{row.account_id}/{row.id}" for row in connection.execute(contact.select())}


@pytest.mark.parametrize("command", COMMANDS)
def test_help_is_there_even_where_every_setting_is_wrong(botapp: Botapp, command: str) -> None:
    done = botapp("contact", command, "--help", BOTAPP_HTTP_PORT="no port")
    assert (done.code, done.err) == (0, "")


def test_somebody_is_erased_by_either_name_and_the_log_verifies(
    shop: Botapp, says: Callable[[str, str], None], installation: Installation, var_dir: Path, tmp_path: Path
) -> None:
    for psid in ("2000", "2001", "2002"):
        says(psid, f"secret of {psid}")
    number = numbers(installation)["2001"]
    done = shop("contact", "erase", "1000/2000", number, "--yes")
    assert (done.code, done.out) == (0, "erased 2, erased before 0\n"), done.err
    assert shop("contact", "erase", number, "--yes").out == "erased 0, erased before 1\n"
    content = b"".join(path.read_bytes() for path in var_dir.rglob("*") if path.is_file())
    assert b"secret of 2000" not in content
    assert b"secret of 2001" not in content
    assert b"secret of 2002" in content
    assert shop("audit", "export", "--out", str(tmp_path / "bundle")).code == 0
    assert shop("audit", "verify", str(tmp_path / "bundle")).code == 0


def test_nobody_is_erased_without_being_sure(
    shop: Botapp, says: Callable[[str, str], None], installation: Installation
) -> None:
    says("2000", "hello")
    assert shop("contact", "erase", "1000/2000", stdin="n\n").code == 1
    assert "2000" in numbers(installation)
    assert shop("contact", "erase", "1000/2000", stdin="y\n").code == 0
    assert "2000" not in numbers(installation)


def test_many_are_erased_from_a_list(
    shop: Botapp, says: Callable[[str, str], None], installation: Installation
) -> None:
    for number in range(5):
        says(f"200{number}", "hello")
    done = shop("contact", "erase", "--from", "-", "--yes", stdin="1000/2000\n\n1000/2003\n")
    assert done.out == "erased 2, erased before 0\n"
    assert {"2001", "2002", "2004"} < numbers(installation).keys()


def test_a_list_that_is_no_text_erases_nobody(shop: Botapp, tmp_path: Path) -> None:
    (tmp_path / "list").write_bytes(b"\xff\xfe\n")
    done = shop("contact", "erase", "--from", str(tmp_path / "list"), "--yes")
    assert (done.code, done.out) == (2, "")
    assert "nobody is known as" in done.err


def test_what_is_known_is_written_for_programs_and_for_people(
    shop: Botapp, says: Callable[[str, str], None], tmp_path: Path
) -> None:
    says("2000", "<b>hello</b>")
    folder = tmp_path / "theirs"
    assert shop("contact", "export", "1000/2000", "--out", str(folder)).code == 0
    data = json.loads((folder / "my-data.json").read_text())
    assert data["what_you_did"][0]["raw"]["message"]["text"] == "<b>hello</b>"
    page = (folder / "my-data.html").read_text()
    assert "&lt;b&gt;hello" in page
    assert "<b>hello" not in page
    assert shop("contact", "export", "1000/2000", "--out", str(folder)).code == 2
    shop("contact", "erase", "1000/2000", "--yes")
    gone = shop("contact", "export", "1000/2000", "--out", str(tmp_path / "again"))
    assert gone.code == 2
    assert not (tmp_path / "again").exists()


def test_requests_are_listed_answered_and_closed(
    shop: Botapp, says: Callable[[str, str], None], installation: Installation
) -> None:
    says("2000", "hello")
    now = installation.clock.now()
    for number in range(3):
        asked = PlatformRequest(f"code{number}", "messenger", "deletion", f"asid{number}", now - timedelta(days=number))
        requests.take(installation.database, asked, asked.issued_at)
    listed = shop("contact", "requests").out.splitlines()
    assert [line.split("\t")[0] for line in listed] == ["code2", "code1", "code0"]
    assert all("deletion\tplatform\topen\tdue " in line for line in listed)
    assert "asid" not in "".join(listed)
    assert shop("contact", "erase", "1000/2000", "--request", "code2", "--yes", "--staff", "carol").code == 2
    assert shop("staff", "add", "carol", "--role", "operator").code == 0
    assert shop("contact", "erase", "1000/2000", "--request", "code2", "--yes", "--staff", "Carol").code == 0
    assert shop("contact", "close", "code1", "--nobody").code == 0
    assert shop("contact", "close", "code7").code == 2
    with installation.database.reading() as connection:
        states = {row.confirmation_code: row.state for row in connection.execute(privacy_request.select())}
    assert states == {"code0": "open", "code1": "nobody_known", "code2": "done"}
    assert len(shop("contact", "requests", "--all").out.splitlines()) == 3
    assert authors(installation) == [("erased", 1), ("request_handled", 1), ("request_handled", 0)]


def authors(installation: Installation) -> list[tuple[str, int]]:
    """Who did what about people's data, by their numbers; 0 is the operator at the command line."""
    kinds = ("erased", "request_handled")
    wanted = ledger_entry.select().where(ledger_entry.c.kind.in_(kinds)).order_by(ledger_entry.c.recorded_at)
    with installation.database.reading() as connection:
        return [(row.kind, json.loads(row.details)["by"]) for row in connection.execute(wanted)]


def test_what_was_meant_is_asked_in_a_line(shop: Botapp) -> None:
    assert shop("contact", "erase", "--yes").code == 2
    assert "nobody is known" in shop("contact", "erase", "1000/nobody", "--yes").err
    assert shop("contact", "erase", "1/2", "3/4", "--request", "code", "--yes").code == 2


def test_a_database_is_written_anew_when_it_is_asked_for(
    shop: Botapp, says: Callable[[str, str], None], installation: Installation
) -> None:
    says("2000", "hello")
    before = numbers(installation)
    done = shop("db", "rewrite")
    assert (done.code, done.out) == (0, "the database is written anew\n"), done.err
    assert numbers(installation) == before

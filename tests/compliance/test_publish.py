"""Checkpoints are published in a directory and at an address, remembered, and tried again when a place fails."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from sqlalchemy import text

from botapp.audit.checkpoint import open_checkpoint
from botapp.clock import SystemClock
from botapp.compliance.publish import Directory, Publisher, PublishError, Url
from botapp.compliance.seal import Sealer
from botapp.settings import SettingsError, load_settings
from botapp.storage import log_duties, tree
from botapp.storage.log_duties import LogDuty
from botapp.storage.tree import SignedCheckpoint
from tests.world import World

_HOUR = timedelta(hours=1)


class Auditor(ThreadingHTTPServer):
    """Somebody who keeps what is posted, and answers as told."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Keeping)
        self.kept: list[tuple[str, str]] = []
        self.status = 204
        self.address = f"http://127.0.0.1:{self.server_port}/keep?of=us"


class _Keeping(BaseHTTPRequestHandler):
    server: Auditor

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.kept.append((self.path, body))
        self.send_response(self.server.status)
        self.send_header("Location", "/elsewhere")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def _running(server: Auditor) -> Iterator[Auditor]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def auditor() -> Iterator[Auditor]:
    with _running(Auditor()) as server:
        yield server


@pytest.fixture
def sealer(world: World) -> Sealer:
    world.falls_silent()
    sealer = world.installation.sealer()
    sealer.seal()
    return sealer


def newest(world: World) -> SignedCheckpoint:
    with world.installation.database.reading() as connection:
        found = tree.last_checkpoint(connection)
    assert found is not None
    return found


def duties(world: World) -> dict[str, LogDuty]:
    with world.installation.database.reading() as connection:
        return {duty.name: duty for duty in log_duties.load_all(connection)}


def publisher(world: World, *places: Directory | Url, interval: timedelta = _HOUR) -> Publisher:
    return Publisher(world.installation.database, places, interval)


@pytest.mark.usefixtures("sealer")
def test_a_checkpoint_is_a_file_that_others_can_verify(world: World, tmp_path: Path) -> None:
    directory = tmp_path / "checkpoints"
    assert publisher(world, Directory(directory)).publish_due() == 1
    [path] = directory.iterdir()
    opened = open_checkpoint(path.read_text(), "botapp.local/log", world.installation.signer.public_keys())
    assert (path.name, opened.size) == (f"checkpoint-{newest(world).size}", newest(world).size)


@pytest.mark.usefixtures("sealer")
def test_a_checkpoint_is_posted_as_it_was_signed(world: World, auditor: Auditor) -> None:
    assert publisher(world, Url(auditor.address, SystemClock())).publish_due() == 1
    assert auditor.kept == [("/keep?of=us", newest(world).note)]


def test_what_is_published_is_remembered_and_the_next_one_waits_for_its_time(
    world: World, sealer: Sealer, auditor: Auditor
) -> None:
    place = Url(auditor.address, SystemClock())
    often, seldom = publisher(world, place, interval=timedelta(0)), publisher(world, place)
    assert [seldom.publish_due(), often.publish_due()] == [1, 0], "the same checkpoint is not published twice"
    world.says(world.add_customer("Bob Ito"))
    sealer.seal()
    assert [seldom.publish_due(), often.publish_due()] == [0, 1]
    assert len(auditor.kept) == 2
    assert duties(world)["url"].size == newest(world).size


@pytest.mark.usefixtures("sealer")
@pytest.mark.parametrize("status", [307, 404, 500])
def test_a_place_that_refuses_is_noted_and_tried_again_later(world: World, auditor: Auditor, status: int) -> None:
    auditor.status = status
    posting = publisher(world, Url(auditor.address, SystemClock()))
    assert [posting.publish_due(), posting.publish_due()] == [0, 0]
    assert len(auditor.kept) == 1, "neither followed nor repeated at once"
    found = duties(world)["url"]
    assert (found.failures, found.failure, found.size) == (1, f"the address answered {status}", None)
    auditor.status = 200
    with world.installation.database.transaction() as connection:
        connection.execute(text("UPDATE log_duty SET tried_at = tried_at - 60000000"))
    assert posting.publish_due() == 1
    found = duties(world)["url"]
    assert (found.failures, found.failure, found.failing_since) == (0, None, None)


@pytest.mark.usefixtures("sealer")
def test_one_place_that_is_away_does_not_hinder_another(world: World, tmp_path: Path, free_port: int) -> None:
    away = Url(f"http://127.0.0.1:{free_port}/", SystemClock())
    assert publisher(world, away, Directory(tmp_path / "kept")).publish_due() == 1
    assert duties(world)["url"].failure == "the address did not answer: connect"
    assert duties(world)["directory"].failures == 0


@pytest.mark.usefixtures("sealer")
def test_a_directory_that_cannot_be_written_is_an_error_in_our_words(world: World, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(PublishError, match="cannot be written"):
        publisher(world).publish(Directory(tmp_path / "file"), newest(world))
    assert duties(world)["directory"].failures == 1


def test_before_anything_is_signed_there_is_nothing_to_publish(world: World, tmp_path: Path) -> None:
    assert publisher(world, Directory(tmp_path / "kept")).publish_due() == 0


@pytest.mark.parametrize("address", ["http://auditor.example/", "ftp://auditor.example/", "https://a:b@c/", "nowhere"])
def test_an_address_that_others_could_read_along_is_refused_at_the_start(tmp_path: Path, address: str) -> None:
    with pytest.raises(SettingsError, match="BOTAPP_CHECKPOINT_URL"):
        load_settings(var_dir=tmp_path, checkpoint_url=address)


def test_the_command_publishes_where_it_is_told(world: World, auditor: Auditor, tmp_path: Path) -> None:
    settings = world.installation.settings
    address = {"BOTAPP_VAR_DIR": str(settings.var_dir), "BOTAPP_DATABASE_URL": settings.database_address}

    def publish(where: str) -> tuple[int, str]:
        command = [sys.executable, "-m", "botapp", "audit", "checkpoint", "--to", where]
        done = subprocess.run(command, env=os.environ | address, capture_output=True, text=True, check=False)  # noqa: S603  our own program
        return done.returncode, done.stdout + done.stderr

    world.falls_silent()
    in_directory, at_address = publish(str(tmp_path / "kept")), publish(auditor.address)
    path = tmp_path / "kept" / f"checkpoint-{newest(world).size}"
    assert (in_directory, at_address) == ((0, f"{path}\n"), (0, "http://127.0.0.1\n"))
    assert [path.read_text()] == [body for _, body in auditor.kept]
    assert publish("http://auditor.example/")[0] == 2
    auditor.status = 500
    assert publish(auditor.address) == (1, "Error: the address answered 500\n")

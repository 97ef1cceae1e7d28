"""People's words, names and our secrets go through everything, faults included, and are found nowhere else."""

import io
import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from redis import Redis
from rq import SimpleWorker
from rq.serializers import JSONSerializer
from sqlalchemy import text

from botapp.logs import configure_logs
from botapp.workers.jobs import Doorbell, OwnJob, open_queue
from tests.web.conftest import DELETION_PATHS, Door
from tests.world import SECRET, TOKEN, World

WORDS = "My-canary-is-called-Tweety"
NAME = "Zebedee"
SECRETS = (WORDS, NAME, TOKEN, SECRET, "Bearer ", "access_token")


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """Everything that is logged, down to the last detail, in the form in which it is written in production."""
    root = logging.getLogger()
    kept = root.handlers[:], root.level
    configure_logs(logging.DEBUG)
    written = io.StringIO()
    for handler in root.handlers:
        assert isinstance(handler, logging.StreamHandler)
        handler.setStream(written)
    try:
        yield written
    finally:
        root.handlers, root.level = kept[0], kept[1]


@pytest.fixture
def doorbell(redis_url: str, world: World) -> Iterator[tuple[Redis, Doorbell]]:
    """A Redis to look into, and the bell that rings through it."""
    with Redis.from_url(redis_url) as connection:
        yield connection, Doorbell(connection, world.installation.clock)


def test_words_names_and_tokens_stay_out_of_logs_redis_and_error_pages(
    door: Door, hello: Callable[..., dict[str, Any]], logged: io.StringIO, doorbell: tuple[Redis, Doorbell]
) -> None:
    world, (redis, bell) = door.world, doorbell
    people = [world.add_customer(f"{NAME} {WORDS}") for _ in range(4)]
    for psid, fault in zip(people, (None, "drop_after", "status=500", "error=100/2018109"), strict=True):
        world.act(psid, "message", text=WORDS, ago=timedelta(hours=5).total_seconds())
        body = hello(psid, WORDS, f"m_{psid}")
        body["entry"][0]["messaging"][0]["timestamp"] -= timedelta(hours=5) // timedelta(milliseconds=1)
        assert door.deliver(body).status_code == 200
        if fault:
            world.faults({"match": {"psid": psid}, "fault": fault})
        assert bell.ring()
        _assert_clean(_contents(redis))
        _work(redis, world)
        _assert_clean(_contents(redis))
    assert any(WORDS in str(row) for row in world.rows_of_everything()), "it did go through the system"
    for table in ("inbound_event", "contact", "reply", "reengagement"):
        with _broken(world, table):
            answer = door.deliver(hello(people[0], WORDS, f"broken_{table}"))
            assert answer.status_code == 500
            _assert_clean(answer.text + str(answer.headers))
            assert bell.ring()
            _work(redis, world)
            _assert_clean(_contents(redis))
    assert "fault" in logged.getvalue(), "the faults were logged"
    _assert_clean(logged.getvalue())


def test_no_error_page_repeats_what_was_sent(door: Door, logged: io.StringIO) -> None:
    client = door.client
    signature = {"X-Hub-Signature-256": WORDS}
    answers = [
        client.get(f"/{WORDS}?{WORDS}={WORDS}", headers={"X-Whatever": WORDS}),
        client.put("/webhooks/messenger", data=WORDS),
        client.get(f"/webhooks/messenger?hub.mode=subscribe&hub.verify_token={WORDS}&hub.challenge={WORDS}"),
        client.post("/webhooks/messenger", data=WORDS, headers=signature),
        door.deliver_bytes(WORDS.encode()),
        door.deliver_bytes(json.dumps([WORDS]).encode()),
        door.deliver_bytes(b"x" * ((3 << 20) + 1)),
        client.get(f"/privacy/requests/{WORDS}"),
        *(client.post(path, data={"signed_request": WORDS}) for path in DELETION_PATHS),
    ]
    assert [a.status_code for a in answers] == [404, 405, 403, 403, 400, 400, 413, 404, 403, 403]
    for answer in answers:
        _assert_clean(answer.text + str(answer.headers))
        assert "werkzeug" not in str(answer.headers).lower()
    _assert_clean(logged.getvalue())


def _assert_clean(written: str) -> None:
    assert [secret for secret in SECRETS if secret in written] == []


def _contents(redis: Redis) -> str:
    """Every key of this Redis with everything under it, jobs unpacked."""
    found = []
    for key in redis.scan_iter():
        found.append(repr((key, redis.dump(key))))
        if redis.type(key) == b"hash":
            found.append(repr(redis.hgetall(key)))
    for job_id in (key.removeprefix(b"rq:job:").decode() for key in redis.scan_iter("rq:job:*")):
        job = OwnJob.fetch(job_id, connection=redis, serializer=JSONSerializer)
        found.append(f"{job.args} {job.kwargs} {job.meta} {job.description} {[r.exc_string for r in job.results()]}")
    return "\n".join(found)


def _work(redis: Redis, world: World) -> None:
    """What a worker does when the bell has rung."""
    job_class = type("TestJob", (OwnJob,), {"work": staticmethod(world.duties.work)})
    worker = SimpleWorker([open_queue(redis)], connection=redis, job_class=job_class, serializer=JSONSerializer)
    worker.work(burst=True, logging_level="DEBUG")


@contextmanager
def _broken(world: World, table: str) -> Iterator[None]:
    with world.installation.database.transaction() as connection:
        connection.execute(text(f"ALTER TABLE {table} RENAME TO gone_{table}"))
    yield
    with world.installation.database.transaction() as connection:
        connection.execute(text(f"ALTER TABLE gone_{table} RENAME TO {table}"))

"""The one job: look into the database and do what is owed. A job carries no data, so none can be lost or stale."""

import threading
import time
from collections.abc import Callable
from typing import Any

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from rq.job import Job
from rq.serializers import JSONSerializer

from botapp.clock import Clock

QUEUE_NAME = "botapp"
JOB_NAME = "botapp.workers.jobs.work"
_JOB_TIMEOUT_SECONDS = 120
_QUEUED_AT_MOST_SECONDS = 25
_FAILURE_KEPT_SECONDS = 3600
_QUIET_AFTER_FAILURE_SECONDS = 1.0
_RINGING_SECONDS = 0.5
_BETWEEN_RINGS_SECONDS = 0.01  # each costs a round trip; a busy web process would be at it all the time


class OwnJob(Job):
    """A job of ours. Whatever a message on the queue names, only this one function can be called."""

    work: Callable[[], None] | None = None  # set on a subclass by the worker process

    @property
    def func(self) -> Callable[..., Any]:
        if self.func_name != JOB_NAME or self.work is None:
            raise PermissionError("not a job of ours")
        return type(self).work or _nothing


def _nothing() -> None:
    """Stands in where no worker is: a job run outside a worker does nothing."""


def open_redis(url: str, *, timeout_seconds: float = 5) -> Redis:
    """A connection that fails fast."""
    return Redis.from_url(url, socket_connect_timeout=0.5, socket_timeout=timeout_seconds, health_check_interval=15)


def open_doorbell(url: str) -> Redis:
    """A connection for ringing: a webhook waits for it, and a Redis that hangs must not make the platform give up."""
    return open_redis(url, timeout_seconds=_RINGING_SECONDS)


def open_queue(connection: Redis) -> Queue:
    return Queue(QUEUE_NAME, connection=connection, serializer=JSONSerializer, job_class=OwnJob)


class Doorbell:
    """Rings for the workers. One ring is enough however many ask for it."""

    def __init__(self, connection: Redis, clock: Clock) -> None:
        self._queue = open_queue(connection)
        self._clock = clock
        self._failed_at = float("-inf")

    def ring(self) -> bool:
        """True if a job is waiting now. A Redis that is away is not asked again for a second, and nothing is lost."""
        if self._clock.elapsed() - self._failed_at < _QUIET_AFTER_FAILURE_SECONDS:
            return False
        try:
            if self._queue.count == 0:
                self._queue.enqueue_call(
                    JOB_NAME,
                    timeout=_JOB_TIMEOUT_SECONDS,
                    ttl=_QUEUED_AT_MOST_SECONDS,
                    result_ttl=0,
                    failure_ttl=_FAILURE_KEPT_SECONDS,
                )
        except RedisError:
            self._failed_at = self._clock.elapsed()
            return False
        return True


class Ringer:
    """Rings in a thread of its own: a webhook does not wait for Redis, and many at once ring once."""

    def __init__(self, ring: Callable[[], bool]) -> None:
        self._ring = ring
        self._wanted = threading.Event()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def ask(self) -> bool:
        """Ring as soon as can be."""
        self._wanted.set()
        if self._thread is None:  # started with the first ring: a server forks its processes before there is one
            with self._starting:
                if self._thread is None:
                    self._thread = threading.Thread(target=self._run, name="ringer", daemon=True)
                    self._thread.start()
        return True

    def _run(self) -> None:
        while self._wanted.wait():
            self._wanted.clear()
            self._ring()
            time.sleep(_BETWEEN_RINGS_SECONDS)

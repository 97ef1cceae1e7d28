"""A worker: waits at the doorbell, then answers and sends what the database says is owed."""

import logging
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from types import FrameType

from redis import Redis
from redis.client import Pipeline
from redis.exceptions import RedisError
from rq import SimpleWorker, worker_registration
from rq.job import Job
from rq.serializers import JSONSerializer

from botapp.conversation.reply import ReplySender
from botapp.reengagement.send import ReengagementSender
from botapp.workers.jobs import OwnJob, open_queue

_SLICE_SECONDS = 2.0
_LOOK_FOR_ANSWERS_SECONDS = 0.1
_WORKER_TTL_SECONDS = 60
_MAINTENANCE_SECONDS = 30
_REDIS_PAUSE_SECONDS = 1.0
_log = logging.getLogger(__name__)


def _nothing() -> None:
    """Where there are no errands."""


@dataclass(frozen=True, slots=True)
class Duties:
    """What a worker does when it is rung for."""

    replies: ReplySender
    reengagements: ReengagementSender
    reply_pool: ThreadPoolExecutor
    send_pool: ThreadPoolExecutor
    side: ThreadPoolExecutor
    run_errands: Callable[[], object] = _nothing  # about who has a thread; after the answers

    def work(self) -> None:
        """Send what is due for a slice of time, and meanwhile keep answering: a slow send must not delay an answer."""
        sending = self.side.submit(self.reengagements.drain, self.send_pool, _SLICE_SECONDS)
        self.replies.drain(self.reply_pool, _SLICE_SECONDS)
        self.run_errands()
        while not sending.done():
            wait([sending], timeout=_LOOK_FOR_ANSWERS_SECONDS)
            self.replies.drain(self.reply_pool, _SLICE_SECONDS)
        sending.result()


class _KnownWorker(SimpleWorker):
    """Introduces itself anew with each sign of life: a Redis that was flushed knows nobody."""

    max_connection_wait_time = _REDIS_PAUSE_SECONDS  # RQ's own grows to a minute, in which nothing is sent
    is_told_to_stop = False

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        self.is_told_to_stop = True
        super().request_stop(signum, frame)  # type: ignore[no-untyped-call]  # RQ has no types there

    def heartbeat(self, timeout: int | None = None, pipeline: Pipeline | None = None) -> None:
        super().heartbeat(timeout, pipeline)
        if self.birth_date is not None:
            connection = self.connection if pipeline is None else pipeline
            connection.hset(self.key, mapping=self.serialize())
            worker_registration.register(self, pipeline)


def run_worker(connection: Redis, duties: Duties) -> None:
    """Work until SIGTERM or SIGINT; the job in hand is finished first. A Redis that is away is waited for.

    One process that forks nothing, so that connections to the platform stay warm; one queue, so that a job popped
    by a process that dies is found again.
    """
    job_class = type("WorkerJob", (OwnJob,), {"work": staticmethod(duties.work)})
    logging.getLogger("rq").setLevel(logging.WARNING)
    while not _is_over(connection, job_class):
        time.sleep(_REDIS_PAUSE_SECONDS)


def _is_over(connection: Redis, job_class: type[Job]) -> bool:
    """One life of RQ's worker; False where it ended without being told to, as it does when it loses Redis."""
    is_told_to_stop = False
    try:
        worker = _KnownWorker(
            [open_queue(connection)],
            connection=connection,
            job_class=job_class,
            serializer=JSONSerializer,
            worker_ttl=_WORKER_TTL_SECONDS,
            maintenance_interval=_MAINTENANCE_SECONDS,
            log_job_description=False,
        )
        try:
            worker.work(with_scheduler=False, logging_level="WARNING")
        finally:
            is_told_to_stop = worker.is_told_to_stop
    except RedisError as error:
        _log.warning("Redis does not answer (%s); waiting for it. Is BOTAPP_REDIS_URL right?", type(error).__name__)
    # RQ's handlers belong to a worker that is no more.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    return is_told_to_stop

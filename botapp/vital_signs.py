"""Whether workers and tickers show signs of life."""

import socket
from datetime import datetime, timedelta

from redis.exceptions import RedisError
from rq import Worker
from sqlalchemy.exc import SQLAlchemyError

from botapp.bootstrap.foundation import Foundation
from botapp.storage import leases
from botapp.workers.jobs import open_queue, open_redis
from botapp.workers.ticker import LEASE_NAME

_TICKER_SEEN_WITHIN = timedelta(seconds=30)


def worker_is_alive(installation: Foundation, *, any_host: bool = False, born_after: datetime | None = None) -> bool:
    """Whether a worker is registered; RQ forgets one that has not been heard of for its time to live.

    `born_after` leaves out those of an earlier life that was ended too harshly to sign off.
    """
    connection = open_redis(installation.redis_url)
    try:
        workers = Worker.all(queue=open_queue(connection))
    except RedisError:
        return False
    finally:
        connection.close()
    return any(
        (any_host or worker.hostname == socket.gethostname())
        and (born_after is None or (worker.birth_date is not None and worker.birth_date >= born_after))
        for worker in workers
    )


def ticker_is_alive(installation: Foundation, *, within: timedelta = _TICKER_SEEN_WITHIN) -> bool:
    """Whether any ticker has led lately, by the database's clock."""
    try:
        with installation.database.reading() as connection:
            seen_at = leases.last_seen(connection, LEASE_NAME)
            now = installation.database.now(connection)
    except SQLAlchemyError:
        return False
    return seen_at is not None and now - seen_at <= within

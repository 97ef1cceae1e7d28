"""Logs as JSON lines: times, levels, ids and reasons. People's words and tokens never come here."""

import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime


class _JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info and record.exc_info[0]:
            # The kind of fault and where it was, not its text: that may quote what people wrote.
            line["fault"] = record.exc_info[0].__name__
            line["where"] = _where(record)
        return json.dumps(line, ensure_ascii=True)


def _where(record: logging.LogRecord) -> str:
    trace = record.exc_info[2] if record.exc_info else None
    places = []
    while trace is not None:
        _, ours, path = trace.tb_frame.f_code.co_filename.rpartition("/botapp/")
        if ours:
            places.append(f"{path}:{trace.tb_lineno}")
        trace = trace.tb_next
    return " ".join(places)


def configure_logs(level: int = logging.INFO) -> None:
    """Send everything to standard error, one JSON object a line."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonFormatter())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for chatty in ("urllib3", "alembic", "werkzeug"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


@contextmanager
def without_logs() -> Iterator[None]:
    """For the block: what goes wrong in a world that is made up is no news."""
    logger = logging.getLogger("botapp")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(before)

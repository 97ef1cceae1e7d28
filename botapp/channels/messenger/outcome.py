"""From an answer, or from none, to what is known about one message (platform-reference 2.3 to 2.5). Pure."""

import re
from dataclasses import replace
from http import HTTPStatus

from botapp.channels.messenger.errors import ErrorRow, ErrorTable
from botapp.channels.messenger.json_body import decode
from botapp.channels.messenger.usage import read_platform_now, read_usage_percent, read_wait_seconds
from botapp.channels.port import ErrorClass, Outcome, OutcomeKind, PlatformError
from botapp.channels.transport import Failure, Reply

_MESSAGE_ID_LIMIT = 500
_GREATEST_ERROR_NUMBER = 9_999_999_999


def read_outcome(answer: Reply | Failure, errors: ErrorTable) -> Outcome:
    """What is known after a message was sent. UNKNOWN wherever it could have been delivered."""
    if isinstance(answer, Failure):
        kind = OutcomeKind.NOT_SENT if answer.certainly_not_delivered else OutcomeKind.UNKNOWN
        return Outcome(kind, answer.detail, write_lag_seconds=answer.write_lag_seconds)
    return replace(
        _read_reply(answer, errors),
        usage_percent=read_usage_percent(answer.headers),
        platform_now=read_platform_now(answer.headers),
        write_lag_seconds=answer.write_lag_seconds,
    )


def read_refusal(reply: Reply, errors: ErrorTable) -> tuple[PlatformError, bool] | None:
    """The platform's error and whether it makes certain that nothing was delivered; None without a readable one."""
    found = _read_graph_error(reply)
    if found is None:
        return None
    code, subcode = found
    row = errors.classify(code, subcode) or _undocumented(reply.status, code)
    return PlatformError(row.error_class, code, subcode), row.certainly_not_delivered


def _read_reply(reply: Reply, errors: ErrorTable) -> Outcome:
    if reply.write_lag_seconds is None:
        # Our headers hit a closing connection, and what was read is no answer to this message.
        return Outcome(OutcomeKind.NOT_SENT, "connection_lost")
    if HTTPStatus.OK <= reply.status < HTTPStatus.MULTIPLE_CHOICES:
        return _read_success(reply)
    refusal = read_refusal(reply, errors) if reply.status >= HTTPStatus.BAD_REQUEST else None
    if refusal is None:
        return _read_without_error(reply)
    error, certain = refusal
    if not certain:
        return Outcome(OutcomeKind.UNKNOWN, str(error), error=error)
    return _refused(str(error), error, reply)


def _read_success(reply: Reply) -> Outcome:
    content = decode(reply.body)
    message_id = content.get("message_id") if isinstance(content, dict) else None
    if isinstance(message_id, str) and 0 < len(message_id) <= _MESSAGE_ID_LIMIT and message_id.isprintable():
        return Outcome(OutcomeKind.ACCEPTED, "accepted", message_id=message_id)
    return Outcome(OutcomeKind.UNKNOWN, "no_message_id")


def _read_without_error(reply: Reply) -> Outcome:
    detail = f"http_{reply.status}"
    if reply.status == HTTPStatus.TOO_MANY_REQUESTS:
        return _refused(detail, PlatformError(ErrorClass.WAIT, None, None), reply)
    return Outcome(OutcomeKind.UNKNOWN, detail)


def _refused(detail: str, error: PlatformError, reply: Reply) -> Outcome:
    wait_seconds = read_wait_seconds(reply.headers) if error.error_class is ErrorClass.WAIT else None
    return Outcome(OutcomeKind.REFUSED, detail, error=error, wait_seconds=wait_seconds)


def _undocumented(status: int, code: int) -> ErrorRow:
    """Platform-reference 2.5, last row: never this message again. A server's own fault leaves open what it did."""
    error_class = ErrorClass.WAIT if status == HTTPStatus.TOO_MANY_REQUESTS else ErrorClass.NEVER
    certain = status < HTTPStatus.INTERNAL_SERVER_ERROR
    return ErrorRow(code, None, error_class, certainly_not_delivered=certain, meaning="undocumented")


def _read_graph_error(reply: Reply) -> tuple[int, int | None] | None:
    content = decode(reply.body)
    error = content.get("error") if isinstance(content, dict) else None
    if not isinstance(error, dict):
        return None
    code = _read_number(error.get("code"))
    # Type and message of an error say nothing reliable, and the message may quote people: not read at all.
    return None if code is None else (code, _read_number(error.get("error_subcode")) or None)


def _read_number(value: object) -> int | None:
    """An error number, given as one or as its digits; None for anything that cannot be one."""
    if isinstance(value, str) and re.fullmatch(r"\d{1,10}", value, re.ASCII):
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _GREATEST_ERROR_NUMBER:
        return value
    return None

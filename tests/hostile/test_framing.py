"""Requests that say one thing and send another, through the real server: each is answered, refused or let go."""

import socket

from tests.hostile.web_process import WebProcess, delivery, head, message_body, read_all, status_of

BODY = message_body("m_framed")
CHUNKED = {"Content_Length": "", "Transfer_Encoding": "chunked"}
CANARY = "Tweety-was-here"


def _chunks(body: bytes, size: int, *, extension: str = "", trailers: str = "") -> bytes:
    pieces = [body[place : place + size] for place in range(0, len(body), size)]
    framed = b"".join(f"{len(piece):x}{extension}\r\n".encode() + piece + b"\r\n" for piece in pieces)
    return framed + f"0\r\n{trailers}\r\n".encode()


ACCEPTED = {
    "plain": head(BODY) + BODY,
    "more than was told": head(BODY) + BODY + b"x" * 1000,
    "chunks": head(BODY, **CHUNKED) + _chunks(BODY, 7),
    "chunks a byte each": head(BODY, **CHUNKED) + _chunks(BODY, 1),
    "chunks with extensions and trailers": head(BODY, **CHUNKED)
    + _chunks(BODY, 50, extension=";a=b", trailers="X-Trailer: c\r\nX-Other: d\r\n"),
    "waiting for leave and not waiting": head(BODY, Expect="100-continue") + BODY,
    "a form": head(BODY, Content_Type="application/x-www-form-urlencoded") + BODY,
    "a form of parts": head(BODY, Content_Type="multipart/form-data; boundary=x") + BODY,
    "parts without a boundary": head(BODY, Content_Type="multipart/form-data") + BODY,
    "another encoding": head(BODY, Content_Type="application/json; charset=utf-16") + BODY,
    "no such type": head(BODY, Content_Type="\u00ff/;;=") + BODY,
    "said to be compressed": head(BODY, Content_Encoding="gzip") + BODY,
    "an empty line first": b"\r\n" + head(BODY) + BODY,
}
REFUSED = {
    "two lengths": (400, head(BODY, content_length=str(len(BODY))) + BODY),
    "a length and chunks": (400, head(BODY, Transfer_Encoding="chunked") + _chunks(BODY, 7)),
    "a length with a sign": (400, head(BODY, Content_Length=f"+{len(BODY)}") + BODY),
    "a negative length": (400, head(BODY, Content_Length="-1") + BODY),
    "a length that is none": (400, head(BODY, Content_Length=CANARY) + BODY),
    "an endless length": (400, head(BODY, Content_Length="9" * 4000) + BODY),
    "a length beyond ours": (413, head(BODY, Content_Length="3145729") + BODY),
    "another coding": (400, head(BODY, Content_Length="", Transfer_Encoding="gzip, chunked") + _chunks(BODY, 7)),
    "chunked twice": (400, head(BODY, Content_Length="", Transfer_Encoding="chunked, chunked") + _chunks(BODY, 7)),
    "a space before the colon": (400, head(BODY, Content_Length="", **{"Content-Length ": str(len(BODY))}) + BODY),
    "a chunk of no size": (400, head(BODY, **CHUNKED) + b"\r\n\r\n"),
    "a chunk of a negative size": (400, head(BODY, **CHUNKED) + b"-1\r\n"),
    "a chunk of an endless size": (400, head(BODY, **CHUNKED) + b"f" * 5000),
    "a chunk of an enormous size": (413, head(BODY, **CHUNKED) + b"ffffffff\r\n"),
    "a chunk longer than it says": (400, head(BODY, **CHUNKED) + b"1\r\nabc\r\n0\r\n\r\n"),
    "endless trailers": (431, head(BODY, **CHUNKED) + b"0\r\n" + b"x" * 70_000),
    "a folded field": (400, head(BODY, X="a\r\n b") + BODY),
    "a NUL in a field": (400, head(BODY, X="a\0b") + BODY),
    "a field without a name": (400, head(BODY, **{"": CANARY}) + BODY),
    "a gigantic field": (431, head(BODY, X="x" * 70_000) + BODY),
    "a large field": (431, head(BODY, X=CANARY * 1000) + BODY),
    "too many fields": (431, head(BODY, **{f"X{number}": "x" for number in range(200)}) + BODY),
    "a long address": (414, head(BODY, path=f"/{CANARY * 400}") + BODY),
    "no method": (400, head(BODY, method=f"{CANARY}\x01") + BODY),
    "no request": (400, f"{CANARY}\r\n\r\n".encode()),
    "another protocol": (400, f"GET /{CANARY} HTTP/9.9\r\n\r\n".encode()),
    "the beginning of HTTP/2": (400, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    "an expectation": (417, head(BODY, Expect=CANARY) + BODY),
    "not signed": (403, head(BODY, X_Hub_Signature_256="") + BODY),
}


def test_what_is_framed_in_any_lawful_way_is_accepted(web_process: WebProcess) -> None:
    answers = {name: web_process.send(request) for name, request in ACCEPTED.items()}
    statuses = {name: [status_of(part) for part in _answers(answer)][-1:] for name, answer in answers.items()}
    assert statuses == {name: [200] for name in ACCEPTED}


def test_what_could_be_read_in_two_ways_is_refused_without_a_word(web_process: WebProcess) -> None:
    answers = {name: web_process.send(request) for name, (_, request) in REFUSED.items()}
    assert {name: status_of(a) for name, a in answers.items()} == {
        name: status for name, (status, _) in REFUSED.items()
    }
    assert [name for name, answer in answers.items() if CANARY.encode() in answer] == []
    assert "a request was answered 414: LimitRequestLine" in web_process.log()
    assert CANARY not in web_process.log()
    assert web_process.deliver_seconds() < 8


def test_requests_in_one_breath_are_answered_one_after_the_other(web_process: WebProcess) -> None:
    many = [head(message_body(f"m_{n}"), Connection="") + message_body(f"m_{n}") for n in range(20)]
    pages = [head(method="GET", path="/health/live", Connection=""), head(method="GET", path="/none", Connection="")]
    last = delivery("m_last")
    answer = web_process.send(b"".join([*many, *pages, last]))
    assert [status_of(part) for part in _answers(answer)] == [200] * 20 + [200, 404, 200]


def test_a_client_that_waits_for_leave_gets_it_before_it_sends(web_process: WebProcess) -> None:
    with web_process.connect() as connection:
        connection.sendall(head(BODY, Expect="100-continue"))
        assert status_of(connection.recv(1000)) == 100
        connection.sendall(BODY)
        assert status_of(_answers(read_all(connection))[-1]) == 200


def test_who_hangs_up_in_the_middle_is_let_go(web_process: WebProcess) -> None:
    for request in (head(BODY) + BODY[:-1], head(BODY, **CHUNKED) + _chunks(BODY, 7)[:-1], head(BODY)[:-1]):
        with web_process.connect() as connection:
            connection.sendall(request)
            connection.shutdown(socket.SHUT_WR)
            assert read_all(connection) == b""
    assert web_process.deliver_seconds() < 8
    assert "fault" not in web_process.log()


def test_nothing_is_left_of_a_signed_body_that_did_not_arrive_whole(web_process: WebProcess) -> None:
    whole = message_body("m_whole", padding="x" * 1000)
    assert status_of(web_process.send(head(whole, Content_Length=str(len(whole) - 5)) + whole[:-5])) == 403
    assert status_of(web_process.send(head(whole) + whole)) == 200


def _answers(answer: bytes) -> list[bytes]:
    """The answers of one connection; none of ours holds what begins the next."""
    return [b"HTTP/1.1" + part for part in answer.split(b"HTTP/1.1")[1:]]

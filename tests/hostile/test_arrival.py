"""A request is whole at its last byte and not before, however it arrives, and ends where gunicorn's reader ends it."""

import contextlib

from gunicorn.config import Config  # type: ignore[import-untyped]  # has no types
from gunicorn.http import RequestParser  # type: ignore[import-untyped]  # has no types
from gunicorn.http.errors import ParseException  # type: ignore[import-untyped]  # has no types
from hypothesis import example, given
from hypothesis import strategies as st

from botapp.web.arrival import LARGEST_HEAD_BYTES, Arrival, Verdict

LARGEST_BODY = 200
REQUEST = b"POST / HTTP/1.1\r\nHost: localhost\r\n"
BODIES = st.binary(max_size=LARGEST_BODY)


def _chunked(body: bytes, sizes: list[int], trailers: bytes) -> bytes:
    framed, rest = b"", body
    for size in sizes:
        piece, rest = rest[:size], rest[size:]
        framed += b"%x\r\n%s\r\n" % (len(piece), piece) if piece else b""
    framed += b"%X;last\r\n%s\r\n" % (len(rest), rest) if rest else b""
    return REQUEST + b"Transfer-Encoding: Chunked\r\n\r\n" + framed + b"0\r\n" + trailers + b"\r\n"


LAWFUL = BODIES.map(lambda body: REQUEST + b"Content-Length: %d\r\n\r\n" % len(body) + body) | st.builds(
    _chunked, BODIES, st.lists(st.integers(1, 30), max_size=6), st.sampled_from([b"", b"X-Trailer: a\r\n"])
)
LINES = st.lists(
    st.sampled_from(
        [
            b"Host: localhost",
            b"Content-Length: 5",
            b"content-length:5 ",
            b"Content-Length : 5",
            b"Content-Length: 05",
            b"Content-Length: 5, 5",
            b"Content-Length: \xb2",
            b"Transfer-Encoding: chunked",
            b"Transfer-Encoding:\tchunked",
            b"Transfer-Encoding: identity",
            b"Transfer-Encoding: x, chunked",
            b" Transfer-Encoding: chunked",
            b"X: y\nContent-Length: 3",
            b"Expect: 100-continue",
            b"",
        ]
    ),
    max_size=5,
)
TAILS = st.lists(
    st.sampled_from(
        [b"5\r\n", b"hello", b"\r\n", b"0\r\n", b"\n", b"0", b"x", b"5;a=\x00\r\n", b"GET / HTTP/1.1\r\n\r\n"]
    ),
    max_size=8,
).map(b"".join)


def _arrived(content: bytes) -> tuple[Arrival, Verdict]:
    arrival = Arrival(LARGEST_BODY)
    arrival.add(content)
    return arrival, arrival.judge()


@given(LAWFUL, st.binary(max_size=20), st.lists(st.integers(1, 50), max_size=40))
def test_however_it_is_cut_it_is_whole_at_its_last_byte(request: bytes, after: bytes, sizes: list[int]) -> None:
    arrival, place = Arrival(LARGEST_BODY), 0
    for size in sizes:
        end = min(place + size, len(request) - 1)
        arrival.add(request[place:end])
        place = end
        assert arrival.judge() is Verdict.INCOMPLETE
    arrival.add(request[place:] + after)
    assert arrival.judge() is Verdict.WHOLE
    assert b"".join(iter(lambda: arrival.take(7), b"")) == request
    arrival.go_on()
    assert len(arrival) == len(after)


@given(LINES, TAILS)
@example([b"Transfer-Encoding: chunked"], b"5\r\nhello\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n")
@example([b"Content-Length: 5"], b"helloGET / HTTP/1.1\r\n\r\n")
def test_whatever_is_whole_ends_where_gunicorn_ends_it(lines: list[bytes], tail: bytes) -> None:
    arrival, verdict = _arrived(b"\r\n".join([b"POST / HTTP/1.1", *lines, b"", tail]))
    if verdict is not Verdict.WHOLE:
        return
    whole = b"".join(iter(lambda: arrival.take(1000), b""))
    # What follows in gunicorn's hands is only ever its own end of the input: it neither waits nor reads on.
    reader = RequestParser(Config(), iter([whole, b"<next>"]), ("127.0.0.1", 1))
    with contextlib.suppress(ParseException, StopIteration, ValueError):
        request = next(reader)
        request.body.read()
        assert reader.unreader.read() == b"<next>"


def test_what_is_too_large_is_refused_before_it_is_there() -> None:
    length = b"Content-Length: %d\r\n\r\n"
    chunks = REQUEST + b"Transfer-Encoding: chunked\r\n\r\n"
    assert {
        "length": _arrived(REQUEST + length % (LARGEST_BODY + 1))[1],
        "chunk": _arrived(chunks + b"c9\r\n")[1],
        "second chunk": _arrived(chunks + b"c8\r\n" + b"x" * 200 + b"\r\n1\r\n")[1],
        "more framing than body": _arrived(chunks + b"1;aaaaaaaaaaaaaaaaaaaaaaaaa\r\nx\r\n" * 5000)[1],
    } == dict.fromkeys(("length", "chunk", "second chunk", "more framing than body"), Verdict.BODY_TOO_LARGE)
    assert _arrived(b"x" * LARGEST_HEAD_BYTES)[1] is Verdict.HEAD_TOO_LARGE
    assert _arrived(REQUEST + length % LARGEST_BODY)[1] is Verdict.INCOMPLETE

"""The bytes of a connection: one verdict however they are cut, and no reader gets more than came."""

from botapp.web.arrival import Arrival, Verdict

LARGEST_BODY = 1000


def try_input(data: bytes) -> None:
    """A byte that says how to cut, then what arrives."""
    size, content = (data[0] or 1) if data else 1, data[1:]
    at_once, in_pieces = Arrival(LARGEST_BODY), Arrival(LARGEST_BODY)
    at_once.add(content)
    whole = at_once.judge()
    verdict = Verdict.INCOMPLETE
    for place in range(0, len(content), size):
        in_pieces.add(content[place : place + size])
        verdict = in_pieces.judge()
        if verdict is not Verdict.INCOMPLETE:
            break
    assert verdict is whole or not content
    if whole is Verdict.WHOLE:
        assert content.startswith(b"".join(iter(lambda: at_once.take(size), b"")))

"""The platform's verification of our address: our token, its number back as plain text, otherwise nothing."""

from werkzeug.test import TestResponse

from tests.web.conftest import PATH, Door
from tests.world import VERIFY_TOKEN

REFUSED: dict[str, dict[str, str | None]] = {
    "another token": {"verify_token": "wrong"},
    "an empty token": {"verify_token": ""},
    "no token": {"verify_token": None},
    "a longer token": {"verify_token": f"{VERIFY_TOKEN} "},
    "a token in capitals": {"verify_token": VERIFY_TOKEN.upper()},
    "a token that is not ASCII": {"verify_token": "a-verify-t\u00f6ken-for-tests"},
    "another mode": {"mode": "unsubscribe"},
    "no mode": {"mode": None},
    "no challenge": {"challenge": None},
    "an empty challenge": {"challenge": ""},
    "a script": {"challenge": "<script>alert(1)</script>"},
    "two numbers": {"challenge": "12 34"},
    "a line end": {"challenge": "12\n"},
    "figures of another script": {"challenge": "\u0661\u0662"},
    "a negative number": {"challenge": "-1"},
    "a number too long": {"challenge": "1" * 33},
}


def _shake(door: Door, **query: str | None) -> TestResponse:
    given: dict[str, str | None] = {
        "hub.mode": "subscribe",
        "hub.verify_token": VERIFY_TOKEN,
        "hub.challenge": "1158201444",
    }
    given |= {f"hub.{name}": value for name, value in query.items()}
    return door.client.get(PATH, query_string={name: value for name, value in given.items() if value is not None})


def test_the_challenge_comes_back_alone_as_plain_text(door: Door) -> None:
    answer = _shake(door)
    assert (answer.status_code, answer.data) == (200, b"1158201444")
    assert answer.content_type.startswith("text/plain")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert _shake(door, challenge="9" * 32).data == b"9" * 32


def test_anything_else_is_forbidden_without_a_word(door: Door) -> None:
    answers = {name: _shake(door, **query) for name, query in REFUSED.items()}
    assert {name: (a.status_code, a.data) for name, a in answers.items()} == dict.fromkeys(REFUSED, (403, b""))


def test_a_token_that_is_not_even_text_is_forbidden_too(door: Door) -> None:
    query = "hub.mode=subscribe&hub.challenge=1&hub.verify_token=%ff%ed%a0%80"
    assert door.client.get(f"{PATH}?{query}").status_code == 403

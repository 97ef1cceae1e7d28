import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from botapp.channels.messenger.envelope import BodyRefusal, decode
from botapp.channels.messenger.json_body import encode


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        (b"", BodyRefusal.NOT_JSON),
        (b"invalid:json", BodyRefusal.NOT_JSON),
        (b'{"a":1}x', BodyRefusal.NOT_JSON),
        (b'\xef\xbb\xbf{"a":1}', BodyRefusal.NOT_JSON),
        (b'{"a":NaN}', BodyRefusal.NOT_JSON),
        (b'{"a":[-Infinity]}', BodyRefusal.NOT_JSON),
        (b'{"a":' + b"9" * 10_000 + b"}", BodyRefusal.NOT_JSON),
        (b'{"a":"\xff"}', BodyRefusal.NOT_UTF8),
        (b'{"a":"\xed\xa0\x80"}', BodyRefusal.NOT_UTF8),
        ('{"a":1}'.encode("utf-16"), BodyRefusal.NOT_UTF8),
        (b"[]", BodyRefusal.NOT_OBJECT),
        (b"null", BodyRefusal.NOT_OBJECT),
        (b'"text"', BodyRefusal.NOT_OBJECT),
        (b"1e999", BodyRefusal.NOT_OBJECT),
        (b"[" * 100_000 + b"]" * 100_000, BodyRefusal.TOO_DEEP),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, BodyRefusal.TOO_DEEP),
    ],
)
def test_what_is_not_a_json_object_is_refused_with_the_reason(body: bytes, refusal: BodyRefusal) -> None:
    assert decode(body) is refusal


def test_an_object_is_read_and_of_a_key_given_twice_the_last_counts() -> None:
    assert decode(b' {"a":1,"b":"\\u00e4\\/","a":2}\n') == {"a": 2, "b": "ä/"}


def test_a_number_beyond_floats_stays_text_so_that_it_can_be_written_again() -> None:
    body = decode(b'{"a":1e999,"b":-1e999,"c":1.5}')
    assert body == {"a": "1e999", "b": "-1e999", "c": 1.5}


def test_a_lone_surrogate_survives_as_an_escape() -> None:
    body = decode(b'{"a":"\\ud83d"}')
    assert not isinstance(body, BodyRefusal)
    assert encode(body) == '{"a": "\\ud83d"}'


@settings(deadline=None)
@given(st.binary())
def test_no_bytes_make_it_raise(body: bytes) -> None:
    decode(body)


@settings(deadline=None)
@given(st.dictionaries(st.text(), st.integers() | st.text() | st.floats() | st.none()))
def test_whatever_it_accepts_can_be_written_as_strict_json(value: dict[str, object]) -> None:
    body = decode(json.dumps(value).encode())
    if isinstance(body, BodyRefusal):
        assert any(isinstance(part, float) and not math.isfinite(part) for part in value.values())
    else:
        assert encode(body).isascii()
        assert json.loads(encode(body)) == value

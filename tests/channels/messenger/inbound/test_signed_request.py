import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from botapp.channels.messenger.signed_request import SignedRequest, read_signed_request

SECRET = "test_app_secret"
ISSUED_AT = datetime.fromtimestamp(1790000000, UTC)
EXPIRES_AT = ISSUED_AT + timedelta(hours=1)
VECTOR = (
    "a69wKyigR1Ft9PanKEZz3yiL8XVN2X1qGqynekmOlrU."
    "eyJhbGdvcml0aG0iOiJITUFDLVNIQTI1NiIsImV4cGlyZXMiOjE3OTAwMDM2MDAsImlzc3VlZF9hdCI6MTc5MDAwMDAwMCwidXNlcl9p"
    "ZCI6IjIxODQ3MSJ9"
)
PAYLOAD = {"algorithm": "HMAC-SHA256", "expires": 1790003600, "issued_at": 1790000000, "user_id": "218471"}


JUNK = VECTOR.split(".")[1][:8] + " \n" + VECTOR.split(".")[1][8:]


def signed(payload: object, secret: str = SECRET) -> str:
    encoded = base64.urlsafe_b64encode(json.dumps(payload).encode()).rstrip(b"=")
    signature = base64.urlsafe_b64encode(hmac.new(secret.encode(), encoded, hashlib.sha256).digest())
    return f"{signature.rstrip(b'=').decode()}.{encoded.decode()}"


def test_the_published_vector_is_read() -> None:
    assert read_signed_request(VECTOR, [SECRET], ISSUED_AT) == SignedRequest("218471", ISSUED_AT, EXPIRES_AT)


def test_it_is_read_until_the_instant_it_expires() -> None:
    assert read_signed_request(VECTOR, [SECRET], EXPIRES_AT - timedelta(microseconds=1)) is not None
    assert read_signed_request(VECTOR, [SECRET], EXPIRES_AT) is None


@pytest.mark.parametrize("expires", [0, None])
def test_without_an_expiry_it_does_not_expire(expires: int | None) -> None:
    request = read_signed_request(signed(PAYLOAD | {"expires": expires}), [SECRET], EXPIRES_AT)
    assert request == SignedRequest("218471", ISSUED_AT, None)


def test_the_name_of_the_algorithm_may_be_in_any_case_and_the_id_a_number() -> None:
    value = signed(PAYLOAD | {"algorithm": "hmac-sha256", "user_id": 218471})
    assert read_signed_request(value, [SECRET], ISSUED_AT) == SignedRequest("218471", ISSUED_AT, EXPIRES_AT)


def test_padding_is_tolerated() -> None:
    signature, encoded = VECTOR.split(".")
    assert read_signed_request(f"{signature}=.{encoded}", [SECRET], ISSUED_AT) is not None


def test_either_secret_of_a_rotation_will_do() -> None:
    assert read_signed_request(VECTOR, ["another_app_secret", SECRET], ISSUED_AT) is not None
    assert read_signed_request(VECTOR, ["another_app_secret"], ISSUED_AT) is None
    assert read_signed_request(signed(PAYLOAD, "short"), ["short"], ISSUED_AT) is None
    assert read_signed_request(VECTOR, [], ISSUED_AT) is None


@pytest.mark.parametrize(
    "payload",
    [
        PAYLOAD | {"algorithm": "none"},
        PAYLOAD | {"algorithm": None},
        {name: value for name, value in PAYLOAD.items() if name != "algorithm"},
        {name: value for name, value in PAYLOAD.items() if name != "user_id"},
        {name: value for name, value in PAYLOAD.items() if name != "issued_at"},
        PAYLOAD | {"user_id": ""},
        PAYLOAD | {"user_id": {"id": 1}},
        PAYLOAD | {"user_id": "1" * 201},
        PAYLOAD | {"issued_at": "yesterday"},
        PAYLOAD | {"expires": "never"},
        PAYLOAD | {"expires": -1},
        [PAYLOAD],
        "text",
        None,
    ],
)
def test_a_payload_that_is_signed_but_wrong_is_refused(payload: object) -> None:
    assert read_signed_request(signed(payload), [SECRET], ISSUED_AT) is None


@pytest.mark.parametrize(
    "value",
    [
        "",
        ".",
        "..",
        VECTOR.replace(".", ""),
        f"{VECTOR}.",
        f".{VECTOR.split('.')[1]}",
        VECTOR.swapcase(),
        VECTOR + "é",
        "\ud800.\ud800",
        VECTOR + "a" * 9_000,
    ],
)
def test_a_value_that_is_not_signed_is_refused(value: str) -> None:
    assert read_signed_request(value, [SECRET], ISSUED_AT) is None


@pytest.mark.parametrize("encoded", ["a", "é", "+/+/", "e30", "", "e30=e30", JUNK])
def test_a_signed_text_that_is_no_base64url_object_is_refused(encoded: str) -> None:
    signature = base64.urlsafe_b64encode(hmac.new(SECRET.encode(), encoded.encode(), hashlib.sha256).digest())
    value = f"{signature.rstrip(b'=').decode()}.{encoded}"
    assert read_signed_request(value, [SECRET], ISSUED_AT) is None


@settings(deadline=None)
@given(st.text())
def test_no_text_makes_it_raise(value: str) -> None:
    assert read_signed_request(value, [SECRET], ISSUED_AT) is None

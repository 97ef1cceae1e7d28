import hashlib
import hmac
import json

import pytest

from botapp.channels.messenger.signature import appsecret_proof, is_authentic, sign

SECRET = "test_app_secret"
BODY = (
    rb'{"object":"page","entry":[{"id":"1000","time":1790000000123,"messaging":[{"sender":{"id":"2000"},'
    rb'"recipient":{"id":"1000"},"timestamp":1790000000100,"message":{"mid":"m_abc",'
    rb'"text":"\u00e4\u00f6\u00e5 \ud83d\ude00 a\/b"}}]}]}'
)
DIGEST = "679c99cc314247744873d61a69bc81fdd284bc825881eaa3ab18c4c58d4240d8"
HEADER = f"sha256={DIGEST}"


def test_the_published_vector_is_authentic_and_is_what_we_sign() -> None:
    assert len(BODY) == 225
    assert is_authentic(BODY, HEADER, [SECRET])
    assert sign(BODY, SECRET) == HEADER


@pytest.mark.parametrize(
    ("digest", "ascii_only"),
    [
        ("95ef2af39abcc09bf8bd8ed7363d34a4f862e5875be911b2bd710044061628fd", False),
        ("a8c4af4fa2f5efe96e2f0b40c9ea36e2b513b1fe94b067de69bf30d29519ab2a", True),
    ],
)
def test_a_signature_of_the_body_written_again_is_refused(digest: str, ascii_only: bool) -> None:
    again = json.dumps(json.loads(BODY), ensure_ascii=ascii_only, separators=(",", ":")).encode()
    assert sign(again, SECRET) == f"sha256={digest}"
    assert not is_authentic(BODY, f"sha256={digest}", [SECRET])


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "sha256=",
        DIGEST,
        f"SHA256={DIGEST}",
        f"sha256={DIGEST.upper()}",
        f"sha256= {DIGEST}",
        f"{HEADER} ",
        f"{HEADER},{HEADER}",
        HEADER[:-1],
        f"{HEADER}0",
        f"sha1={DIGEST}",
        "sha1=dcc7d457fb798c212c4480c9649684a0e9d8e379",
        f"sha256={DIGEST[:-1]}é",
        "sha256=" + "\ud800" * 64,
        "\x00" * 71,
        "sha256=" + "٣" * 64,
    ],
)
def test_any_other_header_is_refused_without_an_error(header: str | None) -> None:
    assert not is_authentic(BODY, header, [SECRET])


def test_one_changed_byte_is_refused() -> None:
    assert not is_authentic(BODY + b"\n", HEADER, [SECRET])


def test_both_secrets_of_a_rotation_are_accepted_in_any_order() -> None:
    other = "the_other_app_secret"
    assert is_authentic(BODY, HEADER, [SECRET, other])
    assert is_authentic(BODY, HEADER, [other, SECRET])
    assert not is_authentic(BODY, HEADER, [other])


@pytest.mark.parametrize("secret", ["", " ", "short", "eleven_char"])
def test_an_empty_or_short_secret_authenticates_nothing_even_when_it_matches(secret: str) -> None:
    header = "sha256=" + hmac.new(secret.encode(), BODY, hashlib.sha256).hexdigest()
    assert not is_authentic(BODY, header, [secret])


def test_without_secrets_nothing_is_authentic() -> None:
    assert not is_authentic(BODY, HEADER, [])
    # One text where a list belongs is a list of one-letter secrets.
    assert not is_authentic(BODY, HEADER, SECRET)


def test_a_secret_that_is_no_text_is_no_error() -> None:
    assert not is_authentic(BODY, HEADER, ["\ud800" * 16])


def test_an_empty_body_can_be_signed() -> None:
    assert is_authentic(b"", sign(b"", SECRET), [SECRET])


def test_the_published_vector_of_the_proof_that_accompanies_a_token() -> None:
    proof = "d44b1d2cccc9b736fbf582ed56c2ad52561f6d4b7575a8ebd7d593ad2846f158"
    assert appsecret_proof("PAGE_TOKEN_X", SECRET) == proof

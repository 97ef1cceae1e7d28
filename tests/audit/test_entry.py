"""Leaves: one way to write an entry, and commitments that hide and bind."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botapp.audit.entry import Leaf, Opening, canonical, open_entry

LEAF = Leaf(1, 7, 3, "claimed", 1_795_329_190_123_456, details='{"cap":3,"rule":"after-a-while"}')
SECRET = bytes(range(32))
PRIVATE = {"evidence_key": "m:mid.7", "text": "Grüße, Alice"}


def test_an_entry_is_written_without_what_is_absent() -> None:
    assert LEAF.encode() == (
        b'{"account":1,"contact":7,"details":{"cap":3,"rule":"after-a-while"},"kind":"claimed",'
        b'"recorded_at":1795329190123456,"sequence":3}'
    )
    assert b"details" not in LEAF._replace(details="{}").encode()


_INSTANTS = st.none() | st.integers(0, 2**60)
_DETAILS = st.dictionaries(st.text(), st.text() | st.integers() | st.booleans())


@given(
    st.builds(
        Leaf,
        account_id=st.integers(0, 9),
        contact_id=st.integers(0, 2**40),
        sequence=st.integers(1, 2**40),
        kind=st.sampled_from(["sent", "skipped"]),
        recorded_at=st.integers(0, 2**60),
        occurred_at=_INSTANTS,
        subject_at=_INSTANTS,
        reason=st.none() | st.text(),
        details=_DETAILS.map(lambda details: canonical(details).decode()),
        commitment=st.none() | st.binary(min_size=32, max_size=32).map(bytes.hex),
    )
)
def test_what_is_written_is_what_an_encoder_would_write_and_holds_no_byte_that_separates_columns_or_lines(
    leaf: Leaf,
) -> None:
    written = leaf.encode()
    known = leaf._asdict() | {"details": json.loads(leaf.details) or None}
    names = {"account_id": "account", "contact_id": "contact"}
    expected = {str(names.get(name, name)): value for name, value in known.items() if value is not None}
    assert written == canonical(expected)
    assert not {b"\t", b"\n", b"\r"} & {written[i : i + 1] for i in range(len(written))}


def test_an_opening_shows_what_was_committed_to_and_nothing_else_fits() -> None:
    opening = open_entry(SECRET, 3, PRIVATE)
    assert Opening(opening.key, dict(reversed(PRIVATE.items()))).commitment == opening.commitment
    for other in (PRIVATE | {"text": "Grüße, Alicf"}, {"evidence_key": "m:mid.7"}, {}):
        assert Opening(opening.key, other).commitment != opening.commitment


def test_the_same_words_of_two_entries_or_two_people_look_different() -> None:
    commitments = {
        open_entry(secret, sequence, PRIVATE).commitment for secret in (SECRET, bytes(32)) for sequence in (3, 4)
    }
    assert len(commitments) == 4


def test_showing_one_entry_does_not_show_another() -> None:
    shown = open_entry(SECRET, 3, PRIVATE)
    assert open_entry(shown.key, 4, PRIVATE).commitment != open_entry(SECRET, 4, PRIVATE).commitment


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_what_json_does_not_know_is_refused(number: float) -> None:
    with pytest.raises(ValueError, match="JSON"):
        canonical({"x": number})

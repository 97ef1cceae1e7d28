"""Signed notes and checkpoints: against the vector of Go's sumdb/note package, and against forgers."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botapp.audit.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from botapp.audit.note import NoteError, PublicKey, SigningKey, open_note, sign
from botapp.audit.tree import leaf_hash

# The vector in the documentation of golang.org/x/mod/sumdb/note (BSD licence): key, seed and signature.
NEUMANN = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
NEUMANN_SEED = base64.b64decode("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")[1:]
NEUMANN_TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
NEUMANN_NOTE = (
    f"{NEUMANN_TEXT}\n— PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
OURS = SigningKey.of("botapp.example/log", bytes(range(32)))
NEXT = SigningKey.of("botapp.example/log", bytes(range(1, 33)))
CHECKPOINT = Checkpoint("botapp.example/log", 20852163, leaf_hash(b"root"))


def test_we_sign_as_go_does() -> None:
    key = SigningKey.of("PeterNeumann", NEUMANN_SEED)
    assert str(key.public) == NEUMANN
    assert sign(NEUMANN_TEXT, [key]) == NEUMANN_NOTE


def test_we_open_what_go_has_signed() -> None:
    text, signers = open_note(NEUMANN_NOTE, [PublicKey.parse(NEUMANN)])
    assert text == NEUMANN_TEXT
    assert [key.name for key in signers] == ["PeterNeumann"]


def test_any_byte_of_a_signed_checkpoint_that_is_changed_is_noticed() -> None:
    note = sign_checkpoint(CHECKPOINT, [OURS]).encode()
    assert open_checkpoint(note.decode(), CHECKPOINT.origin, [OURS.public]) == CHECKPOINT
    for place in range(len(note)):
        for bit in range(8):
            changed = bytearray(note)
            changed[place] ^= 1 << bit
            with pytest.raises((NoteError, UnicodeDecodeError)):
                open_checkpoint(bytes(changed).decode(), CHECKPOINT.origin, [OURS.public])


def test_while_keys_are_rotated_either_is_enough() -> None:
    note = sign_checkpoint(CHECKPOINT, [OURS, NEXT])
    for trusted in ([OURS.public], [NEXT.public], [OURS.public, NEXT.public]):
        assert open_checkpoint(note, CHECKPOINT.origin, trusted) == CHECKPOINT
    assert len(open_note(note, [OURS.public, NEXT.public])[1]) == 2


def test_a_wrong_signature_of_a_trusted_key_is_not_made_good_by_a_right_one() -> None:
    other = sign_checkpoint(Checkpoint(CHECKPOINT.origin, 1, leaf_hash(b"other")), [NEXT])
    mixed = sign_checkpoint(CHECKPOINT, [OURS]) + other.rpartition("\n\n")[2]
    with pytest.raises(NoteError, match="wrong"):
        open_checkpoint(mixed, CHECKPOINT.origin, [OURS.public, NEXT.public])


def test_a_checkpoint_of_a_stranger_or_of_another_log_is_none() -> None:
    note = sign_checkpoint(CHECKPOINT, [OURS])
    with pytest.raises(NoteError, match="none of the trusted"):
        open_checkpoint(note, CHECKPOINT.origin, [NEXT.public])
    with pytest.raises(NoteError, match="not of"):
        open_checkpoint(note, "another.example/log", [OURS.public])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "log\n1\n",
        "log\n01\n{root}\n",
        "log\n-1\n{root}\n",
        "\n1\n{root}\n",
        "log\n1\n{root}\nmore\n",
        "log\n1\nAAAA\n",
        "log\n1\n{root}",
        "log\n1\n{root} \n",
        "log\n" + "9" * 30 + "\n{root}\n",
    ],
)
def test_what_is_not_exactly_a_checkpoint_is_refused(text: str) -> None:
    root = base64.b64encode(leaf_hash(b"")).decode()
    with pytest.raises(NoteError):
        Checkpoint.parse(text.format(root=root))


@pytest.mark.parametrize(
    "written",
    [
        "",
        "PeterNeumann",
        NEUMANN.replace("c74f20a3", "c74f20a4"),
        NEUMANN.replace("Peter", "Piotr"),
        NEUMANN.replace("ARpc", "BRpc"),
        NEUMANN[:-4],
        NEUMANN.replace("PeterNeumann", "Peter Neumann"),
    ],
)
def test_a_key_that_is_not_whole_is_refused(written: str) -> None:
    with pytest.raises(NoteError):
        PublicKey.parse(written)


@given(st.text(max_size=200))
def test_rubbish_is_no_note(rubbish: str) -> None:
    with pytest.raises(NoteError):
        open_note(rubbish, [OURS.public])


@pytest.mark.parametrize("text", ["no newline", "a tab\t\n", "", "a null\0\n"])
def test_what_a_note_cannot_hold_is_not_signed(text: str) -> None:
    with pytest.raises(NoteError):
        sign(text, [OURS])


@pytest.mark.parametrize("name", ["", "two words", "plus+sign", "line\nbreak"])
def test_a_name_that_a_note_cannot_carry_names_no_key(name: str) -> None:
    with pytest.raises(NoteError):
        SigningKey.of(name, bytes(32))


def test_a_key_does_not_show_its_secret() -> None:
    assert repr(OURS) == str(OURS) == "SigningKey(botapp.example/log)"

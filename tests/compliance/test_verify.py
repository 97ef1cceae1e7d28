"""The program inside a bundle: it runs alone, finds every change, and names the entry that breaks a promise."""

import ast
import dataclasses
import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from botapp.audit import verify as verifier
from botapp.audit.tree import Frontier
from tests.compliance.conftest import HOUR, KEY, NOON, SECOND, STRANGER, TERMS, Log, Verified

Run = Callable[..., Verified]
_CHECKOUT = Path(__file__).resolve().parents[2]


def test_a_log_in_which_all_is_well_holds_on_a_bare_python(log: Log, tmp_path: Path, verified: Run) -> None:
    log.add_send(wrote_at=NOON, at=NOON + 20 * HOUR)
    code, found = verified(log.write(tmp_path / "bundle", checkpoints_at=[1, 3]), "--key", str(KEY.public))
    assert (code, found["broken"]) == (0, [])
    assert found["entries"] == {"terms": 1, "interaction": 1, "claimed": 1, "sent": 1}
    assert any("all 3 checkpoints" in said for said in found["holds"])


def test_the_release_file_alone_verifies_a_bundle_on_a_bare_python(log: Log, tmp_path: Path) -> None:
    log.add_send(wrote_at=NOON, at=NOON + 20 * HOUR)
    bundle, released = log.write(tmp_path / "bundle"), tmp_path / "released"
    assert _run([shutil.which("make") or "make", "-s", "release", f"DIST={released}"], _CHECKOUT) == 0
    source = (released / "verify.py").read_bytes()
    assert (released / "verify.py.sha256").read_text().split() == [hashlib.sha256(source).hexdigest(), "verify.py"]
    ast.parse(source, feature_version=(3, 10))  # the oldest Python that it is promised for
    verify = [sys.executable, "-I", "-S", str(released / "verify.py"), str(bundle), "--key", str(KEY.public)]
    assert _run(verify, tmp_path) == 0
    (bundle / "entries.tsv").write_bytes((bundle / "entries.tsv").read_bytes().replace(b"sent", b"send", 1))
    assert _run(verify, tmp_path) == 1


def _run(command: Sequence[str], folder: Path) -> int:
    return subprocess.run(command, cwd=folder, check=False, capture_output=True).returncode  # noqa: S603  our own files


def test_the_key_of_somebody_else_vouches_for_nothing(log: Log, tmp_path: Path, verified: Run) -> None:
    bundle = log.write(tmp_path / "bundle", key=STRANGER)
    code, found = verified(bundle, "--key", str(KEY.public))
    assert (code, found["broken"]) == (1, ["a text is not signed by the log's key"])


def test_any_flipped_byte_of_any_file_is_found(log: Log, tmp_path: Path) -> None:
    log.add_send(wrote_at=NOON, at=NOON + 20 * HOUR)
    bundle = log.write(tmp_path / "bundle", checkpoints_at=[2])
    signed = verifier.open_bundle(bundle, str(KEY.public))
    for path in sorted(bundle.iterdir()):
        content = path.read_bytes()
        for place in range(0, len(content), 1 if len(content) < 2000 else 97):
            path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
            assert not holds(bundle, None if path.name == "MANIFEST" else signed), f"{path.name}, byte {place}"
        path.write_bytes(content)
    assert holds(bundle, None)


def holds(bundle: Path, signed: verifier.Bundle | None) -> bool:
    """In this process, and only what concerns the bytes: that is quick enough for thousands of changes."""
    try:
        verifier.check_files(signed or verifier.open_bundle(bundle, str(KEY.public)))
    except (verifier.BrokenError, verifier.NotABundleError, ValueError, KeyError):
        return False
    return True


def test_a_file_more_or_less_is_found(log: Log, tmp_path: Path, verified: Run) -> None:
    bundle = log.write(tmp_path / "bundle")
    (bundle / "more.txt").write_text("hello")
    assert verified(bundle)[0] == 1
    (bundle / "more.txt").unlink()
    (bundle / "README.txt").unlink()
    code, found = verified(bundle)
    assert (code, found["broken"]) == (1, ["README.txt is missing"])


def test_what_is_no_bundle_is_an_error_of_use(tmp_path: Path) -> None:
    assert verifier.main([str(tmp_path / "nowhere")]) == 2


def test_an_operator_who_signs_another_history_is_found_by_who_kept_a_checkpoint(
    log: Log, tmp_path: Path, verified: Run
) -> None:
    kept = log.write(tmp_path / "kept", checkpoints_at=[2]) / "checkpoints.ndjson"
    log.leaves[1] = log.leaves[0].__class__(1, 7, 1, "interaction", NOON - HOUR, NOON - HOUR)
    log.openings.clear()
    rewritten = log.write(tmp_path / "rewritten", checkpoints_at=[2])
    assert verified(rewritten)[0] == 0, "by itself the new history looks whole"
    shutil.copy(kept, rewritten)
    opened = verifier.open_bundle(rewritten, None)
    with pytest.raises(verifier.BrokenError, match="first 2 entries are not those that the log signed"):
        verifier.check_log(opened)


def broken(log: Log, tmp_path: Path, verified: Run) -> str:
    code, found = verified(log.write(tmp_path / "bundle"))
    assert code == 1
    [fault] = found["broken"]
    return str(fault)


def test_a_message_outside_the_window_is_named(log: Log, tmp_path: Path, verified: Run) -> None:
    log.add_send(wrote_at=NOON, at=NOON + 24 * HOUR - 300 * SECOND)
    assert "promise 3, in time" in broken(log, tmp_path, verified)


def test_a_message_in_the_last_legal_microsecond_is_in_time(log: Log, tmp_path: Path, verified: Run) -> None:
    log.add_send(wrote_at=NOON, at=NOON + 24 * HOUR - 300 * SECOND - 1)
    assert verified(log.write(tmp_path / "bundle"))[0] == 0


def test_a_second_message_in_a_silence_is_named(log: Log, tmp_path: Path, verified: Run) -> None:
    log.add_send(wrote_at=NOON, at=NOON + HOUR)
    log.add_send(wrote_at=NOON, at=NOON + 2 * HOUR)
    assert "promise 2, once" in broken(log, tmp_path, verified)


def test_two_messages_within_a_day_are_named(log: Log, tmp_path: Path, verified: Run) -> None:
    log.add_send(wrote_at=NOON, at=NOON + 4 * HOUR)
    log.add("interaction", at=NOON + 10 * HOUR)
    log.add_send(wrote_at=NOON + 10 * HOUR, at=NOON + 27 * HOUR)
    assert "earlier: entry 5, claimed of contact 7" in broken(log, tmp_path, verified)


def add_days(log: Log, days: int, *, answered: bool) -> None:
    """Each day the customer writes, falls silent, is written to, and answers or not."""
    for day in range(days):
        wrote_at = NOON + day * 26 * HOUR
        log.add("interaction", at=wrote_at)
        log.add_send(wrote_at=wrote_at, at=wrote_at + HOUR)
        if answered:
            log.add("interaction", at=wrote_at + 2 * HOUR)


def test_more_than_the_cap_in_a_week_is_named(log: Log, tmp_path: Path, verified: Run) -> None:
    add_days(log, 3, answered=True)
    assert verified(log.write(tmp_path / "three"))[0] == 0
    log.add("interaction", at=NOON + 78 * HOUR)
    log.add_send(wrote_at=NOON + 78 * HOUR, at=NOON + 79 * HOUR)
    assert "more than 3 within" in broken(log, tmp_path, verified)


def test_a_third_message_after_two_that_were_ignored_is_named(log: Log, tmp_path: Path, verified: Run) -> None:
    add_days(log, 2, answered=False)
    assert verified(log.write(tmp_path / "two"))[0] == 0
    log.add("interaction", at=NOON + 60 * HOUR)
    log.add_send(wrote_at=NOON + 60 * HOUR, at=NOON + 61 * HOUR)
    assert "the last 2 had been ignored" in broken(log, tmp_path, verified)


def test_who_asks_for_more_has_ignored_nothing(log: Log, tmp_path: Path, verified: Run) -> None:
    add_days(log, 2, answered=False)
    log.add("interaction", at=NOON + 60 * HOUR)
    log.add("suppression_lifted", at=NOON + 60 * HOUR, details={"scope": "stop"})
    log.add_send(wrote_at=NOON + 60 * HOUR, at=NOON + 61 * HOUR)
    assert verified(log.write(tmp_path / "bundle"))[0] == 0


def test_a_message_to_someone_who_never_wrote_is_named(log: Log, tmp_path: Path, verified: Run) -> None:
    log.add_send(8, wrote_at=NOON, at=NOON + HOUR)
    assert "promise 1, only when spoken to" in broken(log, tmp_path, verified)


@pytest.mark.parametrize("scope", ["stop", "mute", "notices", "complaint"])
def test_a_message_after_a_no_is_named(log: Log, tmp_path: Path, verified: Run, scope: str) -> None:
    log.add("suppression_set", at=NOON + SECOND, details={"scope": scope})
    log.add("interaction", at=NOON + HOUR)
    log.add_send(wrote_at=NOON + HOUR, at=NOON + 4 * HOUR)
    assert f"there was a {scope} in force" in broken(log, tmp_path, verified)


@pytest.mark.parametrize(
    ("kind", "said"),
    [("converted", "had done already what it would have been about"), ("answered", "somebody else had answered")],
)
def test_a_message_that_was_void_is_named(log: Log, tmp_path: Path, verified: Run, kind: str, said: str) -> None:
    log.add(kind, at=NOON + HOUR)
    log.add_send(wrote_at=NOON, at=NOON + 4 * HOUR)
    assert said in broken(log, tmp_path, verified)


@pytest.mark.parametrize(
    ("kind", "choice"), [("converted", {"conversion_voids": "nothing"}), ("answered", {"answer_voids": "nothing"})]
)
def test_where_it_counts_for_nothing_it_voids_nothing(
    log: Log, tmp_path: Path, verified: Run, kind: str, choice: dict[str, str]
) -> None:
    log.add("terms", 0, details=TERMS | choice)
    log.add(kind, at=NOON + HOUR)
    log.add_send(wrote_at=NOON, at=NOON + 4 * HOUR)
    assert verified(log.write(tmp_path / "bundle"))[0] == 0


def test_what_was_bought_counts_for_its_conversation_or_only_for_its_silence(
    log: Log, tmp_path: Path, verified: Run
) -> None:
    log.add("converted", at=NOON + HOUR)
    log.add("interaction", at=NOON + 2 * HOUR)
    log.add("terms", 0, details=TERMS | {"conversion_voids": "silence"})
    log.add_send(wrote_at=NOON + 2 * HOUR, at=NOON + 4 * HOUR)
    assert verified(log.write(tmp_path / "by silence"))[0] == 0
    log.leaves[-3:] = []
    log.sequences.update({0: 1, 7: 3})
    log.add_send(wrote_at=NOON + 2 * HOUR, at=NOON + 4 * HOUR)
    assert "had done already" in broken(log, tmp_path, verified)


def test_a_no_wins_over_a_yes_of_the_same_instant(log: Log, tmp_path: Path, verified: Run) -> None:
    log.add("suppression_set", at=NOON + SECOND, details={"scope": "stop"})
    log.add("suppression_lifted", at=NOON + SECOND, details={"scope": "stop"})
    log.add_send(wrote_at=NOON, at=NOON + 4 * HOUR)
    assert "promise 4, never after no" in broken(log, tmp_path, verified)


def test_after_a_start_or_the_end_of_a_mute_a_message_may_be_sent(log: Log, tmp_path: Path, verified: Run) -> None:
    log.add("suppression_set", at=NOON + SECOND, details={"scope": "stop"})
    log.add("suppression_lifted", at=NOON + 2 * SECOND, details={"scope": "stop"})
    log.add("suppression_set", at=NOON + SECOND, details={"scope": "mute", "until": NOON + HOUR})
    log.add_send(wrote_at=NOON, at=NOON + HOUR)
    assert verified(log.write(tmp_path / "bundle"))[0] == 0


def test_where_a_yes_is_needed_its_absence_is_named(log: Log, tmp_path: Path, verified: Run) -> None:
    log.add("terms", 0, details=TERMS | {"basis": "explicit"})
    log.add_send(wrote_at=NOON, at=NOON + HOUR)
    assert "there was no consent" in broken(log, tmp_path, verified)


def test_what_was_certainly_not_delivered_does_not_count(log: Log, tmp_path: Path, verified: Run) -> None:
    log.add("claimed", at=NOON + HOUR, subject_at=NOON)
    log.add("released", at=NOON + HOUR + SECOND, subject_at=NOON)
    log.add_send(wrote_at=NOON, at=NOON + 2 * HOUR)
    assert verified(log.write(tmp_path / "bundle"))[0] == 0


def test_an_entry_left_out_is_found_even_if_the_log_signs_for_the_rest(log: Log, tmp_path: Path, verified: Run) -> None:
    log.add("suppression_set", at=NOON + SECOND, details={"scope": "stop"})
    log.add("interaction", at=NOON + HOUR)
    del log.leaves[2]
    assert "has number 3 after 1" in broken(log, tmp_path, verified)


def test_an_opening_that_shows_something_else_is_found(log: Log, tmp_path: Path, verified: Run) -> None:
    other = log.openings[1]
    log.openings[1] = other.__class__(other.key, {"evidence_key": "m:mid.2"})
    assert "not what was committed to" in broken(log, tmp_path, verified)


@settings(deadline=None)  # the machine may be busy
@given(seed=st.binary(min_size=32, max_size=32), text=st.binary(max_size=80), data=st.data())
def test_its_own_ed25519_agrees_with_the_library(seed: bytes, text: bytes, data: st.DataObject) -> None:
    key = Ed25519PrivateKey.from_private_bytes(seed)
    public, signature = key.public_key().public_bytes_raw(), key.sign(text)
    assert verifier.is_signed(public, text, signature)
    place = data.draw(st.integers(0, 63))
    changed = signature[:place] + bytes([signature[place] ^ 1 << data.draw(st.integers(0, 7))]) + signature[place + 1 :]
    assert not verifier.is_signed(public, text, changed)
    assert not verifier.is_signed(public, text + b"!", signature)


def test_a_signature_whose_scalar_is_not_reduced_is_none() -> None:
    key = Ed25519PrivateKey.from_private_bytes(bytes(32))
    public, signature = key.public_key().public_bytes_raw(), key.sign(b"")
    scalar = int.from_bytes(signature[32:], "little") + verifier.ORDER
    assert not verifier.is_signed(public, b"", signature[:32] + scalar.to_bytes(32, "little"))


def test_a_whole_log_without_the_terms_of_a_message_does_not_hold(log: Log, tmp_path: Path, verified: Run) -> None:
    del log.leaves[0]  # the page's terms
    log.openings = {0: log.openings[1]}
    log.add_send(wrote_at=NOON, at=NOON + 4 * HOUR)
    assert "begun under terms that are not in the log" in broken(log, tmp_path, verified)


def test_a_message_is_judged_by_the_terms_that_its_claim_names(log: Log, tmp_path: Path, verified: Run) -> None:
    log.add("terms", 0, details=TERMS | {"send_allowance": 3 * HOUR})  # another process's, and the last ones recorded
    log.add_send(wrote_at=NOON, at=NOON + 22 * HOUR, terms=1)
    assert verified(log.write(tmp_path / "as the first have it"))[0] == 0
    log.add("interaction", at=NOON + 60 * HOUR)
    log.add_send(wrote_at=NOON + 60 * HOUR, at=NOON + 82 * HOUR, terms=2)
    assert "promise 3, in time" in broken(log, tmp_path, verified)


def test_a_claim_that_names_terms_which_are_not_there_escapes_no_judgement(
    log: Log, tmp_path: Path, verified: Run
) -> None:
    log.add_send(wrote_at=NOON, at=NOON + 40 * HOUR, terms=7)
    assert "begun under terms that are not in the log" in broken(log, tmp_path, verified)


def test_what_cannot_be_judged_in_a_part_of_a_log_is_not_said_to_have_been() -> None:
    part = verifier.Replay(is_whole_log=False)
    entry = {"kind": "claimed", "account": 1, "contact": 7, "sequence": 3, "recorded_at": NOON, "occurred_at": NOON}
    part.take({**entry, "details": {"terms": 9}})
    assert part.figures.not_judged == 1


def test_kinds_that_it_does_not_know_are_counted_and_pass(log: Log, tmp_path: Path, verified: Run) -> None:
    log.add("something_new", details={"with": ["what", 1]})
    log.add("another_new", 0)
    code, found = verified(log.write(tmp_path / "bundle"))
    assert (code, found["entries"]["something_new"]) == (0, 1)


def test_any_flipped_byte_of_the_entries_is_found_without_the_manifest_too(log: Log, tmp_path: Path) -> None:
    log.add_send(wrote_at=NOON, at=NOON + 20 * HOUR)
    bundle = log.write(tmp_path / "bundle", checkpoints_at=[2])
    opened, entries = verifier.open_bundle(bundle, None), bundle / "entries.tsv"
    content = entries.read_bytes()
    for place in range(len(content)):
        entries.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        assert not stands(opened), f"byte {place}"
    entries.write_bytes(content)
    assert stands(opened)


def stands(bundle: verifier.Bundle) -> bool:
    """In this process: what concerns the entries."""
    try:
        verifier.check_log(bundle)
        verifier.check_entries([verifier.replay_share(bundle, 0, 1)])
    except (verifier.BrokenError, ValueError, KeyError, TypeError):
        return False
    return True


@pytest.mark.parametrize("processes", [2, 3, 7, 40])
def test_several_processes_come_to_what_one_comes_to(log: Log, tmp_path: Path, processes: int) -> None:
    for contact in range(1, 12):
        for day in range(2):
            log.add("interaction", contact, at=NOON + day * 30 * HOUR)
            log.add_send(contact, wrote_at=NOON + day * 30 * HOUR, at=NOON + (4 + day * 30) * HOUR, terms=1)
    opened = verifier.open_bundle(log.write(tmp_path / "bundle", checkpoints_at=[1, 17, 18, 40]), None)
    sizes = frozenset({1, 17, 18, 40, len(log.leaves)})
    hashed = [verifier.hash_part(part, sizes) for part in verifier.split(opened, processes)]
    checkpoints = verifier.load_checkpoints(opened)
    assert verifier.check_tree(opened, checkpoints, hashed) == len(log.leaves)
    shares = [verifier.replay_share(opened, share, processes) for share in range(processes)]
    said, figures = verifier.check_entries(shares)
    assert (said, figures) == verifier.check_entries([verifier.replay_share(opened, 0, 1)])
    assert (figures.counts["claimed"], figures.not_judged) == (22, 0)
    with pytest.raises(verifier.BrokenError, match="is missing"):
        verifier.check_tree(opened, checkpoints, [part for part in hashed if part][1:])


@pytest.mark.parametrize(("subject", "holds"), [("1 7", True), ("1 8", False), ("2 7", False)])
def test_the_bundle_of_one_contact_has_nothing_of_others(
    log: Log, tmp_path: Path, subject: str, *, holds: bool
) -> None:
    opened = verifier.open_bundle(log.write(tmp_path / "bundle"), None)
    told = verifier.replay_share(dataclasses.replace(opened, scope="contact", subject=subject), 0, 1)
    assert (told.fault is None) == holds


@pytest.mark.parametrize("processes", [1, 2, 5])
def test_of_several_faults_the_first_in_the_log_is_named(log: Log, tmp_path: Path, processes: int) -> None:
    for contact in (9, 8, 7):
        log.add("interaction", contact, at=NOON + HOUR)
        log.add_send(contact, wrote_at=NOON + HOUR, at=NOON + 48 * HOUR)
    opened = verifier.open_bundle(log.write(tmp_path / "bundle"), None)
    with pytest.raises(verifier.BrokenError, match="entry 3, claimed of contact 9 of page 1"):
        verifier.check_entries(verifier.replay_share(opened, share, processes) for share in range(processes))


def test_an_entry_that_names_two_contacts_is_refused(log: Log, tmp_path: Path) -> None:
    bundle = log.write(tmp_path / "bundle")
    entries = bundle / "entries.tsv"
    entries.write_bytes(entries.read_bytes().replace(b'"contact":7,', b'"contact":7,"contact":8,'))
    opened = verifier.open_bundle(bundle, None)
    with pytest.raises(verifier.BrokenError, match="not written as entries are"):
        verifier.check_entries([verifier.replay_share(opened, 0, 1)])


def test_what_stands_where_nothing_belongs_is_refused(log: Log, tmp_path: Path) -> None:
    bundle = log.write(tmp_path / "bundle")
    entries = bundle / "entries.tsv"
    entries.write_bytes(entries.read_bytes().replace(b"\t\n", b"\tAAAA\n"))
    with pytest.raises(verifier.BrokenError, match="has a path"):
        verifier.check_log(verifier.open_bundle(bundle, None))


@pytest.mark.parametrize("size", [0, 1, 2, 3, 5, 8, 13, 100])
@pytest.mark.parametrize("cut", [0, 1, 3, 4, 7, 50])
def test_two_runs_of_leaves_make_the_tree_over_both(size: int, cut: int) -> None:
    hashes = [verifier.hash_leaf(bytes([number])) for number in range(size)]
    whole, first, second = verifier.Subtrees(), verifier.Subtrees(), verifier.Subtrees(min(cut, size))
    for number, hashed in enumerate(hashes):
        whole.append(0, hashed)
        (first if number < cut else second).append(0, hashed)
    for level, hashed in second.nodes:
        first.append(level, hashed)
    assert (first, first.root()) == (whole, whole.root())
    oracle = Frontier()
    for hashed in hashes:
        oracle.append(hashed)
    assert whole.root() == oracle.root()

"""`botapp audit`: what compliance staff type, and what a sceptic gets."""

import subprocess
import sys
from pathlib import Path

from botapp.audit.note import PublicKey
from tests.cli.conftest import Botapp


def test_a_bundle_is_written_verified_here_and_verified_alone(shop: Botapp, tmp_path: Path) -> None:
    folder = tmp_path / "bundle"
    key = shop("audit", "keys").out.strip()
    written = shop("audit", "export", "--out", str(folder))
    assert written.code == 0, written.err
    assert f"python3 {folder}/verify.py" in written.out
    here = shop("audit", "verify", str(folder), "--key", key)
    alone = subprocess.run(  # noqa: S603  the program that we have just written
        [sys.executable, "-I", "-S", str(folder / "verify.py"), "--key", key],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (here.code, alone.returncode) == (0, 0)
    assert "Everything holds." in alone.stdout
    assert here.out == alone.stdout


def test_a_bundle_that_was_touched_does_not_hold(shop: Botapp, tmp_path: Path) -> None:
    folder = tmp_path / "bundle"
    shop("audit", "export", "--out", str(folder))
    entries = folder / "entries.tsv"
    entries.write_bytes(entries.read_bytes().replace(b"account_added", b"account_addeD"))
    done = shop("audit", "verify", str(folder))
    assert done.code == 1
    assert "NOT everything holds." in done.out


def test_a_checkpoint_is_printed_or_kept_by_its_size(shop: Botapp, tmp_path: Path) -> None:
    printed = shop("audit", "checkpoint")
    assert printed.code == 0, printed.err
    assert printed.out.splitlines()[:2] == ["botapp.local/log", "1"]
    kept = shop("audit", "checkpoint", "--to", str(tmp_path / "elsewhere"))
    assert Path(kept.out.strip()).read_text() == printed.out


def test_keys_are_rotated_with_an_overlap(shop: Botapp) -> None:
    [old] = shop("audit", "keys").out.split()
    both = shop("audit", "keys", "--rotate").out.split()
    assert both[1:] == [old]
    assert shop("audit", "keys", "--retire").out.split() == both
    assert {PublicKey.parse(key).name for key in both} == {"botapp.local/log"}


def test_what_cannot_be_done_is_said_in_a_line(shop: Botapp, botapp: Botapp, tmp_path: Path) -> None:
    stranger = shop("audit", "export", "--contact", "1000/nobody", "--out", str(tmp_path / "person"))
    assert (stranger.code, stranger.out) == (2, "")
    assert "nobody is known as 'nobody'" in stranger.err
    assert shop("audit", "export", "--out", str(tmp_path)).code == 2
    assert shop("audit", "export", "--out", str(tmp_path / "x"), "--contact", "1/2", "--from", "2026-11-22").code == 2
    assert botapp("audit", "verify", str(tmp_path)).code == 2
    (tmp_path / "rubbish").write_bytes(b"\xff\xfe")
    kept = shop("audit", "check", "--checkpoint", str(tmp_path / "rubbish"))
    assert (kept.code, "not a signed note" in kept.out) == (1, True)

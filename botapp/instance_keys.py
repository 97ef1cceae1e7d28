"""Secrets that an installation makes for itself: files in its var directory that only its owner may read."""

import hmac
import os
import secrets
from pathlib import Path

from botapp.channels.vault import new_key


def installation_key(var_dir: Path) -> str:
    """The key that encrypts page tokens, made at first use."""
    return _kept(var_dir / "secret.key", new_key())


def derived_key(key: str, purpose: str) -> bytes:
    """A key for one purpose, made of the installation's: it tells nothing of that, nor of those for other purposes."""
    return hmac.new(key.encode(), f"botapp {purpose}".encode(), "sha256").digest()


def sandbox_secret(var_dir: Path, name: str) -> str:
    """A secret shared by botapp and its own sandbox, where none is set."""
    return _kept(var_dir / f"sandbox-{name}.secret", secrets.token_urlsafe(32))


def _kept(path: Path, fresh: str) -> str:
    """The content of a file; written if it is missing, by one of any number of processes at once."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    if not path.exists():
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(fresh)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)  # fails, other than a rename, if another process was quicker
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    if path.stat().st_mode & 0o077:
        raise PermissionError(f"{path} can be read by others; run: chmod 600 {path}")
    return path.read_text().strip()

"""What a setting's value may be: each check returns the value or raises ValueError with the remedy, and no secret."""

import os
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

_SHORTEST_SECRET_BYTES = 16


def check_secret(value: str) -> str:
    """An app secret, without blanks around it: nobody can guess it."""
    return _long_enough(value, "copy the whole of it from the app's dashboard")


def check_verify_token(value: str) -> str:
    """The token of the webhook handshake, without blanks around it."""
    return _long_enough(value, "take a longer random text, and enter the same in the app's dashboard")


def _long_enough(value: str, remedy: str) -> str:
    secret = value.strip()
    try:
        size = len(secret.encode())
    except UnicodeEncodeError:
        raise ValueError(f"holds bytes that are no text; {remedy}") from None
    if size < _SHORTEST_SECRET_BYTES:
        raise ValueError(f"has under {_SHORTEST_SECRET_BYTES} bytes; {remedy}")
    return secret


def check_database_address(value: str) -> str:
    """PostgreSQL or SQLite."""
    remedy = "write postgresql://user:password@host:5432/name, or sqlite:////path/to/file"
    try:
        url = make_url(value)
    except (ArgumentError, ValueError):
        raise ValueError(f"is not a database address; {remedy}") from None
    if url.get_backend_name() not in ("postgresql", "sqlite"):
        raise ValueError(f"names neither PostgreSQL nor SQLite; {remedy}")
    if url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:"):
        raise ValueError(f"names no file, so every process would forget on its own; {remedy}")
    return value


def check_redis_address(value: str) -> str:
    """Redis or Valkey, by TCP or by a socket."""
    remedy = "write redis://:password@host:6379/0, rediss://…, or unix:///path/to/socket"
    try:
        parts = urlsplit(value)
        usable = bool(parts.path) if parts.scheme == "unix" else bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
        parts = urlsplit("")
    if not usable or parts.scheme not in ("redis", "rediss", "unix"):
        raise ValueError(f"is not the address of a Redis; {remedy}")
    return value


def check_checkpoint_url(value: str) -> str:
    """Where a checkpoint may be sent: https, or a server of this host."""
    remedy = "write it like https://auditor.example/checkpoints"
    try:
        parts = urlsplit(value)
        host, usable = parts.hostname or "", parts.port != 0
    except ValueError:
        host, usable = "", False
    is_local = host in ("localhost", "::1") or host.startswith("127.")
    if not usable or not host or "@" in parts.netloc or parts.fragment or set(value) & set(" \t\r\n"):
        raise ValueError(f"is not an address to send checkpoints to; {remedy}")
    if parts.scheme != "https" and not (parts.scheme == "http" and is_local):
        raise ValueError(f"is not https; {remedy}")
    return value


def check_origin(value: str) -> str:
    """The name the log signs itself with: one word, because it stands on lines of signed notes (C2SP signed-note)."""
    if not value or "+" in value or value.split() != [value]:
        raise ValueError("holds a blank or a plus sign; write a name like bot.example.com/log")
    return value


def read_steps(value: object) -> object:
    """Numbers as the environment writes them, "50, 250, 1000" with or without brackets; anything else as it is."""
    return value.strip("[] ").replace(",", " ").split() if isinstance(value, str) else value


def check_encoder(value: Path) -> Path:
    """A folder that may hold a sentence encoder; whether it can be read is seen when it is."""
    if not value.is_dir():
        raise ValueError("is no folder; name the one that holds the encoder's tokenizer.json and model.onnx")
    return value.resolve()


def check_key(value: str) -> str:
    """A Fernet key."""
    try:
        Fernet(value.encode())
    except ValueError:
        raise ValueError("is not a key; make one with: openssl rand -base64 32 | tr '+/' '-_'") from None
    return value


def check_directory(value: Path) -> Path:
    """A directory that is there and can be written, or can be made."""
    place = value.absolute()
    while not place.exists() and place != place.parent:
        place = place.parent
    if not place.is_dir():
        raise ValueError(f"{place} is not a directory; name one that is, or one that can be made")
    if not os.access(place, os.W_OK | os.X_OK):
        raise ValueError(f"the directory {place} cannot be written; name another, or change its owner")
    return value


def without_password(shown: str) -> str:
    """The text, with what stands before the host of an address left out."""
    scheme, separator, rest = shown.partition("://")
    authority, at, path = rest.rpartition("@")
    return f"{scheme}{separator}(secret){at}{path}" if separator and authority else shown

"""Passwords, kept as Argon2id."""

import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

SHORTEST = 12
LONGEST = 200
_MEMORY_KIB = 19 << 10  # with two rounds and one lane: OWASP's least, so that a web process stays under its 120 MB
_ROUNDS = 2
_AT_ONCE = 2
_PATIENCE_SECONDS = 0.5


class BusyError(Exception):
    """More passwords are being checked than this process has time for."""


def problem_with(password: str, name: str) -> str | None:
    """Why this cannot be the password of that member; None if it can. Length counts, signs and capitals do not."""
    known = _normal(password)
    if not SHORTEST <= len(known) <= LONGEST:
        return f"Please take {SHORTEST} to {LONGEST} characters; a few words make a good password."
    if name.partition("@")[0] in known.lower() or len(set(known)) < SHORTEST // 2:
        return "That one is easy to guess. Please take another."
    return None


class Passwords:
    """Hashes and checks; at most two at once in a process.

    Who would have to wait for long is sent away with BusyError: a flood of log-ins must not hold the threads that
    webhooks need.
    """

    def __init__(self) -> None:
        self._hasher = PasswordHasher(time_cost=_ROUNDS, memory_cost=_MEMORY_KIB, parallelism=1)
        self._turns = BoundedSemaphore(_AT_ONCE)

    def hash(self, password: str) -> str:
        with self._turn():
            return self._hasher.hash(_normal(password))

    def matches(self, password_hash: str | None, password: str) -> bool:
        """Whether it is the one. Without a hash it takes as long, and is not."""
        with self._turn():
            try:
                self._hasher.verify(password_hash or self._nobodys, _normal(password[: LONGEST + 1]))
            except (Argon2Error, InvalidHashError):
                return False
        return password_hash is not None

    def is_outdated(self, password_hash: str) -> bool:
        """Whether it was made with other costs than today's."""
        return self._hasher.check_needs_rehash(password_hash)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._turns.acquire(timeout=_PATIENCE_SECONDS):
            raise BusyError
        try:
            yield
        finally:
            self._turns.release()

    @cached_property
    def _nobodys(self) -> str:
        return self._hasher.hash("the password of nobody")


def _normal(password: str) -> str:
    """The same characters are the same password, however a keyboard composes them (NIST SP 800-63B, 3.1.1.2)."""
    return unicodedata.normalize("NFKC", password)

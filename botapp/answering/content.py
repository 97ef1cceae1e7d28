"""A page's entries as they are stored."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict

from botapp.understanding.faq.entry import FaqEntry


def to_content(entries: Sequence[FaqEntry]) -> str:
    """Canonical JSON: the same entries in the same order are the same text."""
    return json.dumps([asdict(entry) for entry in entries], sort_keys=True, ensure_ascii=False)


def from_content(content: str) -> tuple[FaqEntry, ...]:
    """The entries again."""
    return tuple(FaqEntry(**{**fields, "phrasings": tuple(fields["phrasings"])}) for fields in json.loads(content))


def hash_of(content: str | bytes) -> str:
    """SHA-256, as it stands on the log."""
    return hashlib.sha256(content.encode() if isinstance(content, str) else content).hexdigest()

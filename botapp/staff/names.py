"""The names that staff log in with."""

import re

_NAME = re.compile(r"[a-z0-9][a-z0-9._+@-]{1,99}\Z", re.ASCII)


def read_name(typed: str) -> str | None:
    """The name as it is kept, in small letters; None for what nobody can be called."""
    name = typed.strip().lower()
    return name if _NAME.match(name) else None

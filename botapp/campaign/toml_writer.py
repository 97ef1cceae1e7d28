"""Writes the tables of a campaign file as TOML: always the same text for the same tables."""

from collections.abc import Mapping

# TOML takes every letter as it is, and no control character.
_ESCAPED = {
    **{chr(code): f"\\u{code:04x}" for code in (*range(0x20), 0x7F)},
    '"': '\\"',
    "\\": "\\\\",
}


def write_line(key: str, value: object) -> str:
    """One key of a table; each of a rule's criteria on a line of its own, and each line of a long text."""
    if key == "when" and isinstance(value, list):
        return f"when = [\n{''.join(f'    {_value(item)},{chr(10)}' for item in value)}]\n"
    if key == "text" and isinstance(value, str) and "\n" in value:
        return f'text = """\n{_escaped(value, spared=chr(10))}"""\n'
    return f"{_key(key)} = {_value(value)}\n"


def _value(value: object) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(key)} = {_value(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(_value(item) for item in value) + "]"
    if isinstance(value, str):
        return f'"{_escaped(value)}"'
    return str(value).lower()  # true and false; numbers are as Python writes them


def _key(key: str) -> str:
    is_bare = key.isascii() and key.replace("_", "").replace("-", "").isalnum()
    return key if is_bare else f'"{_escaped(key)}"'


def _escaped(text: str, *, spared: str = "") -> str:
    return "".join(character if character == spared else _ESCAPED.get(character, character) for character in text)

"""A template's text and the values of a person: filled by substitution, whatever stands in either."""

from botapp.policy.template import Unrenderable, faults, render, without_values

LIMIT = 2000
NAMES = frozenset({"first_name", "ref"})


def try_input(data: bytes) -> None:
    """The text, a zero byte, the first name, a zero byte, the ref."""
    text, first_name, ref = [*data.decode("utf-8", "replace").split("\0"), "", ""][:3]
    found = faults(text, NAMES)
    without_values(text)
    rendered = render(text, {"first_name": first_name, "ref": ref}, LIMIT)
    if isinstance(rendered, Unrenderable):
        return
    assert 0 < len(rendered) < LIMIT
    assert rendered.strip() == rendered
    if not found and "{" not in text and "}" not in text:
        assert rendered == text.strip()


def check_values_are_never_read(data: bytes) -> None:
    """A value that looks like a placeholder comes out as it is."""
    value = data.decode("utf-8", "replace")
    once = render("x{first_name|}x", {"first_name": value, "ref": "SECRET"}, LIMIT)
    assert isinstance(once, str)
    assert "SECRET" not in once or "SECRET" in value

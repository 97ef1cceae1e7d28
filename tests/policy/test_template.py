"""Templates: substitution and nothing else, whatever an author or a customer's name tries."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botapp.policy.reason import Reason
from botapp.policy.template import Unrenderable, faults, render, without_values
from tests.policy.stories import PROPERTY

_KNOWN = frozenset({"first_name", "ref"})
_LIMIT = 2000


def _rendered(text: str, **values: str) -> str | Unrenderable:
    return render(text, values, _LIMIT)


@pytest.mark.parametrize(
    ("text", "values", "rendered"),
    [
        ("Hello {first_name|there}!", {"first_name": "Alice"}, "Hello Alice!"),
        ("Hello {first_name|there}!", {}, "Hello there!"),
        ("Hello {first_name|there}!", {"first_name": ""}, "Hello there!"),
        ("Hello {first_name|there}!", {"first_name": " \t\n "}, "Hello there!"),
        ("Hello{first_name|}!", {}, "Hello!"),
        ("{first_name}, {first_name}", {"first_name": "Bob"}, "Bob, Bob"),
        ("{first_name|a|b}", {}, "a|b"),
        ("literally {{first_name}}", {"first_name": "Bob"}, "literally {first_name}"),
        ("{{{first_name}}}", {"first_name": "Bob"}, "{Bob}"),
        ("  two\nlines  ", {}, "two\nlines"),
        # A value is one line, and never read again, whatever it holds.
        ("Hello {first_name|there}", {"first_name": "Al\nice \t Ng"}, "Hello Al ice Ng"),
        ("Hello {first_name|there}", {"first_name": "{ref}", "ref": "secret"}, "Hello {ref}"),
        ("Hello {first_name|there}", {"first_name": "{{first_name}}"}, "Hello {{first_name}}"),
        ("Hello {first_name|there}", {"first_name": "\\g<0>\\1 %s $x"}, "Hello \\g<0>\\1 %s $x"),
        ("Hello {first_name|there}", {"first_name": "{first_name.__class__}"}, "Hello {first_name.__class__}"),
        # People of all scripts.
        ("Hello {first_name|there}", {"first_name": "ליאת"}, "Hello ליאת"),
        ("مرحبا {first_name|there}", {"first_name": "عمر"}, "مرحبا عمر"),
        ("Hello {first_name|there}", {"first_name": "Zoë 👩‍👩‍👧"}, "Hello Zoë 👩‍👩‍👧"),
        # What would break a database or turn the rest of the text round is left out.
        ("Hello {first_name|there}, hi", {"first_name": "Al\x00ice\x1b"}, "Hello Alice, hi"),
        ("Hello {first_name|there}, hi", {"first_name": "\u202eecilA\u2066"}, "Hello ecilA, hi"),
        ("Hello {first_name|there}, hi", {"first_name": "\x00\u202e"}, "Hello there, hi"),
    ],
)
def test_placeholders_are_filled_and_nothing_else_happens(text: str, values: dict[str, str], rendered: str) -> None:
    assert _rendered(text, **values) == rendered


@pytest.mark.parametrize(
    "text",
    [
        "{first_name.__class__}",
        "{first_name.__init__.__globals__}",
        "{first_name!r}",
        "{first_name:>100000000}",
        "{first_name[0]}",
        "{0}",
        "{}",
        "{|there}",
        "{ first_name }",
        "{First_name}",
        "{first_name\n}",
        "{first_name|{ref}}",
        "{{first_name}",
        "{first_name",
        "first_name}",
        "{first_name}}",
        "{",
        "}",
        "{" * 1001,
        "{% if first_name %}",
        "{{ 7*7 }} {% x %}",
        "{ſirst_name}",  # noqa: RUF001  a letter that looks like another
        "{first_name\x00}",
    ],
)
def test_what_is_no_placeholder_is_refused_to_its_author(text: str) -> None:
    assert faults(text, _KNOWN)


@pytest.mark.parametrize(
    "text",
    ["", "Hello", "{first_name}", "{first_name|there}", "{ref|}", "{{7*7}}", "{{}}", "100 % {first_name|!} $5 \\n 👋"],
)
def test_what_can_be_sent_has_no_faults(text: str) -> None:
    assert faults(text, _KNOWN) == []


@pytest.mark.parametrize(
    "written", ["{{first_name}}", "{{ first_name }}", "{{first_name|there}}", "{{cart.value}}", "{{Name}}"]
)
def test_a_placeholder_in_double_braces_which_would_be_sent_as_it_stands_is_refused(written: str) -> None:
    [fault] = faults(f"Hello {written}, {{first_name|there}}", _KNOWN)
    assert repr(written) in fault
    assert "single braces" in fault


@pytest.mark.parametrize("text", ["{{{first_name}}}", "{{{{first_name}}}}", "{{two words}}", "{{", "}} {{"])
def test_braces_that_stand_for_braces_are_not(text: str) -> None:
    assert faults(text, _KNOWN) == []


def test_each_fault_is_told_with_its_place_or_its_name() -> None:
    found = faults("a { b {cart_value} c {first_name!r}", _KNOWN)
    assert len(found) == 3
    assert "character 3" in found[0]
    assert "'cart_value'" in found[1]
    assert "first_name, ref" in found[1]
    assert "{first_name!r}" in found[2]


@pytest.mark.parametrize("text", ["Hello {first_name}", "{first_name|there} {ref}", "{first_name|}", " {first_name|} "])
def test_a_value_that_is_missing_without_a_fallback_or_leaves_nothing_to_say_is_a_missing_fact(text: str) -> None:
    assert _rendered(text) == Unrenderable(Reason.MISSING_FACT)


@pytest.mark.parametrize(("length", "fits"), [(1998, True), (1999, True), (2000, False), (5000, False)])
def test_the_platform_takes_under_its_limit(length: int, *, fits: bool) -> None:
    text = "x" * length
    assert _rendered(text) == (text if fits else Unrenderable(Reason.TEXT_TOO_LONG))


def test_a_value_counts_towards_the_limit_but_is_itself_bounded() -> None:
    assert _rendered("x" * 1990 + "{first_name|}", first_name="y" * 10) == Unrenderable(Reason.TEXT_TOO_LONG)
    assert _rendered("{first_name}", first_name="y" * 100_000) == "y" * 100


def test_the_words_that_an_author_answers_for_are_those_with_the_fallbacks() -> None:
    assert without_values("Hi {first_name|there} {ref}{{") == "Hi there {"


_pieces = st.sampled_from(["{{", "}}", "{first_name}", "{first_name|there}", "{ref|}", "word", " "])


@PROPERTY
@given(st.lists(_pieces, max_size=8).map("".join), st.text(max_size=20))
def test_whatever_a_value_is_the_authors_words_stand_and_the_value_is_put_in_once(text: str, value: str) -> None:
    if faults(text, _KNOWN):
        return
    marked = render(text, {"first_name": "MARK", "ref": "MARK"}, _LIMIT)
    rendered = render(text, {"first_name": value, "ref": value}, _LIMIT)
    if isinstance(marked, Unrenderable) or isinstance(rendered, Unrenderable):
        return
    authored = marked.split("MARK")
    assert all(part.strip() in rendered for part in authored)
    assert "\x00" not in rendered


@PROPERTY
@given(st.text())
def test_no_text_at_all_raises(text: str) -> None:
    faults(text, _KNOWN)
    without_values(text)
    render(text, {"first_name": text}, _LIMIT)

"""What a campaign file must not say: each fault is told with its key and the reason, all at once."""

import pytest

from tests.campaign.files import QUESTION, RULE, TEMPLATE, faults, without, written

_TIMED = without(RULE, "delay")


@pytest.mark.parametrize(
    ("template", "key", "reason"),
    [
        (without(TEMPLATE, "name"), "templates[1].name", "is missing"),
        (TEMPLATE | {"name": '""'}, "templates[''].name", "not an empty one"),
        (TEMPLATE | {"name": '"  "'}, "templates['  '].name", "not an empty one"),
        (TEMPLATE | {"name": "7"}, "templates[1].name", "must be a text"),
        (TEMPLATE | {"name": '"' + "x" * 101 + '"'}, "name", "at most 100"),
        (TEMPLATE | {"name": '"a\\u0000b"'}, "name", "NUL"),
        (without(TEMPLATE, "text"), "templates['hello'].text", "is missing"),
        (TEMPLATE | {"text": '"\\n \\t"'}, "templates['hello'].text", "not an empty one"),
        (TEMPLATE | {"text": '["Hello"]'}, "templates['hello'].text", "must be a text"),
        (TEMPLATE | {"text": '"a\\u0000b"'}, "templates['hello'].text", "NUL"),
        (TEMPLATE | {"text": '"' + "x" * 2000 + '"'}, "templates['hello'].text", "fewer than 2000"),
        (TEMPLATE | {"text": '"' + "x" * 1996 + '{ref|1234}"'}, "templates['hello'].text", "fewer than 2000"),
        (TEMPLATE | {"text": '"' + "x" * 5000 + '"'}, "templates['hello'].text", "at most 4000"),
        (TEMPLATE | {"text": '"{cart_value}"'}, "templates['hello'].text", "unknown placeholder 'cart_value'"),
        (TEMPLATE | {"text": '"{first_name.__class__}"'}, "templates['hello'].text", "is not a placeholder"),
        (TEMPLATE | {"text": '"{first_name"'}, "templates['hello'].text", "a lone '{' at character 1"),
        (TEMPLATE | {"language": '"far-too-long"'}, "templates['hello'].language", "at most 10"),
        (TEMPLATE | {"purpose": '"spam"'}, "templates['hello'].purpose", "choose one of service"),
        (TEMPLATE | {"purpose": '["service"]'}, "templates['hello'].purpose", "choose one of service"),
        (TEMPLATE | {"txet": '"Hello"'}, "templates['hello'].txet", "unknown key"),
    ],
)
def test_a_faulty_template_is_refused(template: dict[str, str], key: str, reason: str) -> None:
    _assert_told(written(template, rule=RULE), key, reason)


@pytest.mark.parametrize(
    ("rule", "key", "reason"),
    [
        (without(RULE, "name"), "rules[1].name", "is missing"),
        (without(RULE, "template"), "rules['a-rule'].template", "is missing"),
        (RULE | {"template": '"hullo"'}, "rules['a-rule'].template", "there is no template 'hullo'"),
        (_TIMED, "rules['a-rule'].delay", "either delay or timing"),
        (RULE | {"timing": '{ at = "08:00", or_after = "23h" }'}, "rules['a-rule'].delay", "either delay or timing"),
        (RULE | {"delay": "4"}, "rules['a-rule'].delay", "is not a duration"),
        (RULE | {"delay": '"4 hours"'}, "rules['a-rule'].delay", "is not a duration"),
        (RULE | {"delay": '"-4h"'}, "rules['a-rule'].delay", "is not a duration"),
        (RULE | {"delay": '"999999999d"'}, "rules['a-rule'].delay", "longer than any window"),
        (RULE | {"delay": '"24h"'}, "rules['a-rule'].delay", "can never fall inside"),
        (RULE | {"delay": '"23h55m"'}, "rules['a-rule'].delay", "can never fall inside"),
        (_TIMED | {"timing": '"08:00"'}, "rules['a-rule'].timing", "or_after"),
        (_TIMED | {"timing": '{ at = "08:00" }'}, "rules['a-rule'].timing", "or_after"),
        (_TIMED | {"timing": '{ or_after = "23h" }'}, "rules['a-rule'].timing", "or_after"),
        (_TIMED | {"timing": '{ at = "08:00", or_after = "23h", on = "Monday" }'}, "rules['a-rule'].timing", "on"),
        (_TIMED | {"timing": '{ at = "8 am", or_after = "23h" }'}, "rules['a-rule'].timing.at", "write a time of day"),
        (_TIMED | {"timing": '{ at = "25:00", or_after = "23h" }'}, "rules['a-rule'].timing.at", "write a time of day"),
        (_TIMED | {"timing": '{ at = "08:00+02:00", or_after = "23h" }'}, "rules['a-rule'].timing.at", "time of day"),
        (_TIMED | {"timing": '{ at = "08:00", or_after = 23 }'}, "timing.or_after", "is not a duration"),
        (
            _TIMED | {"timing": '{ at = "08:00", or_after = "30h", at_least = "24h" }'},
            "timing",
            "can never fall inside",
        ),
        (_TIMED | {"timing": '{ at = "08:00", or_after = "23h", at_least = 1 }'}, "timing.at_least", "not a duration"),
        (RULE | {"quiet_hours": '"21:00"'}, "rules['a-rule'].quiet_hours", "21:00-08:00"),
        (RULE | {"quiet_hours": '"21:00-21:00"'}, "rules['a-rule'].quiet_hours", "two different times"),
        (RULE | {"quiet_hours": '"21:00-26:00"'}, "rules['a-rule'].quiet_hours", "21:00-08:00"),
        (RULE | {"quiet_hours": '{ from = "21:00" }'}, "rules['a-rule'].quiet_hours", "21:00-08:00"),
        (RULE | {"quiet_hours": "[21, 8]"}, "rules['a-rule'].quiet_hours", "21:00-08:00"),
        (RULE | {"quiet_hours": "true"}, "rules['a-rule'].quiet_hours", "21:00-08:00"),
        (RULE | {"priority": '"high"'}, "rules['a-rule'].priority", "whole number"),
        (RULE | {"priority": "true"}, "rules['a-rule'].priority", "whole number"),
        (RULE | {"priority": "1.5"}, "rules['a-rule'].priority", "whole number"),
        (RULE | {"priority": "1000001"}, "rules['a-rule'].priority", "whole number"),
        (RULE | {"when": '"everyone"'}, "rules['a-rule'].when", "[[rules.when]]"),
        (RULE | {"when": '{ fact = "shoe_size", is = "42" }'}, "rules['a-rule'].when.fact", "known facts are ad_id"),
        (RULE | {"when": '{ is = "42" }'}, "rules['a-rule'].when.fact", "known facts are ad_id"),
        (RULE | {"when": '{ fact = ["ref"], is = "42" }'}, "rules['a-rule'].when.fact", "known facts are ad_id"),
        (RULE | {"when": '{ fact = "ref" }'}, "rules['a-rule'].when", "one of is, is_not"),
        (RULE | {"when": '{ fact = "ref", is = "a", is_not = "b" }'}, "rules['a-rule'].when", "one of is, is_not"),
        (RULE | {"when": '{ fact = "ref", like = "a" }'}, "rules['a-rule'].when", "this one has like"),
        (RULE | {"when": '{ fact = "ref", is = true }'}, "rules['a-rule'].when.is", "does not fit"),
        (RULE | {"when": '{ fact = "ref", is = ["a"] }'}, "rules['a-rule'].when.is", "does not fit"),
        (RULE | {"when": '{ fact = "ref", one_of = [] }'}, "rules['a-rule'].when.one_of", "does not fit"),
        (RULE | {"when": '{ fact = "ref", one_of = "a" }'}, "rules['a-rule'].when.one_of", "does not fit"),
        (RULE | {"when": '{ fact = "ref", at_least = "10" }'}, "rules['a-rule'].when.at_least", "does not fit"),
        (RULE | {"when": '{ fact = "ref", at_most = nan }'}, "rules['a-rule'].when.at_most", "does not fit"),
        (RULE | {"when": '{ fact = "ref", at_least = inf }'}, "rules['a-rule'].when.at_least", "does not fit"),
        (RULE | {"when": '{ fact = "ref", exists = "yes" }'}, "rules['a-rule'].when.exists", "does not fit"),
        (RULE | {"dealy": '"4h"'}, "rules['a-rule'].dealy", "unknown key"),
    ],
)
def test_a_faulty_rule_is_refused(rule: dict[str, str], key: str, reason: str) -> None:
    _assert_told(written(rule=rule), key, reason)


@pytest.mark.parametrize(
    ("question", "key", "reason"),
    [
        (without(QUESTION, "question"), "opt_in.question", "is missing"),
        (QUESTION | {"question": '"' + "?" * 641 + '"'}, "opt_in.question", "at most 640"),
        (QUESTION | {"yes": '"Yes, of course, please do"'}, "opt_in.yes", "at most 20"),
        (QUESTION | {"no": "false"}, "opt_in.no", "must be a text"),
        (QUESTION | {"maybe": '"Maybe"'}, "opt_in.maybe", "unknown key"),
    ],
)
def test_a_faulty_question_is_refused(question: dict[str, str], key: str, reason: str) -> None:
    _assert_told(written(question=question), key, reason)


@pytest.mark.parametrize(
    ("text", "key", "reason"),
    [
        ("templates = 7", "templates", "[[templates]]"),
        ("templates = [7]", "templates", "[[templates]]"),
        ('[rules]\nname = "a"', "rules", "[[rules]]"),
        ('opt_in = "May I?"', "opt_in", "must be a table"),
        ("[[template]]", "template", "unknown key"),
        ("", "", ""),
    ],
)
def test_a_file_of_another_shape_is_refused(text: str, key: str, reason: str) -> None:
    if not text:
        assert faults(text) == []  # nothing is no fault
        return
    _assert_told(text, key, reason)


@pytest.mark.parametrize(
    "content",
    [
        b"}",
        b"\x00",
        b"\xff\xfe[\x00",
        b"[[templates]]\nname = 'a'\nname = 'b'",
        b"[[templates]",
        b"a = " + b"[" * 5000,
        b"a = " + b"1" * 5000,
        b"a = [[{ b = 0x" + b"f" * 5000 + b" }]]",
        b"a = 9223372036854775808",
        b"a = '''",
    ],
)
def test_what_is_no_toml_is_refused_as_such(content: bytes) -> None:
    (fault,) = faults(content)
    assert fault.startswith("not a TOML file: ")


def test_two_of_one_name_are_refused() -> None:
    assert faults(written() + written()) == [
        "templates: two are named 'hello'; give each its own name",
        "rules: two are named 'a-rule'; give each its own name",
    ]


def test_all_faults_are_told_at_once() -> None:
    text = written(TEMPLATE | {"text": '"{nobody}"', "colour": '"red"'}, RULE | {"delay": '"soon"'}) + "x = 1\n"
    assert len(faults(text)) == 4


def _assert_told(text: str, key: str, reason: str) -> None:
    told = faults(text)
    assert any(fault.partition(": ")[0].endswith(key) and reason in fault for fault in told), told

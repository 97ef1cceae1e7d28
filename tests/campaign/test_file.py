"""What a campaign file says, when it holds."""

from dataclasses import replace
from datetime import time, timedelta

import pytest

from botapp.campaign.file import QuestionDraft
from botapp.policy.criteria import Comparison, Condition, facts_of
from botapp.policy.quiet_hours import QuietHours
from botapp.policy.timing import Timing
from tests.campaign.files import LIMITS, QUESTION, RULE, TEMPLATE, as_rule, read, without, written

_HOUR = timedelta(hours=1)


def test_a_file_says_what_it_says() -> None:
    campaign = read(written(TEMPLATE | {"language": '"de"', "purpose": '"promotional"'}, RULE | {"priority": "5"}))
    (template,), (rule,) = campaign.templates, campaign.rules
    assert (template.template.name, template.template.text) == ("hello", "Hello {first_name|there}")
    assert (template.template.language, template.purpose) == ("de", "promotional")
    assert (rule.rule.name, rule.template_name, rule.rule.priority) == ("a-rule", "hello", 5)
    assert rule.rule.timing == Timing(4 * _HOUR)
    assert (rule.rule.conditions, rule.rule.quiet_hours) == ((), None)
    assert campaign.question is None


def test_what_is_left_out_has_its_default() -> None:
    campaign = read(written())
    assert (campaign.templates[0].template.language, campaign.templates[0].purpose) == ("en", "service")
    assert campaign.rules[0].rule.priority == 0


def test_an_empty_file_is_an_empty_campaign() -> None:
    campaign = read("")
    assert (campaign.templates, campaign.rules, campaign.question) == ((), (), None)


def test_a_file_that_an_editor_of_windows_saved_is_read_like_any() -> None:
    assert read("\ufeff" + written().replace("\n", "\r\n")) == read(written())


def test_a_rule_may_name_a_template_that_is_live_already() -> None:
    campaign = read(as_rule(RULE), replace(LIMITS, known_templates=frozenset({"hello"})))
    assert [rule.template_name for rule in campaign.rules] == ["hello"]


@pytest.mark.parametrize(
    ("written_as", "delay"),
    [
        ("90s", timedelta(seconds=90)),
        ("4h", 4 * _HOUR),
        ("23h30m", 23.5 * _HOUR),
        ("250ms", timedelta(milliseconds=250)),
    ],
)
def test_delays_are_written_as_people_say_them(written_as: str, delay: timedelta) -> None:
    assert read(written(rule=RULE | {"delay": f'"{written_as}"'})).rules[0].rule.timing == Timing(delay)


@pytest.mark.parametrize(
    ("table", "timing"),
    [
        ('{ at = "08:00", or_after = "23h" }', Timing(23 * _HOUR, time(8))),
        ('{ at = 08:00:00, or_after = "23h" }', Timing(23 * _HOUR, time(8))),
        ('{ at = "00:00", or_after = "23h", at_least = "1h30m" }', Timing(23 * _HOUR, time(0), 1.5 * _HOUR)),
    ],
)
def test_eight_in_the_morning_or_23_hours_after_can_be_said(table: str, timing: Timing) -> None:
    rule = without(RULE, "delay") | {"timing": table}
    assert read(written(rule=rule)).rules[0].rule.timing == timing


@pytest.mark.parametrize(
    "value",
    ['"21:00-08:00"', '"21:00 - 08:00"', '{ from = "21:00", to = "08:00" }', "{ start = 21:00:00, end = 08:00:00 }"],
)
def test_quiet_hours_may_be_written_in_several_ways(value: str) -> None:
    assert read(written(rule=RULE | {"quiet_hours": value})).rules[0].rule.quiet_hours == QuietHours(time(21), time(8))


def test_quiet_hours_may_end_or_begin_at_midnight() -> None:
    assert read(written(rule=RULE | {"quiet_hours": '"00:00-08:00"'})).rules[0].rule.quiet_hours == QuietHours(
        time(0), time(8)
    )


@pytest.mark.parametrize(
    ("when", "condition"),
    [
        ('fact = "ref", is = "spring"', Condition("ref", Comparison.IS, ("spring",))),
        ('fact = "ref", is = 7', Condition("ref", Comparison.IS, ("7",))),
        ('fact = "source", is_not = "ADS"', Condition("source", Comparison.IS_NOT, ("ADS",))),
        ('fact = "ad_id", one_of = ["1", 2]', Condition("ad_id", Comparison.ONE_OF, ("1", "2"))),
        ('fact = "product_id", at_least = 10', Condition("product_id", Comparison.AT_LEAST, ("10",))),
        ('fact = "product_id", at_most = 9.5', Condition("product_id", Comparison.AT_MOST, ("9.5",))),
        ('fact = "first_name", exists = true', Condition("first_name", Comparison.EXISTS, ("yes",))),
        ('fact = "ref", exists = false', Condition("ref", Comparison.EXISTS, ("no",))),
    ],
)
def test_a_condition_names_a_fact_and_one_comparison(when: str, condition: Condition) -> None:
    assert read(written(rule=RULE | {"when": f"{{ {when} }}"})).rules[0].rule.conditions == (condition,)


def test_several_conditions_are_several_tables() -> None:
    text = written() + '[[rules.when]]\nfact = "ref"\nexists = true\n[[rules.when]]\nfact = "ad_id"\nis = "7"\n'
    assert list(facts_of(read(text).rules[0].rule.conditions)) == ["ref", "ad_id"]


def test_the_question_is_the_pages_own_words() -> None:
    assert read(written(question=QUESTION)).question == QuestionDraft("May I?", "Yes", "No")

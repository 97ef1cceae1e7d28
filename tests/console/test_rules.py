"""Rules on the console: built without a script, refused with figures, approved by another, watched by the guards."""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC
from html import unescape
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from botapp.campaign.file import Limits, read_campaign
from botapp.campaign.rule_file import rule_table
from botapp.console.rules.form import Typed, from_rule, read_form, to_file
from botapp.policy.access import Role
from botapp.policy.criteria import Comparison, Condition, Criterion
from botapp.policy.rule import LiveRule
from botapp.policy.zones import find_zone
from botapp.storage import guards
from botapp.storage.guards import Guarded
from botapp.storage.schema import rule_stage
from tests.campaign.test_rule_file import ANY_RULE
from tests.console.office import Browser, Office
from tests.policy.stories import DAY, MINUTE, PROPERTY

EDIT = "/rules/pages/1/edit"
FORM = {"name": "basket", "template": "hello-again", "timing": "delay", "delay": "4h"}


def _write(browser: Browser, **changes: Any) -> str:
    """Where the version is that was kept."""
    answer = browser.post("/rules/pages/1/write", **{**FORM, **changes})
    assert answer.status_code == 303, answer.text
    return str(answer.location).removeprefix("/console")


def _step(browser: Browser, version: str, step: str, why: str = "") -> int:
    return browser.post(version.replace("/versions/", f"/{step}/"), why=why).status_code


def _text(page: str) -> str:
    """What people read of it."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"template": "nowhere"}, "there is no template 'nowhere'"),
        ({"delay": "soon"}, "is not a duration"),
        ({"budget": "many"}, "budget: is"),
        ({"node": "0", "fact:0": "shoe_size"}, "known facts are"),
        ({"node": "0", "grouping:0": "any"}, "when.any"),
        ({"hold_out": "99"}, "write a percentage from 0 to 50"),
        ({"start": "2026-12-24 18:00", "end": "2026-12-01"}, "is not after the start"),
        (
            {"delay": "22h", "quiet_from": "12:00", "quiet_until": "11:00"},
            "of open windows have no legal minute: who last wrote in the hours",
        ),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_kept_or_lost(office: Office, changes: dict[str, str], told: str) -> None:
    browser = office.browse_as("mia", Role.MARKETER)
    before = len(office.world.rows(rule_stage))
    for address, status in (("edit", 200), ("write", 422)):
        answer = browser.post(f"/rules/pages/1/{address}", **{**FORM, **changes})
        assert answer.status_code == status
        assert told in unescape(answer.text)
        for name, typed in changes.items():
            assert f'name="{name}"' in answer.text or name.startswith("node")
            assert typed in unescape(answer.text)
    assert len(office.world.rows(rule_stage)) == before


def test_buttons_add_and_remove_conditions_groups_and_variants_without_a_script(office: Office) -> None:
    browser = office.browse_as("mia", Role.MARKETER)
    fields: dict[str, Any] = dict(FORM)

    def press(action: str) -> str:
        """The page after a button; its fields are what is sent next."""
        page = browser.post(EDIT, **fields, do=action).text
        fields.clear()
        fields.update(_fields(page))
        return page

    press("add-condition")
    fields |= {"fact:0": "interest", "comparison:0": "exists", "expected:0": "yes"}
    press("add-group")
    fields |= {
        "grouping:1": "none",
        "fact:1-0": "weekday",
        "comparison:1-0": "one_of",
        "expected:1-0": "monday\nfriday",
    }
    press("add-group 1")
    fields |= {"fact:1-1-0": "messages", "comparison:1-1-0": "at_least", "expected:1-1-0": "20"}
    press("add-condition 1-1")
    press("remove 1-1-1")
    press("add-variant")
    fields |= {"variant_template": ["hello-again", "hello-again"], "variant_name": ["one", "two"]}
    version = _write(browser, **fields)
    page = unescape(browser.get(version).text)
    assert '{ fact = "interest", exists = true },' in page
    assert (
        '{ none = [{ fact = "weekday", one_of = ["monday", "friday"] },'
        ' { any = [{ fact = "messages", at_least = 20 }] }] },'
    ) in page
    assert '{ name = "one", template = "hello-again", weight = 1 }' in page
    press("remove 1-0")
    assert fields["grouping:1-0"] == "any"
    press("remove 1-0")  # and with the last of its members the group
    assert fields["node"] == ["0"]
    assert browser.post(EDIT, **fields, do="remove 7").status_code == 400


def _fields(page: str) -> dict[str, Any]:
    """What a browser would send of the form."""
    form = page[page.index('id="rule"') : page.index('id="checked"')]
    found: dict[str, list[str]] = {}
    one = re.compile(
        r'<input [^>]*?name="([^"]+)"[^>]*? value="([^"]*)"|<textarea name="([^"]+)"[^>]*>\n?([^<]*)<'
        r'|<select name="([^"]+)">(.*?)</select>',
        re.DOTALL,
    )
    for input_name, value, area, text, select_name, options in one.findall(form):
        chosen = re.search(r'value="([^"]*)" selected', options)
        name = input_name or area or select_name
        found.setdefault(name, []).append(unescape(value or text or (chosen[1] if chosen else "")))
    found.pop("csrf_token")
    return {name: values if name in ("node", *_OF_VARIANTS) else values[0] for name, values in found.items()}


_OF_VARIANTS = ("variant_template", "variant_name", "variant_weight")


def test_who_matches_now_is_counted_and_shown_without_names(office: Office) -> None:
    world = office.world
    for name in ("Alice Ng", "Bob Stone"):
        world.says(world.add_customer(name))
    marketer, admin = office.browse_as("mia", Role.MARKETER), office.browse_as("ada", Role.ADMIN)
    typed = {**FORM, "node": "0", "fact:0": "messages", "comparison:0": "at_most", "expected:0": "1"}
    page = marketer.post(EDIT, **typed).text
    assert "2 of 2 customers with an open window match now" in _text(page)
    assert "Alice" not in page
    assert "/compliance/" not in page
    assert "/console/compliance/" in re.sub(r"<header.*?</header>", "", admin.post(EDIT, **typed).text, flags=re.DOTALL)
    typed["comparison:0"], typed["expected:0"] = "at_least", "2"
    assert "0 of 2" in _text(marketer.post(EDIT, **typed).text)


def test_two_versions_are_compared_and_a_rule_is_pasted_as_it_was_copied(office: Office) -> None:
    browser = office.browse_as("mia", Role.MARKETER)
    first = _write(browser, budget="500", budget_per="week", cap="2", cap_within="30d", calendar="EXDATE:20261224")
    page = browser.get(_write(browser, budget="700", budget_per="week")).text
    assert "<del>500</del><ins>700</ins>" in page
    texts = [unescape(text) for text in re.findall(r"<pre>(.*?)</pre>", browser.get(first).text, re.DOTALL)][:2]
    before = len(office.world.rows(rule_stage))
    for text in texts:
        assert browser.post("/rules/pages/1/paste", text=text, do="look").status_code == 200
        kept = browser.post("/rules/pages/1/paste", text=text, do="keep")
        assert str(kept.location).removeprefix("/console") == first  # the very same content is the same version
        assert 'value="2"' in browser.post("/rules/pages/1/paste", text=text, do="edit").text
    assert len(office.world.rows(rule_stage)) == before
    refused = browser.post("/rules/pages/1/paste", text=texts[0] + texts[0], do="keep")
    assert (refused.status_code, "two are named" in refused.text) == (422, True)


@settings(PROPERTY, max_examples=40)
@given(ANY_RULE, st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kolkata"]))
def test_what_the_editor_shows_of_a_rule_is_that_rule(rule: LiveRule, zone_name: str) -> None:
    assume(rule.name == rule.name.strip() and "\r" not in rule.name)
    assume(all(_can_be_typed(condition) for condition in _conditions_of(rule.conditions)))
    zone = find_zone(zone_name) or UTC
    typed = from_rule(rule, rule_table(rule, "hello"), zone)
    sent = read_form(MultiDict(list(_sent(typed))))
    [draft] = read_campaign(to_file(sent, zone), Limits(2000, DAY, 5 * MINUTE, frozenset({"hello"}))).rules
    assert (draft.rule, draft.template_name) == (rule, "hello")


def _conditions_of(criteria: Iterable[Criterion]) -> Iterator[Condition]:
    for criterion in criteria:
        if isinstance(criterion, Condition):
            yield criterion
        else:
            yield from _conditions_of(criterion.members)


def _can_be_typed(condition: Condition) -> bool:
    """A line for each text: none that is empty, or has lines of its own."""
    is_list = condition.comparison is Comparison.ONE_OF
    return all("\r" not in each and not (is_list and (not each or "\n" in each)) for each in condition.expected)


def _sent(typed: Typed) -> Any:
    yield from typed.fields.items()
    for each in typed.variants:
        for name in ("name", "template", "weight"):
            yield f"variant_{name}", each.get(name, "")
    yield from _of_nodes(typed.nodes, "")


def _of_nodes(nodes: Any, around: str) -> Any:
    for number, node in enumerate(nodes):
        place = f"{around}{number}"
        yield "node", place
        if node.grouping:
            yield f"grouping:{place}", node.grouping
            yield from _of_nodes(node.members, f"{place}-")
        else:
            yield from ((f"fact:{place}", node.fact), (f"comparison:{place}", node.comparison))
            yield f"expected:{place}", node.expected.replace("\n", "\r\n")


def test_the_guards_page_says_why_and_a_second_person_resumes(office: Office) -> None:
    database = office.world.installation.database
    alice, bob = (office.browse_as(name, Role.ADMIN) for name in ("alice", "bob"))
    marketer = office.browse_as("mia", Role.MARKETER)
    version = _write(marketer)
    for browser, step in ((marketer, "submit"), (bob, "approve"), (alice, "publish")):
        assert _step(browser, version, step) == 303
    with database.transaction() as connection:
        assert guards.pause(connection, Guarded(1, "basket", 1), "response", database.now(connection))
    page = _text(marketer.get("/rules/pages/1/guards/basket").text)
    assert "paused by a guard" in page
    assert "it is improbable that as many answer as have to" in page
    assert "Evidence of 40 is enough to pause it" in page
    assert "Resume" not in page
    assert marketer.post("/rules/pages/1/go-on/basket", why="now").status_code == 403
    assert "paused by a guard" in marketer.get("/rules/").text
    other = office.browse_as("max", Role.MARKETER, page=office.world.add_page("1001").id)
    assert other.get("/rules/pages/1/guards/basket").status_code == 404
    for browser, why, status in ((bob, " ", 409), (alice, "I put it live", 409), (bob, "the shop was closed", 303)):
        browser.get("/rules/pages/1/guards/basket")
        assert browser.post("/rules/pages/1/go-on/basket", why=why).status_code == status
    assert "running" in bob.get("/rules/pages/1/guards/basket").text

"""Everything that can be on record has words."""

import json

from botapp.console.compliance.shown import read_details
from botapp.console.compliance.words import KINDS, REASONS, reason_in_words, words_of
from botapp.policy.reason import Reason
from botapp.storage.ledger import EntryKind


def test_every_kind_of_entry_has_words_of_its_own() -> None:
    assert set(KINDS) == set(EntryKind)
    assert len({words.title for words in KINDS.values()}) == len(KINDS)
    assert all(words.meaning.endswith(".") for words in KINDS.values())


def test_every_reason_has_words_of_its_own() -> None:
    assert set(REASONS) == set(Reason)
    assert len(set(REASONS.values())) == len(REASONS)
    assert all(words.endswith(".") for words in REASONS.values())


def test_a_kind_of_a_later_version_goes_by_its_name() -> None:
    assert words_of("something_new").title == "Something new"


def test_a_reason_that_staff_gave_stands_as_it_was_given() -> None:
    assert reason_in_words("fire drill") == "fire drill"
    assert reason_in_words("stopped") == "The customer said STOP."
    assert reason_in_words(None) == ""


def test_from_when_to_when_something_is_counted_is_read_as_times() -> None:
    day, budget = [1_795_305_600_000_000, 1_795_392_000_000_000], [0, None]
    counted = {"daily_cap": {"begun": 3, "day": day}, "budgets": {"basket": {"period": budget, "spent": 2}}}
    assert read_details(json.dumps(counted)) == {
        "daily_cap": "begun 3, day 2026-11-22 00:00:00 to 2026-11-23 00:00:00",
        "budgets": "basket period 1970-01-01 00:00:00, spent 2",
    }

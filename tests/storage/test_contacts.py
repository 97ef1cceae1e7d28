"""Of locked contacts what changed is written, and nothing else."""

from typing import Any

import pytest

from botapp.storage import contacts
from tests.storage.by_hand import ALICE, BOB, Hand


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"ledger_sequence": 7, "planned_generation": 3}, id="as most events do"),
        pytest.param({"ledger_sequence": 7, "language": "de"}, id="as few do"),
    ],
)
def test_what_changed_of_one_of_them_is_written_and_the_others_stay(hand: Hand, changes: dict[str, Any]) -> None:
    with hand.database.transaction() as connection:
        before = contacts.lock_contacts(connection, [(1, ALICE), (1, BOB)])
        now = [person._replace(**changes) if person.id == ALICE else person for person in before]
        contacts.save_all(connection, zip(before, now, strict=True))
        assert contacts.lock_contacts(connection, [(1, ALICE), (1, BOB)]) == now != before


def test_what_an_event_does_not_change_is_not_put_back_to_what_was_read(hand: Hand) -> None:
    with hand.database.transaction() as connection:
        alice = contacts.lock_contact(connection, 1, ALICE)
        contacts.change_contact(connection, 1, ALICE, language="fr")
        contacts.save_all(connection, [(alice, alice._replace(ledger_sequence=7))])
        assert contacts.lock_contact(connection, 1, ALICE) == alice._replace(language="fr", ledger_sequence=7)

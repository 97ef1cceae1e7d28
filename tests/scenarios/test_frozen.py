"""A process that freezes in the middle of a transaction, as a suspended machine would."""

import pytest
from sqlalchemy.exc import DBAPIError

from botapp.clock import SystemClock
from botapp.storage import accounts, contacts
from botapp.storage.engine import Database

_ACCOUNT = {
    "platform": "messenger",
    "page_id": "1000",
    "name": "Test Page",
    "token_encrypted": "-",
    "created_at": SystemClock().now(),
}


def test_whoever_freezes_with_a_customers_lock_loses_it_and_what_it_had_begun(postgresql_database_url: str) -> None:
    frozen, working = (Database(postgresql_database_url, clock=SystemClock()) for _ in range(2))
    with working.transaction() as connection:
        account_id = accounts.add_account(connection, _ACCOUNT)
        contacts.create_missing(connection, [(account_id, "alice")], SystemClock().now())
    with pytest.raises(DBAPIError, match=r"idle-in-transaction|server closed the connection"):
        _freeze_and_go_on(frozen, working, account_id)
    with working.reading() as connection:
        assert accounts.load_account(connection, account_id).name == "Test Page"
    for database in (frozen, working):
        database.close()


def _freeze_and_go_on(frozen: Database, working: Database, account_id: int) -> None:
    with frozen.transaction() as held:
        contacts.lock_people(held, [(account_id, "alice")])
        with working.transaction() as connection:  # a STOP of the same customer, say
            (alice,) = contacts.lock_people(connection, [(account_id, "alice")])
            assert alice.platform_contact_id == "alice"
        accounts.change_account(held, account_id, {"name": "Too Late"})  # a claim, say

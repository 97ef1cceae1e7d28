"""Keys with which the business's own systems may call the API: shown once, hashed at rest, each change on the log."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection

from botapp.policy.access import Reach, reach
from botapp.policy.api_scope import OF_PEOPLE_ONLY, OF_STAFF, ApiScope
from botapp.staff.record import COMMAND_LINE, record
from botapp.staff.tokens import hash_token, new_token
from botapp.storage import api_keys, staff
from botapp.storage.api_keys import EVERY_PAGE, ApiKey
from botapp.storage.engine import Database
from botapp.storage.ledger import EntryKind
from botapp.storage.times import to_microseconds

_PREFIX = "botapp_"  # so that those who look for keys that got lost know ours


@dataclass(frozen=True, slots=True)
class ApiKeys:
    """Adds, lists and revokes keys, and knows whose a token is."""

    database: Database

    def add(
        self,
        name: str,
        account_id: int,
        scopes: Collection[ApiScope],
        lifetime: timedelta,
        *,
        staff_id: int | None = None,
    ) -> str | None:
        """The token, which nobody sees again; None if the name is taken. `account_id`: EVERY_PAGE or one.

        With `staff_id` it acts for that member, and may do nothing that they may not do themselves.
        """
        token = _PREFIX + new_token()
        with self.database.transaction() as connection:
            now = self.database.now(connection)
            expires_at = now + lifetime
            values = {
                "account_id": account_id,
                "name": name,
                "token_hash": hash_token(token),
                "created_at": now,
                "expires_at": expires_at,
                "staff_id": staff_id,
            }
            key_id = api_keys.add(connection, values, scopes)
            if key_id is None:
                return None
            about = {"key": key_id, "page": account_id, "scopes": sorted(scopes), "by": COMMAND_LINE}
            about |= {} if staff_id is None else {"staff": staff_id}
            record(connection, EntryKind.API_KEY_ADDED, now, expires_at=to_microseconds(expires_at), **about)
        return token

    def load_all(self) -> Sequence[ApiKey]:
        with self.database.reading() as connection:
            return api_keys.load_all(connection)

    def revoke(self, name: str) -> bool:
        """Whether there was such a key to revoke. From then on no request is let in with it."""
        with self.database.transaction() as connection:
            now = self.database.now(connection)
            key_id = api_keys.revoke(connection, name, now)
            if key_id is not None:
                record(connection, EntryKind.API_KEY_REVOKED, now, key=key_id, by=COMMAND_LINE)
        return key_id is not None

    def find(self, token: str) -> ApiKey | None:
        """The key that this token is of, if it may be used now."""
        with self.database.reading() as connection:
            key = api_keys.find_by_hash(connection, hash_token(token))
            now = self.database.now(connection)
            if key is None or not key.is_valid(now) or not _is_anybodys(connection, key):
                return None
        return key

    def reach(self, key: ApiKey, scope: ApiScope) -> Reach:
        """The pages on which it may do this now: of a staff member's key those on which they may do it themselves."""
        if scope not in key.scopes or not suits(key, scope):
            return Reach(everywhere=False, account_ids=frozenset())
        if key.staff_id is None:
            return _own(key, Reach(everywhere=True, account_ids=frozenset()))
        with self.database.reading() as connection:
            member = staff.find(connection, key.staff_id)
        return _own(key, reach(member.grants if member else (), OF_STAFF[scope]))


def suits(key: ApiKey, scope: ApiScope) -> bool:
    """Whether a key of this kind can have it: some things only people do, others only systems."""
    return scope not in OF_PEOPLE_ONLY if key.staff_id is None else scope in OF_STAFF


def _own(key: ApiKey, covered: Reach) -> Reach:
    """Of those pages, the key's."""
    if key.account_id == EVERY_PAGE:
        return covered
    return Reach(everywhere=False, account_ids=frozenset({key.account_id} if key.account_id in covered else ()))


def _is_anybodys(connection: Connection, key: ApiKey) -> bool:
    """Whoever has lost their access has lost that of their keys."""
    member = staff.find(connection, key.staff_id) if key.staff_id is not None else None
    return key.staff_id is None or (member is not None and member.revoked_at is None)

"""Keys with which the business's own systems may call the API: shown once, hashed at rest, each change on the log."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta

from botapp.policy.api_scope import ApiScope
from botapp.staff.record import COMMAND_LINE, record
from botapp.staff.tokens import hash_token, new_token
from botapp.storage import api_keys
from botapp.storage.api_keys import ApiKey
from botapp.storage.engine import Database
from botapp.storage.ledger import EntryKind
from botapp.storage.times import to_microseconds

_PREFIX = "botapp_"  # so that those who look for keys that got lost know ours


@dataclass(frozen=True, slots=True)
class ApiKeys:
    """Adds, lists and revokes keys, and knows whose a token is."""

    database: Database

    def add(self, name: str, account_id: int, scopes: Collection[ApiScope], lifetime: timedelta) -> str | None:
        """The token, which nobody sees again; None if the name is taken. `account_id`: EVERY_PAGE or one."""
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
            }
            key_id = api_keys.add(connection, values, scopes)
            if key_id is None:
                return None
            about = {"key": key_id, "page": account_id, "scopes": sorted(scopes), "by": COMMAND_LINE}
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
        return key if key is not None and key.is_valid(now) else None

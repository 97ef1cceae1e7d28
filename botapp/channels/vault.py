"""Page tokens at rest: encrypted with the installation's key, decrypted only to be sent to the platform."""

from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken

_TOKENS_IN_USE = 1000


class VaultError(Exception):
    """A stored token cannot be read with this installation's key."""


class Vault:
    """Encrypts and decrypts page tokens with a Fernet key."""

    def __init__(self, key: str) -> None:
        self._fernet = Fernet(key.encode())
        # Each send opens its page's token, and deciphering would be a tenth of the send. What is encrypted opens to the
        # same token for ever; those in use are in memory anyway, in the requests.
        self._open = lru_cache(maxsize=_TOKENS_IN_USE)(self._decrypt)

    def lock(self, token: str) -> str:
        return self._fernet.encrypt(token.encode()).decode()

    def open(self, token_encrypted: str) -> str:
        """Raises VaultError if the token was encrypted with another key."""
        return self._open(token_encrypted)

    def _decrypt(self, token_encrypted: str) -> str:
        try:
            return self._fernet.decrypt(token_encrypted.encode()).decode()
        except InvalidToken:
            raise VaultError("the stored page token was encrypted with another key; add the page again") from None


def new_key() -> str:
    """A fresh key for an installation."""
    return Fernet.generate_key().decode()

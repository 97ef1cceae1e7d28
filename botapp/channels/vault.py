"""Page tokens at rest: encrypted with the installation's key, decrypted only to be sent to the platform."""

from cryptography.fernet import Fernet, InvalidToken


class VaultError(Exception):
    """A stored token cannot be read with this installation's key."""


class Vault:
    """Encrypts and decrypts page tokens with a Fernet key."""

    def __init__(self, key: str) -> None:
        self._fernet = Fernet(key.encode())

    def lock(self, token: str) -> str:
        return self._fernet.encrypt(token.encode()).decode()

    def open(self, token_encrypted: str) -> str:
        """Raises VaultError if the token was encrypted with another key."""
        try:
            return self._fernet.decrypt(token_encrypted.encode()).decode()
        except InvalidToken:
            raise VaultError("the stored page token was encrypted with another key; add the page again") from None


def new_key() -> str:
    """A fresh key for an installation."""
    return Fernet.generate_key().decode()

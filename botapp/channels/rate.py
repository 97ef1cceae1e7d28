"""What senders ask before they send: how many, how soon. Kept by workers in Redis; without it nothing is sent."""

from typing import Protocol


class Rate(Protocol):
    """The sending rate of each page, shared by all workers."""

    def take(self, account_id: int, wanted: int) -> int:
        """How many of the wanted sends may start now; those granted are spent."""
        ...

    def give_back(self, account_id: int, unused: int) -> None:
        """Granted, but there was nothing to send."""
        ...

    def spend(self, account_id: int) -> bool:
        """One answer goes out: it counts, and only a pause holds it back. False while the page is paused."""
        ...

    def pause(self, account_id: int, seconds: float) -> None:
        """The platform throttles the page: nothing goes out for that long."""
        ...

    def hold_proactive(self, account_id: int, seconds: float) -> None:
        """The page nears its limits: what is left of them is for answers."""
        ...

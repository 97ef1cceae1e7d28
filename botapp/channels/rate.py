"""What senders ask before they send: how many, how soon. Kept by workers in Redis; without it nothing is sent."""

from typing import Protocol


class Rate(Protocol):
    """The sending rate of each page, shared by all workers."""

    def take(self, account_id: int, wanted: int) -> int:
        """How many of the wanted re-engagements may begin now. Those granted are spent, and hold for a moment."""
        ...

    def wait_for_more(self, most_seconds: float) -> bool:
        """Wait for what may be granted next; False at once where waiting is of no use: a page was told to be quiet."""
        ...

    def wait_for_turn(self, account_id: int, most_seconds: float) -> bool:
        """The last question before a re-engagement is written, answered from what this process was granted just now.

        Where that is too old, a turn is waited for. False if there is none so soon, or nobody can say; never raises.
        """
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

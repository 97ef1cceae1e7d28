"""What the platform reports of our own messages: echoes, deliveries, reads."""

from dataclasses import dataclass
from random import Random

from botapp.channels.port import OutboundMessage
from botapp.simulation.clockwork import MILLISECOND, Clockwork
from botapp.simulation.deliveries import Courier, Event
from botapp.simulation.mailbox import Mailbox

OUR_APP = "4242"
_ECHOED = 0.6  # of all messages; webhooks of a kind may fail to come for good
_DELIVERED = 0.1
_READ = 0.05


@dataclass(slots=True)
class Echoes:
    """Sends them by the courier, who loses no time on order."""

    clockwork: Clockwork
    courier: Courier
    random: Random
    _events: int = 0

    def report(self, mailbox: Mailbox, message: OutboundMessage, mid: str) -> None:
        """A message was taken by the platform."""
        to_person = {"sender": {"id": mailbox.page_id}, "recipient": {"id": mailbox.contact_id}}
        from_person = {"sender": {"id": mailbox.contact_id}, "recipient": {"id": mailbox.page_id}}
        now = self.clockwork.now // MILLISECOND
        channel = "messaging" if mailbox.owner == "bot" else "standby"
        dice = self.random.random()
        if dice < _ECHOED:
            echo = {"mid": mid, "text": "x", "is_echo": True, "app_id": OUR_APP, "metadata": message.metadata}
            self._send(mailbox, {**to_person, "timestamp": now, "message": echo}, channel)
        if dice < _DELIVERED:
            self._send(
                mailbox, {**from_person, "timestamp": now, "delivery": {"mids": [mid], "watermark": now}}, channel
            )
        if dice < _READ:
            self._send(mailbox, {**from_person, "timestamp": now, "read": {"watermark": now}}, channel)

    def _send(self, mailbox: Mailbox, item: dict[str, object], channel: str) -> None:
        self._events += 1
        self.courier.report(Event(mailbox.page_id, item, f"e_{self._events}", channel))

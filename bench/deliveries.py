"""Webhook bodies as the platform signs them."""

import hashlib
import hmac
from dataclasses import dataclass

SECRET = "an-app-secret-for-the-benchmark"
VERIFY_TOKEN = "a-verify-token-for-the-benchmark"
_ITEM = (
    '{"sender":{"id":"%s"},"recipient":{"id":"%s"},"timestamp":%d,'
    '"message":{"mid":"m_%s","text":"Hello, do you still have the blue one in my size? Mine was order %d."}}'
)


@dataclass(slots=True)
class Deliveries:
    """An endless supply of messages, each new, from people who take turns."""

    page_id: str
    customers: int
    batch: int  # events in a body
    prefix: str  # makes message ids unique among suppliers
    first_customer: int = 0
    made: int = 0

    def body(self, now_milliseconds: int) -> bytes:
        """The next body."""
        items = []
        for _ in range(self.batch):
            customer = self.first_customer + self.made % self.customers
            items.append(
                _ITEM % (psid(customer), self.page_id, now_milliseconds, f"{self.prefix}.{self.made}", self.made)
            )
            self.made += 1
        messaging = ",".join(items)
        return f'{{"object":"page","entry":[{{"id":"{self.page_id}","time":0,"messaging":[{messaging}]}}]}}'.encode()

    def request(self, now_milliseconds: int) -> bytes:
        """The next body as a whole HTTP request."""
        body = self.body(now_milliseconds)
        digest = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        head = (
            "POST /webhooks/messenger HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            f"X-Hub-Signature-256: sha256={digest}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body


def psid(customer: int) -> str:
    """The platform's id of a customer."""
    return f"{7_000_000_000_000_000 + customer}"

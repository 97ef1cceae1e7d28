"""The shop's own systems: what they tell the bot of baskets and orders, as the API takes it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from botapp.conversation.business import Teller, ToldConversion, ToldFact, Who, take_conversions, take_facts
from botapp.showcase.platform import Customer
from botapp.storage.engine import Database

_BASKET_LASTS = timedelta(days=3)
_MICROS = 1_000_000


@dataclass(slots=True)
class Business:
    """Tells as the holder of an API key."""

    database: Database
    account_id: int
    teller: Teller
    currency: str = "EUR"
    _orders: int = 48_000

    def next_order(self) -> str:
        self._orders += 1
        return str(self._orders)

    def basket(self, customer: Customer, value: int, at: datetime) -> None:
        """Something was put into a basket and not bought yet."""
        who = Who(customer.psid, None)
        fact = ToldFact(who, "basket_value", str(value), 100, at, at + _BASKET_LASTS)
        with self.database.transaction() as connection:
            take_facts(connection, self.account_id, [fact], self.teller, at)

    def order(self, customer: Customer, order_id: str, value: int, at: datetime) -> None:
        told = ToldConversion(Who(customer.psid, None), f"o:{order_id}", at, order_id, value * _MICROS, self.currency)
        with self.database.transaction() as connection:
            take_conversions(connection, self.account_id, [told], self.teller, at)

"""Order numbers, prices and dates are found in what people write, and nothing is found in what holds none."""

import time
from datetime import UTC, datetime

import pytest

from botapp.config_files import read_toml
from botapp.understanding.mentions import load_mention_words

WORDS = load_mention_words(read_toml("mentions.toml"))
SAID_AT = datetime(2026, 11, 22, 12, tzinfo=UTC)

MENTIONED = [
    ("en", "Where is my order #A-10023?", {"order_number": "A-10023"}),
    ("en", "order number: 55512, please", {"order_number": "55512"}),
    ("en", "it is #12345", {"order_number": "12345"}),
    ("de", "Bestellnummer 4711-22 kommt nicht", {"order_number": "4711-22"}),
    ("es", "mi pedido número 90210", {"order_number": "90210"}),
    ("fr", "ma commande n'est pas là, commande no 7788", {"order_number": "7788"}),
    ("pt", "pedido nº 98765", {"order_number": "98765"}),
    ("it", "il mio ordine è 445566", {"order_number": "445566"}),
    ("nl", "bestelnummer 31337", {"order_number": "31337"}),
    ("en", "under $1,299.50", {"price": "1299.5", "currency": "USD"}),
    ("de", "bis 1.299,50 € vielleicht", {"price": "1299.5", "currency": "EUR"}),
    ("de", "höchstens 300 Euro", {"price": "300", "currency": "EUR"}),
    ("en", "is it £45?", {"price": "45", "currency": "GBP"}),
    ("pt", "até R$ 2.000", {"price": "2000", "currency": "BRL"}),
    ("en", "for December 24th, please", {"date": "2026-12-24"}),
    # Said on a Sunday.
    ("en", "can it be here next Friday?", {"date": "2026-11-27"}),
    ("en", "I need it the day after tomorrow", {"date": "2026-11-24"}),
    ("en", "is Sunday fine, or the 3rd of March", {"date": "2027-03-03"}),
    ("es", "lo necesito pasado mañana", {"date": "2026-11-24"}),
    ("es", "abren por la mañana?", {}),
    ("es", "llegó el viernes pasado", {}),
    ("fr", "pour après-demain", {"date": "2026-11-24"}),
    ("de", "geht es bis Mittwoch?", {"date": "2026-11-25"}),
    ("de", "guten Morgen", {}),
    ("de", "seit Montag warte ich", {}),
    ("pt", "pode ser na sexta-feira?", {"date": "2026-11-27"}),
    ("it", "domani va bene", {"date": "2026-11-23"}),
    ("nl", "overmorgen graag", {"date": "2026-11-24"}),
    ("en", "by 3rd of March", {"date": "2027-03-03"}),
    ("fr", "avant le 1er février", {"date": "2027-02-01"}),
    ("es", "el 5 de marzo de 2028", {"date": "2028-03-05"}),
    ("de", "ich brauche es am 24.12.", {"date": "2026-12-24"}),
    ("de", "am 3.4.2027", {"date": "2027-04-03"}),
    ("it", "per il 25/12", {"date": "2026-12-25"}),
    ("en", "on 12/25/2026", {"date": "2026-12-25"}),
    ("en", "on 2026-12-01 at 10", {"date": "2026-12-01"}),
    ("en", "order 77123 by 2026-12-01", {"order_number": "77123", "date": "2026-12-01"}),
]  # fmt: skip
NOT_MENTIONED = [
    ("en", "in order to get 2 of them"),
    ("en", "size 42 and 3 chairs"),
    ("en", "my order is late since 2025"),
    ("en", "call me at 555 1234567"),
    ("de", "24.12 kostet das"),
    ("en", "03/04 or 04/03"),  # a day and a month, but which?
    ("en", "on 2026-11-01"),  # over
    ("en", "on 2026-02-31"),
    ("en", "no figures at all, order or price or march"),
]


@pytest.mark.parametrize(("language", "text", "found"), MENTIONED, ids=[text for _, text, _ in MENTIONED])
def test_what_is_mentioned_is_found(language: str, text: str, found: dict[str, str]) -> None:
    assert {m.name: m.value for m in WORDS.read(text, SAID_AT, language)} == found


@pytest.mark.parametrize(("language", "text"), NOT_MENTIONED, ids=[text for _, text in NOT_MENTIONED])
def test_what_is_not_mentioned_is_not_invented(language: str, text: str) -> None:
    assert list(WORDS.read(text, SAID_AT, language)) == []


def test_a_date_ends_with_its_day_and_the_others_after_a_time() -> None:
    [date] = WORDS.read("on 2026-12-01", SAID_AT, "en")
    assert date.until == datetime(2026, 12, 2, tzinfo=UTC)
    assert all(m.lasts for m in WORDS.read("order 77123 for 80 euros", SAID_AT, "en"))


@pytest.mark.parametrize(
    "piece", ["1 order ", "order nr nr ", "1.", "$1 ", "a1-", "1 ", "order #", "0", "march 1 ", "1,000", "'1 "]
)
def test_hostile_text_costs_a_bounded_time(piece: str) -> None:
    text = piece * 100_000
    begun = time.perf_counter()
    list(WORDS.read(text, SAID_AT, "en"))
    assert time.perf_counter() - begun < 0.1, "it takes a good millisecond; a pattern gone wild takes minutes"

"""Reads a catalogue file: a page's products and categories, what they are called, and how links and ads name them."""

import json
import re
from collections.abc import Iterable
from typing import Any

from botapp.campaign.fields import CampaignError, Fields
from botapp.campaign.file_format import load_tables
from botapp.storage import accounts, catalogues, ledger
from botapp.storage.engine import Database
from botapp.storage.ledger import Entry, EntryKind
from botapp.understanding.catalogue import phrase_of

_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}\Z", re.ASCII)
_LANGUAGE = re.compile(r"[a-z]{2,3}\Z", re.ASCII)
_LONGEST_NAME = 100
_MOST_OFFERS = 5_000
_LARGEST_FILE_BYTES = 4 << 20

Offers = list[dict[str, Any]]


def read_catalogue(content: bytes) -> Offers:
    """The offers of a TOML file as they are stored. Raises CampaignError, which lists every fault with its key."""
    if len(content) > _LARGEST_FILE_BYTES:
        raise CampaignError([f"has over {_LARGEST_FILE_BYTES >> 20} MiB"])
    tables = load_tables(content)
    faults: list[str] = []
    top = Fields(tables, "", faults)
    categories = [_read(fields, is_product=False) for fields in top.tables("categories")]
    products = [_read(fields, is_product=True) for fields in top.tables("products")]
    top.refuse_the_rest()
    offers = [*categories, *products]
    _check_keys(offers, faults)
    _check_categories(categories, products, faults)
    if len(offers) > _MOST_OFFERS:
        faults.append(f"has {len(offers)} products and categories; at most {_MOST_OFFERS} are allowed")
    if faults:
        raise CampaignError(faults)
    return offers


def apply_catalogue(database: Database, account_id: int, offers: Offers) -> None:
    """Put these in the place of the page's catalogue, on the record by their numbers."""
    counted = {
        "products": sum(offer["is_product"] for offer in offers),
        "categories": sum(not offer["is_product"] for offer in offers),
    }
    with database.transaction() as connection:
        now = database.now(connection)
        accounts.lock_account(connection, account_id)
        catalogues.replace(connection, account_id, json.dumps(offers, ensure_ascii=False), now)
        ledger.append_for_page(connection, account_id, Entry(EntryKind.CATALOGUE_APPLIED, details=counted), now)


def _read(fields: Fields, *, is_product: bool) -> dict[str, Any]:
    key = fields.text("key", longest=80) or ""
    if key and not _KEY.match(key):
        fields.refuse("key", "use letters, digits, '.', '_' and '-' only; conditions name it")
    names = _by_language(fields, "names")
    if not names:
        fields.refuse("names", 'give at least one, such as names = { en = "Blue sofa" }')
    words = _by_language(fields, "words")
    category = fields.text("category", longest=80, default="") if is_product and fields.has("category") else ""
    ids = _texts(fields, "ids", fields.take("ids")) if is_product and fields.has("ids") else []
    fields.refuse_the_rest()
    return {
        "key": key,
        "is_product": is_product,
        "category": category or "",
        "ids": ids,
        "names": {language: found[0] for language, found in names.items()},
        "phrases": _phrases(fields, [*names.values(), *words.values()]),
    }


def _by_language(fields: Fields, key: str) -> dict[str, list[str]]:
    """Texts for each language: one, or a list of them."""
    found = {}
    for language, given in fields.table(key).items():
        if not _LANGUAGE.match(language):
            fields.refuse(f"{key}.{language}", 'is no language; write its two letters, such as "en"')
            continue
        found[language] = _texts(fields, f"{key}.{language}", given)
    return {language: texts for language, texts in found.items() if texts}


def _texts(fields: Fields, key: str, given: object) -> list[str]:
    texts = given if isinstance(given, list) else [given]
    fits = all(isinstance(t, str) and t.strip() and t.isprintable() and len(t) <= _LONGEST_NAME for t in texts)
    if not fits:
        fields.refuse(key, f"write one text, or a list of texts, of at most {_LONGEST_NAME} characters on one line")
        return []
    return [str(text) for text in texts]


def _phrases(fields: Fields, texts: Iterable[list[str]]) -> list[list[str]]:
    found = {}
    for text in [text for group in texts for text in group]:
        phrase = phrase_of(text)
        if phrase:
            found[phrase] = list(phrase)
        else:
            fields.refuse("words", f"{text!r} has no words to look for, or more than six")
    return list(found.values())


def _check_keys(offers: Offers, faults: list[str]) -> None:
    keys = [(offer["is_product"], offer["key"]) for offer in offers]
    for is_product, key in sorted({key for key in keys if keys.count(key) > 1 and key[1]}):
        kind = "products" if is_product else "categories"
        faults.append(f"{kind}: two have the key {key!r}; give each its own")


def _check_categories(categories: Offers, products: Offers, faults: list[str]) -> None:
    known = {category["key"] for category in categories}
    faults.extend(
        f"products[{product['key']!r}].category: there is no category {product['category']!r}"
        for product in products
        if product["category"] and product["category"] not in known
    )

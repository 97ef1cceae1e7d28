"""What goes wrong with a body on its way, or is done to it: in its structure, in its text, and in its bytes."""

import copy
import json
import random
from collections.abc import Callable, Iterator
from typing import Any

from hypothesis import strategies as st

Json = Any
Place = tuple[dict[str, Json] | list[Json], Any]
HUGE_NUMBER = 10**4000
NOTHING_LIKE_IT: st.SearchStrategy[Json] = st.sampled_from(
    [
        None,
        True,
        0,
        -1,
        0.5,
        float("nan"),
        float("-inf"),
        HUGE_NUMBER,
        -HUGE_NUMBER,
        10**19,
        "",
        "\x00",
        "\ud83d",
        "\udc00\ud800",
        "x" * 300,
        "x" * 100_000,
        "\u0301" * 5_000,
        "9" * 5_000,
        [],
        {},
        [[]],
        {"": ""},
        ["x"] * 3_000,
        {"id": {"id": {"id": []}}},
        {f"key-{number}": number for number in range(500)},
    ]
)
DEPTHS = st.sampled_from([5, 100, 900, 1_500, 50_000])


def mutated_items(item: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
    """The item with one to three of its values replaced, removed, moved or wrapped."""
    return st.builds(
        _change_places,
        item,
        st.lists(st.tuples(st.randoms(use_true_random=False), NOTHING_LIKE_IT), min_size=1, max_size=3),
    )


def _change_places(item: Json, changes: list[tuple[random.Random, Json]]) -> Json:
    changed = {"item": json.loads(json.dumps(item))}
    for chooser, drawn in changes:
        replacement = copy.deepcopy(drawn)  # what was drawn is drawn again, and must not have been changed meanwhile
        places = list(_places(changed))
        container, key = chooser.choice(places)
        chooser.choice(_CHANGES)(container, key, replacement)
        if "item" not in changed:
            return replacement
    return changed["item"]


def _places(node: Json) -> Iterator[Place]:
    """Every value's container and key."""
    keys: list[Any] = list(node) if isinstance(node, dict) else list(range(len(node)))
    for key in keys:
        yield node, key
        if isinstance(node[key], dict | list):
            yield from _places(node[key])


def _replace(container: Json, key: Any, replacement: Json) -> None:
    container[key] = replacement


def _drop(container: Json, key: Any, _replacement: Json) -> None:
    del container[key]


def _as_text(container: Json, key: Any, _replacement: Json) -> None:
    container[key] = json.dumps(container[key])


def _wrap(container: Json, key: Any, _replacement: Json) -> None:
    container[key] = [container[key]]


def _spell_otherwise(container: Json, key: Any, replacement: Json) -> None:
    if isinstance(container, dict):
        container[str(key).upper()] = replacement


_CHANGES: list[Callable[[Json, Any, Json], None]] = [_replace, _replace, _drop, _as_text, _wrap, _spell_otherwise]


@st.composite
def mutated_bytes(draw: st.DrawFn, bodies: st.SearchStrategy[Json]) -> bytes:
    """The body in bytes, with its text or its bytes spoilt."""
    text = json.dumps(draw(bodies), ensure_ascii=draw(st.booleans()))
    place = draw(st.integers(0, len(text)))
    depth = draw(DEPTHS)
    spoilt: list[Callable[[], bytes]] = [
        text[:place].encode,
        (text[:place] + "\x00" + text[place:]).encode,
        lambda: text.replace('"id":', '"id": null, "id":').encode(),
        lambda: text.replace('"messaging":', '"messaging": [], "messaging":').encode(),
        lambda: text.replace('"timestamp":', '"timestamp": NaN, "x":').encode(),
        lambda: text.replace('"timestamp": 1', '"timestamp": ' + "1" * 5000).encode(),
        lambda: text.replace('"timestamp": 1', '"timestamp": 1e999, "x": 1').encode(),
        lambda: text.replace('"mid": ', '"mid": ' + '{"a":' * depth).encode(),
        lambda: text.replace('"mid": ', '"mid": ' + "[" * depth + "]" * depth + ', "x": ').encode(),
        lambda: b"\xef\xbb\xbf" + text.encode(),
        lambda: text.encode("utf-16"),
        lambda: text.encode("utf-16-be"),
        lambda: text.encode("utf-32"),
        lambda: text.encode("latin-1", "replace"),
        lambda: text.encode()[:place] + b"\xff\xc0\xaf\xed\xa0\x80" + text.encode()[place:],
        lambda: text.encode() + text.encode(),
        lambda: text.replace(",", ",,").encode(),
        lambda: text.replace('"', "'").encode(),
    ]
    return draw(st.sampled_from(spoilt))()

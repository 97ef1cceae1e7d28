"""Criteria as a form has them: nested groups whose fields are named after their place, and buttons that change them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from werkzeug.datastructures import MultiDict

from botapp.console.numbers import read_number
from botapp.policy.criteria import Comparison, Grouping

_MOST_NODES = 300
_DEEPEST = 10
_EMPTY_FACT = ""
YES = frozenset({"", "yes", "true", "1"})


@dataclass(slots=True)
class Node:
    """A condition, or with a grouping a group, as it was typed."""

    fact: str = _EMPTY_FACT
    comparison: str = Comparison.IS.value
    expected: str = ""  # a line for each text of several
    grouping: str = ""
    members: list["Node"] = field(default_factory=list)


def read_nodes(form: MultiDict[str, str]) -> list[Node]:
    """What was typed, nested as the places say: "0", "1", and "1-0" in the group at "1"."""
    top: list[Node] = []
    found: dict[str, Node] = {}
    for place in form.getlist("node")[:_MOST_NODES]:
        parent, _, _ = place.rpartition("-")
        if place in found or place.count("-") > _DEEPEST:
            continue
        node = Node(
            form.get(f"fact:{place}", "").strip(),
            form.get(f"comparison:{place}", Comparison.IS.value),
            form.get(f"expected:{place}", "").replace("\r\n", "\n"),
            form.get(f"grouping:{place}", ""),
        )
        found[place] = node
        around = found.get(parent)
        (top if around is None else around.members).append(node)
    return top


def change(nodes: list[Node], what: str, place: str) -> bool:
    """Add a condition or a group at the end of the group at that place, or take out what is there."""
    if what == "remove":
        steps = [read_number(step) for step in place.split("-")]
        return _remove(nodes, [step for step in steps if step is not None])
    group = _group_at(nodes, place)
    if group is None or what not in _ADDED:
        return False
    group.append(_ADDED[what]())
    return True


def to_tables(nodes: Sequence[Node]) -> list[dict[str, Any]]:
    """As a campaign file has them; what does not fit is left as it was typed, for its reader to refuse."""
    return [_table(node) for node in nodes]


def from_tables(tables: Sequence[Mapping[str, Any]]) -> list[Node]:
    """The same the other way, of criteria that were read."""
    return [_node(table) for table in tables]


_ADDED: Mapping[str, Callable[[], Node]] = {
    "condition": Node,
    "group": lambda: Node(grouping=Grouping.ANY.value, members=[Node()]),
}


def _table(node: Node) -> dict[str, Any]:
    if node.grouping:
        return {node.grouping: to_tables(node.members)}
    return {"fact": node.fact, node.comparison: _expected(node)}


def _expected(node: Node) -> str | bool | int | float | list[str]:
    typed = node.expected
    match node.comparison:
        case Comparison.EXISTS:
            return typed.strip().lower() in YES
        case Comparison.ONE_OF:
            return [line for line in typed.split("\n") if line]
        case Comparison.AT_LEAST | Comparison.AT_MOST:
            return _number(typed.strip())
    return typed


def _number(typed: str) -> str | int | float:
    for read in (int, float):
        try:
            return read(typed)
        except ValueError:
            continue
    return typed


def _node(table: Mapping[str, Any]) -> Node:
    groupings = [name for name in table if name in set(Grouping)]
    if groupings:
        return Node(grouping=groupings[0], members=from_tables(table[groupings[0]]))
    [comparison] = [name for name in table if name != "fact"]
    return Node(table["fact"], comparison, _typed(table[comparison]))


def _typed(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "\n".join(value) if isinstance(value, list) else str(value)


def _group_at(nodes: list[Node], place: str) -> list[Node] | None:
    for step in place.split("-") if place else ():
        number = read_number(step)
        if number is None or number >= len(nodes):
            return None
        nodes = nodes[number].members
    return nodes


def _remove(nodes: list[Node], steps: list[int]) -> bool:
    """A group that has nothing left goes with it: an empty one would surprise."""
    if not steps or steps[0] >= len(nodes):
        return False
    if len(steps) == 1:
        del nodes[steps[0]]
        return True
    node = nodes[steps[0]]
    is_removed = _remove(node.members, steps[1:])
    if is_removed and not node.members:
        del nodes[steps[0]]
    return is_removed

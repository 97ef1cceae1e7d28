"""Reading the variants of a rule: the texts that it tries, and how a person gets one of them."""

from collections.abc import Set as AbstractSet
from typing import NamedTuple

from botapp.campaign.fields import Fields
from botapp.policy.experiments.assignment import Method
from botapp.policy.rule import LiveVariant

_LARGEST_WEIGHT = 1000
_FEWEST, _MOST = 2, 10


class Texts(NamedTuple):
    """What a rule sends: one template, or several variants with a template each."""

    template: str | None = None
    variants: tuple[LiveVariant, ...] = ()
    method: Method = Method.SPLIT


def read_texts(fields: Fields, templates: AbstractSet[str]) -> Texts | None:
    """A rule's `template`, or its `[[rules.variants]]` with `method`; None if there is a fault."""
    if not fields.has("variants"):
        name = fields.text("template", longest=100)
        return Texts(name) if name and _is_known(fields, name, templates) else None
    if fields.has("template"):
        for key in ("template", "variants", "method"):
            fields.take(key)
        fields.refuse("template", "give either a template or variants, which have one each")
        return None
    method = fields.choice("method", tuple(Method), default=Method.SPLIT)
    read = [_read_variant(table, templates) for table in fields.tables("variants")]
    found = [variant for variant in read if variant is not None]
    names = {variant.name for variant in found}
    if not _FEWEST <= len(read) <= _MOST:
        fields.refuse("variants", f"has {len(read)}; an experiment has {_FEWEST} to {_MOST}")
    if len(names) < len(found):
        fields.refuse("variants", "two have the same name; give each its own")
    if method is None or len(found) < len(read):
        return None
    return Texts(None, tuple(found), Method(method))


def _read_variant(fields: Fields, templates: AbstractSet[str]) -> LiveVariant | None:
    """Without a name of its own it has that of the template."""
    template = fields.text("template", longest=100)
    name = fields.text("name", longest=100, default=template)
    weight = fields.integer("weight", default=1)
    fields.refuse_the_rest()
    if not 1 <= weight <= _LARGEST_WEIGHT:
        fields.refuse("weight", f"is {weight}; write a whole number from 1 to {_LARGEST_WEIGHT}")
        return None
    if not (template and name and _is_known(fields, template, templates)):
        return None
    return LiveVariant(name, template, weight)


def _is_known(fields: Fields, name: str, templates: AbstractSet[str]) -> bool:
    if name not in templates:
        fields.refuse("template", f"there is no template {name!r}; add it to the file or publish it first")
    return name in templates

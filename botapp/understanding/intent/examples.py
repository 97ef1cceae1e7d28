"""What a classifier is taught by."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Example:
    """A text, and the label that people gave it."""

    text: str
    label: str

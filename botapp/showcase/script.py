"""What people of the demonstration say and how they are: content of config/demo, read once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from botapp.config_files import read_languages, read_toml

_FOLDER = "demo"


@dataclass(frozen=True, slots=True)
class Talk:
    """One language of the shop's customers, with what staff answer in it."""

    language: str
    locale: str
    zones: Sequence[int]  # hours from GMT, winter's
    share: int
    first_names: Sequence[str]
    last_names: Sequence[str]
    hello: Sequence[str]
    questions: Sequence[str]
    wares: Sequence[str]  # questions about one
    unknown: Sequence[str]
    thanks: Sequence[str]
    person: Sequence[str]
    trouble: Sequence[str]
    complaint: Sequence[str]
    stop: Sequence[str]
    mute: Sequence[str]
    ordered: Sequence[str]
    back: Sequence[str]
    staff_answers: Sequence[str]
    staff_closings: Sequence[str]
    names_of_wares: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """What of a hundred who read a message do; it is known by words in it."""

    words: Sequence[str]
    replies: float
    orders: float
    stops: float
    mutes: float
    complains: float = 0.0
    stays_away: float = 0.0  # from the shop's page, without a word


@dataclass(frozen=True, slots=True)
class Script:
    """All of it."""

    talks: Sequence[Talk]
    readings: Sequence[Reading]
    shop: Mapping[str, Any]
    conversation: Mapping[str, Any]
    later: Mapping[str, Any]

    def reading_of(self, text: str) -> Reading | None:
        """Which message this is; None for one that the content does not know, which people then pass over."""
        return next((reading for reading in self.readings if any(words in text for words in reading.words)), None)


def read_script() -> Script:
    """From config/demo."""
    story = read_toml(_FOLDER, "story.toml")
    products = read_toml(_FOLDER, "catalogue.toml")["products"]
    known = {field.name for field in fields(Talk)}
    talks = [
        Talk(
            language=language,
            names_of_wares=tuple(product["names"][language] for product in products),
            **{name: value for name, value in content.items() if name in known},
        )
        for language, content in read_languages(f"{_FOLDER}/talk").items()
    ]
    readings = [Reading(**reading) for reading in story["readings"]]
    return Script(talks, readings, story["shop"], story["conversation"], story["return"])

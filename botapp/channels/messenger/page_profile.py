"""A page's profile as the Messenger Profile API takes it (platform-reference 2.7). Pure."""

from collections.abc import Iterator, Mapping, Sequence

from botapp.channels.port import PageFace, PageProfile

Properties = Mapping[str, object]
NAMES = ("get_started", "greeting", "ice_breakers", "persistent_menu")
_DEFAULT = "default"


def to_properties(profile: PageProfile, locales: Mapping[str, Sequence[str]]) -> Properties:
    """The properties to set. `locales`: those that the platform has for a language."""
    faces = list(_by_locale(profile, locales))
    return {
        "get_started": {"payload": profile.start_payload},
        "greeting": [{"locale": locale, "text": face.greeting} for locale, face in faces],
        "ice_breakers": [
            {
                "locale": locale,
                "call_to_actions": [{"question": q.title, "payload": q.payload} for q in face.first_questions],
            }
            for locale, face in faces
            if face.first_questions
        ],
        "persistent_menu": [
            {
                "locale": locale,
                "composer_input_disabled": False,
                "call_to_actions": [
                    {"type": "postback", "title": item.title, "payload": item.payload} for item in face.menu
                ],
            }
            for locale, face in faces
        ],
    }


def differing(wanted: Properties, shown: Properties) -> list[str]:
    """The names of the properties that the platform does not show as wanted; the order of locales is no matter."""
    return [name for name in NAMES if _comparable(wanted[name]) != _comparable(shown.get(name))]


def _by_locale(profile: PageProfile, locales: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, PageFace]]:
    yield _DEFAULT, profile.default
    for language, face in sorted(profile.by_language.items()):
        for locale in locales.get(language, ()):
            yield locale, face


def _comparable(value: object) -> object:
    if not isinstance(value, list):
        return value
    return {str(entry.get("locale", _DEFAULT)): entry for entry in value if isinstance(entry, dict)}

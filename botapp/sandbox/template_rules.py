"""The platform's rules for messages with buttons and cards (platform-reference 2.2), pure."""

from botapp.sandbox.graph_errors import GraphError, bad_parameter
from botapp.sandbox.records import JsonObject

_BUTTON_TEXT_LENGTH = 640
_MOST_BUTTONS = 3
_BUTTON_TITLE_LENGTH = 20
_MOST_CARDS = 10
_CARD_LINE_LENGTH = 80
_PAYLOAD_LENGTH = 1000


def check_template(payload: JsonObject) -> GraphError | None:
    """The first mistake in the payload of a template, or None. Kinds that this platform does not know pass."""
    match payload.get("template_type"):
        case "button":
            if not _fits(payload.get("text"), _BUTTON_TEXT_LENGTH):
                return bad_parameter("A button template needs a text of at most 640 characters.")
            return _check_buttons(payload.get("buttons"), fewest=1)
        case "generic":
            return _check_cards(payload.get("elements"))
    return None


def _check_cards(cards: object) -> GraphError | None:
    if not isinstance(cards, list) or not 1 <= len(cards) <= _MOST_CARDS:
        return bad_parameter("A generic template has 1 to 10 elements.")
    return next((error for error in map(_check_card, cards) if error is not None), None)


def _check_card(card: object) -> GraphError | None:
    if not isinstance(card, dict) or not _fits(card.get("title"), _CARD_LINE_LENGTH):
        return bad_parameter("An element needs a title of at most 80 characters.")
    if "subtitle" in card and not _fits(card["subtitle"], _CARD_LINE_LENGTH):
        return bad_parameter("The subtitle of an element has at most 80 characters.")
    if len(card.keys() & {"subtitle", "image_url", "buttons"}) == 0:
        return bad_parameter("An element needs more than a title.")
    image = card.get("image_url", "https:")
    if not isinstance(image, str) or not image.startswith("https:"):
        return bad_parameter("The image_url of an element must be an https address.")
    return _check_buttons(card.get("buttons", []), fewest=0)


def _check_buttons(buttons: object, fewest: int) -> GraphError | None:
    if not isinstance(buttons, list) or not fewest <= len(buttons) <= _MOST_BUTTONS:
        return bad_parameter(f"There must be {fewest} to 3 buttons.")
    return next((error for error in map(_check_button, buttons) if error is not None), None)


def _check_button(button: object) -> GraphError | None:
    if not isinstance(button, dict) or not _fits(button.get("title"), _BUTTON_TITLE_LENGTH):
        return bad_parameter("A button needs a title of at most 20 characters.")
    match button.get("type"):
        case "postback":
            return None if _fits(button.get("payload"), _PAYLOAD_LENGTH) else bad_parameter("A button needs a payload.")
        case "web_url":
            url = button.get("url")
            is_address = isinstance(url, str) and url.startswith("https://")
            return None if is_address else bad_parameter("A web_url button needs an https address.")
    return bad_parameter("The type of a button must be postback or web_url.")


def _fits(value: object, longest: int) -> bool:
    return isinstance(value, str) and len(value.strip()) > 0 and len(value) <= longest
